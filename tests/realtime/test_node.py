"""Workers side by side: rings, lost rings, storms, clients that come from a faster worker."""

import asyncio
from collections.abc import Callable

import pytest

from realtime import node as node_module
from realtime.broker import Ring
from realtime.broker_memory import MemoryBroker, MemoryBus
from realtime.close_codes import CloseCode
from realtime.codec import Format, encode
from realtime.connection import Connection
from realtime.crowd import Member
from realtime.envelope import Ack, Cmd, Have, Hello, ServerFrame, Soft, Sync, Welcome
from realtime.limits import Limits
from realtime.node import Node
from realtime.ports import Gone, Unanswered, Viewer
from realtime.presence import MemoryPresence, MemoryRoom
from realtime.topic import NotLetIn
from realtime.wire import QueueWire
from tests.realtime.client_model import ClientModel
from tests.realtime.decoding import decode_server
from tests.realtime.fake_app import FakeDoor, FakeLog, FakeSource, Grant, Put

TOPIC = "meeting:1"


def a_log(*persons: str) -> FakeLog:
    log = FakeLog()
    log.append(*(Grant(person, "c") for person in persons or ("anna",)), Put("c", "a", 1))
    return log


class Guest:
    """A connection without a socket: says frames, reads what waits on its wire."""

    def __init__(self, node: Node, person: str = "anna") -> None:
        self.node = node
        self.person = person
        self.wire = QueueWire(1_000_000)
        self.connection = Connection(node, self.wire, self._admit)
        self.model = ClientModel()

    async def _admit(self, hello: Hello) -> Viewer | None:
        return Viewer(self.person, self.person)

    async def hello(self, have: Have | None = None) -> None:
        await self.connection.heard(Hello(1, TOPIC, "t", have), 0)

    async def put(self, key: str, value: int, number: int) -> None:
        body = {"key": key, "value": value}
        await self.connection.heard(Cmd(number.to_bytes(16, "big"), "put", body), 0)
        await self.connection.settled()

    def read(self) -> list[ServerFrame]:
        frames = [decode_server(data) for data in self.wire.taken()]
        for frame in frames:
            if isinstance(frame, Sync):
                assert not self.model.receive(frame)
        return frames


