"""How somebody is let into a topic: ahead of this worker, from another history, in a storm, at a door that closes."""

import asyncio

import pytest

from realtime.broker_memory import MemoryBus
from realtime.close_codes import CloseCode
from realtime.codec import Format
from realtime.crowd import Member
from realtime.envelope import Have, Sync, Welcome
from realtime.limits import Limits
from realtime.node import Node
from realtime.ports import Viewer
from realtime.presence import MemoryRoom
from realtime.topic import NotLetIn
from realtime.wire import QueueWire
from tests.realtime.fake_app import FakeDoor, Put
from tests.realtime.guests import TOPIC, DeafBroker, Guest, a_log

pytestmark = pytest.mark.clockwork


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


async def test_a_connection_that_forges_again_and_again_is_written_down_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = a_log()
    node = Node(FakeDoor({TOPIC: log}), MemoryBus().broker(), MemoryRoom().presence())
    topic = await node.topic(TOPIC)
    assert topic is not None
    member = Member(Viewer("anna", "anna"), QueueWire(1000), Format.MSGPACK, topic.source.position)

    for _ in range(3):
        await topic.enter(member, Have("c/1", log.epoch, 2, b"forged!!", 2, b"forged!!"))
        topic.hub.leave(member)

    assert node.counts.suspicions == 3
    assert len(caplog.records) == 1
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
