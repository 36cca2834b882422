"""Whose login has ended is sent away: a hundred at a time, once for all who ask, also on the way in."""

import asyncio

from realtime.broker_memory import MemoryBus
from realtime.close_codes import CloseCode
from realtime.limits import Limits
from realtime.node import Node
from realtime.ports import Unanswered, Viewer
from realtime.presence import MemoryRoom
from tests.realtime.fake_app import FakeDoor
from tests.realtime.guests import TOPIC, Guest, a_log


class SlowDoor(FakeDoor):
    """Answers after a breath; `away` are the logins about which nobody can say."""

    away: frozenset[str] = frozenset()
    asking = most = questions = 0

    async def still_admitted(self, topic: str, viewer: Viewer) -> bool:
        self.questions += 1
        self.asking += 1
        self.most = max(self.most, self.asking)
        await asyncio.sleep(0.005)
        self.asking -= 1
        if viewer.login in self.away:
            raise Unanswered("database_away")
        return await super().still_admitted(topic, viewer)


async def a_full_house(how_many: int) -> tuple[Node, SlowDoor, list[Guest]]:
    persons = [f"p{n}" for n in range(how_many)]
    door = SlowDoor({TOPIC: a_log(*persons)})
    node = Node(door, MemoryBus().broker(), MemoryRoom().presence(), Limits(full_maps=1000))
    guests = [Guest(node, person) for person in persons]
    await asyncio.gather(*(guest.hello() for guest in guests))
    door.most = door.questions = 0
    return node, door, guests


async def test_all_logins_are_looked_at_a_hundred_at_a_time_and_not_once_for_each_who_asks() -> None:
    node, door, guests = await a_full_house(150)
    door.revoked.update(("p0", "p149"))

    await asyncio.gather(*(node.recheck_logins() for _ in range(7)))

    assert (door.most, door.questions) == (100, 150 + 148)
    ended = [guest.person for guest in guests if guest.wire.goodbye is not None]
    assert ended == ["p0", "p149"]
    await node.drop(TOPIC)


async def test_who_signs_out_without_end_does_not_keep_a_worker_asking_about_everybody() -> None:
    node, door, _ = await a_full_house(20)
    await node.start()

    for _ in range(30):
        await node.login_ended()
        await asyncio.sleep(0.01)

    assert door.questions <= 2 * 20
    await node.stop()


async def test_a_login_of_which_nobody_knows_keeps_no_other_from_being_ended() -> None:
    node, door, guests = await a_full_house(3)
    door.away, door.revoked = frozenset({"p0"}), {"p2"}

    await node.recheck_logins()

    codes = [guest.wire.goodbye and guest.wire.goodbye.code for guest in guests]
    assert codes == [None, None, CloseCode.LOGIN_ENDED]
    await node.drop(TOPIC)


async def test_who_is_revoked_between_the_door_and_his_place_does_not_stay() -> None:
    door = FakeDoor({TOPIC: a_log()})
    node = Node(door, MemoryBus().broker(), MemoryRoom().presence())
    guest = Guest(node)  # his ticket is good

    door.revoked.add("anna")
    await guest.hello()

    topic = await node.topic(TOPIC)
    assert topic is not None
    assert topic.hub.members == ()
    assert guest.wire.goodbye is not None
    assert guest.wire.goodbye.code == CloseCode.LOGIN_ENDED
    await node.drop(TOPIC)