async def until(holds: Callable[[], object], within_s: float = 3.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 (what is awaited has no event)
            await asyncio.sleep(0.005)


def shows(guest: Guest, view_map: dict[str, int]) -> Callable[[], bool]:
    def holds() -> bool:
        guest.read()
        return guest.model.view.map == view_map

    return holds


def shows_online(guest: Guest, how_many: int) -> Callable[[], bool]:
    wanted = {"online": how_many, "degraded": False}
    return lambda: any(isinstance(frame, Soft) and frame.set == wanted for frame in guest.read())


class DeafBroker(MemoryBroker):
    """A bus that loses every ring; healthy or not, as a test says."""

    def __init__(self, is_healthy: bool) -> None:
        super().__init__(MemoryBus())
        self.is_healthy = is_healthy

    async def ring(self, ring: Ring) -> None:
        return None


async def test_two_workers_serve_one_topic_and_both_sides_see_every_change() -> None:
    log, bus, room = a_log("anna", "vera"), MemoryBus(), MemoryRoom()
    nodes = [Node(FakeDoor({TOPIC: log}), bus.broker(), room.presence()) for _ in range(2)]
    for node in nodes:
        await node.start()
    anna, vera = Guest(nodes[0], "anna"), Guest(nodes[1], "vera")
    await anna.hello()
    await vera.hello()

    await anna.put("a", 2, 1)
    await until(shows(vera, {"a": 2}))
    await vera.put("b", 3, 2)

    await until(shows(anna, {"a": 2, "b": 3}))
    await until(shows(vera, {"a": 2, "b": 3}))
    for node in nodes:
        await node.stop()


async def test_both_workers_count_who_is_online() -> None:
    log, bus, room = a_log("anna", "vera"), MemoryBus(), MemoryRoom()
    nodes = [Node(FakeDoor({TOPIC: log}), bus.broker(), room.presence()) for _ in range(2)]
    for node in nodes:
        await node.start()
    anna, vera = Guest(nodes[0], "anna"), Guest(nodes[1], "vera")

    await anna.hello()
    await vera.hello()

    for guest in (anna, vera):
        await until(shows_online(guest, 2))
    for node in nodes:
        await node.stop()


@pytest.mark.parametrize(("is_healthy", "within_s"), [(True, 4.0), (False, 1.5)])
async def test_a_lost_ring_costs_a_read_and_not_a_change(is_healthy: bool, within_s: float) -> None:
    log = a_log()
    node = Node(FakeDoor({TOPIC: log}), DeafBroker(is_healthy), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)
    await guest.hello()

    log.append(Put("c", "a", 2))

    await until(shows(guest, {"a": 2}), within_s)
    await node.stop()


async def test_all_topics_are_compared_with_their_logs_by_one_question() -> None:
    topics = tuple(f"meeting:{n}" for n in range(5))
    door = FakeDoor({topic: a_log() for topic in topics})
    node = Node(door, DeafBroker(False), MemoryRoom().presence())
    await node.start()
    for topic in topics:
        await node.topic(topic)

    await until(lambda: len(door.asked) == 2)

    assert set(door.asked) == {topics}
    await node.stop()


@pytest.mark.parametrize(("is_pressing", "least", "most"), [(True, 6, 9), (False, 1, 2)])
async def test_without_the_bus_what_people_wait_for_is_polled_more_often(
    is_pressing: bool, least: int, most: int
) -> None:
    log = a_log()
    log.is_pressing = is_pressing
    door = FakeDoor({TOPIC: log})
    node = Node(door, DeafBroker(False), MemoryRoom().presence())
    await node.start()
    await node.topic(TOPIC)

    await asyncio.sleep(2.1)

    assert least <= len(door.asked) <= most
    await node.stop()


async def test_a_log_with_another_past_is_read_though_it_has_no_more_events() -> None:
    log = a_log()
    door = FakeDoor({TOPIC: log})
    node = Node(door, DeafBroker(False), MemoryRoom().presence())
    await node.start()
    topic = await node.topic(TOPIC)
    assert topic is not None
    read = topic.source.reads  # type: ignore[attr-defined]

    log.rewind(log.head - 1)
    log.append(Put("c", "a", 3))
    await until(lambda: topic.source.reads > read)  # type: ignore[attr-defined]

    await node.stop()


async def test_rings_that_lie_or_come_twice_change_nothing() -> None:
    log, bus = a_log(), MemoryBus()
    node = Node(FakeDoor({TOPIC: log}), bus.broker(), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)
    await guest.hello()
    guest.read()

    for ring in (Ring(TOPIC, log.epoch, 1), Ring(TOPIC, b"another!", 99), Ring("meeting:2", b"", 5)):
        bus.ring(ring)
        bus.ring(ring)
    await asyncio.sleep(0.15)

    assert [frame for frame in guest.read() if isinstance(frame, Sync)] == []
    assert guest.model.view.map == {"a": 1}
    await node.stop()


async def test_changes_are_flushed_ten_times_a_second_and_urgent_ones_sooner() -> None:
    log = a_log()
    door = FakeDoor({TOPIC: log})
    node = Node(door, MemoryBus().broker(), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)
    await guest.hello()
    guest.read()
    source = door.sources[TOPIC]
    assert isinstance(source, FakeSource)
    topic = await node.topic(TOPIC)
    assert topic is not None

    async def tiles(urgent: bool) -> int:
        count, ends = 0, asyncio.get_running_loop().time() + 0.4
        while asyncio.get_running_loop().time() < ends:
            source.read_to(log.append(Put("c", "n", log.head, urgent)))
            topic.wake()
            await asyncio.sleep(0.005)
            count += sum(isinstance(frame, Sync) for frame in guest.read())
        return count

    calm, urgent = await tiles(urgent=False), await tiles(urgent=True)

    assert 3 <= calm <= 6
    assert calm < urgent <= 21
    await node.stop()


async def test_a_client_that_saw_more_than_this_worker_waits_for_it_and_is_not_thrown_back() -> None:
    log = a_log()
    door = FakeDoor({TOPIC: log})
    node = Node(door, DeafBroker(True), MemoryRoom().presence())
    await node.start()
    await node.topic(TOPIC)
    ahead = log.append(Put("c", "a", 2))
    have = Have("c/1", log.epoch, ahead, log.mark(ahead), ahead, log.mark(ahead))
    guest = Guest(node)
    for part in (guest.model.view, guest.model.me):
        part.epoch, part.view, part.at = log.epoch, "c/1", ahead

    await guest.hello(have)

    syncs = [frame for frame in guest.read() if isinstance(frame, Sync)]
    assert all(sync.at >= ahead for sync in syncs)
    topic = await node.topic(TOPIC)
    assert topic is not None
    assert node.counts.suspicions == 0
    await node.stop()


async def test_a_worker_that_cannot_reach_the_position_of_a_client_says_try_again() -> None:
    log = a_log()
    door = FakeDoor({TOPIC: log})
    node = Node(door, DeafBroker(True), MemoryRoom().presence())
    topic = await node.topic(TOPIC)
    assert topic is not None
    log.append(Put("c", "a", 2))

    async def never() -> None:
        await asyncio.sleep(60)

    topic.source.catch_up = never  # type: ignore[method-assign, assignment]
    member = Member(Viewer("anna", "anna"), QueueWire(1000), Format.MSGPACK, topic.source.position)

    with pytest.raises(NotLetIn) as refusal:
        await topic.enter(member, Have("c/1", log.epoch, 3, log.mark(3), 3, log.mark(3)))

    assert refusal.value.code is CloseCode.TRY_AGAIN
    await node.drop(TOPIC)


async def test_another_history_is_counted_as_a_suspicion_and_gets_the_full_map() -> None:
    log = a_log()
    node = Node(FakeDoor({TOPIC: log}), MemoryBus().broker(), MemoryRoom().presence())
    guest = Guest(node)

    await guest.hello(Have("c/1", log.epoch, 2, b"forged!!", 2, b"forged!!"))

    assert [frame.full for frame in guest.read() if isinstance(frame, Sync)] == [True, True]
    topic = await node.topic(TOPIC)
    assert topic is not None
    assert node.counts.suspicions == 1
    await node.drop(TOPIC)


async def test_a_storm_of_joins_is_let_in_slowly_and_in_order() -> None:
    persons = [f"p{n}" for n in range(25)]
    limits = Limits(full_maps=10, full_maps_window_s=0.1)
    node = Node(FakeDoor({TOPIC: a_log(*persons)}), MemoryBus().broker(), MemoryRoom().presence(), limits)
    guests = [Guest(node, person) for person in persons]
    welcomed: list[str] = []

    async def come(guest: Guest) -> None:
        await guest.hello()
        assert isinstance(guest.read()[0], Welcome)
        welcomed.append(guest.person)

    joining = [asyncio.create_task(come(guest)) for guest in guests]
    await asyncio.sleep(0.05)
    at_once = len(welcomed)
    await asyncio.gather(*joining)

    assert at_once == 10
    assert welcomed == persons
    await node.drop(TOPIC)


async def test_a_topic_is_opened_once_however_many_come_at_the_same_time() -> None:
    door = FakeDoor({TOPIC: a_log()})
    node = Node(door, MemoryBus().broker(), MemoryRoom().presence())

    topics = await asyncio.gather(*(node.topic(TOPIC) for _ in range(20)))

    assert len({id(topic) for topic in topics}) == 1
    assert await node.topic("meeting:2") is None
    await node.drop(TOPIC)


async def test_who_waits_at_the_door_of_a_dropped_topic_is_sent_elsewhere() -> None:
    limits = Limits(full_maps=1, full_maps_window_s=0.1)
    log = a_log("anna", "vera")
    node = Node(FakeDoor({TOPIC: log}), MemoryBus().broker(), MemoryRoom().presence(), limits)
    await Guest(node, "anna").hello()
    late = Guest(node, "vera")

    entering = asyncio.create_task(late.hello())
    await asyncio.sleep(0.02)
    await node.drop(TOPIC)
    await entering

    assert late.wire.goodbye is not None
    assert late.wire.goodbye.code == CloseCode.ELSEWHERE
    assert late.wire.taken() == []


async def test_a_topic_opened_anew_while_it_is_dropped_hears_its_rings() -> None:
    class Slow(MemoryPresence):
        async def put(self, topic: str, persons: frozenset[str]) -> None:
            await asyncio.sleep(0.1)

    log, bus = a_log(), MemoryBus()
    node = Node(FakeDoor({TOPIC: log}), bus.broker(), Slow(MemoryRoom()))
    await node.start()
    await Guest(node).hello()

    dropping = asyncio.create_task(node.drop(TOPIC))
    await asyncio.sleep(0.02)
    guest = Guest(node)
    await guest.hello()
    await dropping
    bus.ring(Ring(TOPIC, log.epoch, log.append(Put("c", "a", 2))))

    await until(shows(guest, {"a": 2}), 1.0)
    await node.stop()


async def test_a_worker_that_stops_answers_what_it_has_begun() -> None:
    door = FakeDoor({TOPIC: a_log()})
    node = Node(door, MemoryBus().broker(), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)
    await guest.hello()
    await guest.connection.heard(Cmd(bytes(16), "slow", {"key": "a", "value": 2}), 0)

    await node.stop()

    assert ("anna", bytes(16)) in door.logs[TOPIC].replies
    assert any(isinstance(frame, Ack) for frame in guest.read())
    assert door.flying[TOPIC] == 0


async def test_a_ring_that_fails_after_the_answer_brings_no_second_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Torn(MemoryBroker):
        async def ring(self, ring: Ring) -> None:
            raise ConnectionError("the bus is torn")

    node = Node(FakeDoor({TOPIC: a_log()}), Torn(MemoryBus()), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)
    await guest.hello()
    await guest.put("a", 2, number=1)

    acks = [frame for frame in guest.read() if isinstance(frame, Ack)]
    await node.stop()

    assert [(ack.ok, ack.final) for ack in acks] == [(True, True)]
    assert "a ring was lost" in caplog.text


async def test_a_message_is_in_flight_from_its_last_byte_once_the_topic_is_known() -> None:
    door = FakeDoor({TOPIC: a_log()})
    node = Node(door, MemoryBus().broker(), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)

    stranger = guest.connection.seen()
    before = door.flying[TOPIC]
    await guest.connection.received(encode(Hello(1, TOPIC, "t")), stranger)
    seen = guest.connection.seen()
    waiting = door.flying[TOPIC]
    await guest.connection.received(encode(Cmd(bytes(16), "put", {"key": "a", "value": 2})), seen)
    answering = door.flying[TOPIC]
    await guest.connection.settled()
    await node.stop()

    assert (before, waiting, answering, door.flying[TOPIC]) == (0, 1, 1, 0)


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


async def test_a_topic_without_listeners_leaves_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_module, "IDLE_S", 0.3)
    node = Node(FakeDoor({TOPIC: a_log()}), MemoryBus().broker(), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)
    await guest.hello()
    first = await node.topic(TOPIC)
    await asyncio.sleep(0.8)
    assert await node.topic(TOPIC) is first

    guest.connection.lost()
    await asyncio.sleep(1.0)

    assert await node.topic(TOPIC) is not first
    await node.stop()


async def test_a_topic_that_this_worker_can_no_longer_read_sends_its_listeners_elsewhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log, bus = a_log(), MemoryBus()
    node = Node(FakeDoor({TOPIC: log}), bus.broker(), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)
    await guest.hello()

    async def gone(source: FakeSource) -> None:
        raise Gone("elsewhere")

    monkeypatch.setattr(FakeSource, "catch_up", gone)
    bus.ring(Ring(TOPIC, log.epoch, log.append(Put("c", "a", 2))))
    await until(lambda: guest.wire.goodbye, 1.0)

    assert guest.wire.goodbye is not None
    assert guest.wire.goodbye.code == CloseCode.ELSEWHERE
    assert caplog.text == ""
    await node.stop()


class HungPresence(MemoryPresence):
    """A store that answers nobody; `asked` counts who tried."""

    def __init__(self) -> None:
        super().__init__(MemoryRoom())
        self.asked = 0

    async def put(self, topic: str, persons: frozenset[str]) -> None:
        self.asked += 1
        await asyncio.sleep(60)


async def test_while_the_bus_is_down_nothing_waits_for_the_store_of_presence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(node_module, "IDLE_S", 0.3)
    topics = ("meeting:0", "meeting:2", TOPIC)
    log, presence = a_log(), HungPresence()
    log.is_pressing = True
    door = FakeDoor(dict.fromkeys(topics, log))
    node = Node(door, DeafBroker(False), presence)
    await node.start()
    for topic in topics:
        await node.topic(topic)
    guest = Guest(node)
    await guest.hello()

    await until(
        lambda: door.asked and door.asked[-1] == (TOPIC,)
    )  # the idle ones are gone, the safety poll goes on
    log.append(Put("c", "a", 2))
    await until(shows(guest, {"a": 2}), 1.0)

    assert presence.asked == 0
    await node.stop()


async def test_an_idle_topic_that_hangs_while_it_is_dropped_holds_up_no_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(node_module, "IDLE_S", 0.3)
    monkeypatch.setattr(node_module, "STOP_S", 0.2)
    monkeypatch.setattr(node_module, "POLL_S", 0.2)
    log = a_log()
    node = Node(FakeDoor({TOPIC: log, "meeting:2": log}), DeafBroker(True), HungPresence())
    await node.start()
    await node.topic("meeting:2")
    guest = Guest(node)
    await guest.hello()

    await asyncio.sleep(0.8)
    log.append(Put("c", "a", 2))

    await until(shows(guest, {"a": 2}), 1.0)
    await node.stop()


async def test_a_worker_that_stops_sends_all_away_at_once_and_waits_for_no_store_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(node_module, "STOP_S", 0.2)
    node = Node(FakeDoor({TOPIC: a_log(), "meeting:2": a_log()}), MemoryBus().broker(), HungPresence())
    await node.start()
    await node.topic("meeting:2")
    guest = Guest(node)
    await guest.hello()

    async with asyncio.timeout(2):
        await node.stop()

    assert guest.wire.goodbye is not None
    assert guest.wire.goodbye.code == CloseCode.GOING_AWAY


async def test_a_source_that_fails_for_a_while_is_read_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = a_log()
    log.is_pressing = True
    door = FakeDoor({TOPIC: log})
    node = Node(door, DeafBroker(False), MemoryRoom().presence())
    await node.start()
    guest = Guest(node)
    await guest.hello()

    async def broken(source: FakeSource) -> None:
        raise ConnectionError("database away")

    with monkeypatch.context() as while_broken:
        while_broken.setattr(FakeSource, "catch_up", broken)
        log.append(Put("c", "a", 2))
        await until(lambda: "reading the log of a topic failed" in caplog.text)
    await until(shows(guest, {"a": 2}))

    await node.stop()
