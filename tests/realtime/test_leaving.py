"""Topics that leave memory and workers that stop: nobody is lost, and nothing is waited for without end."""

import asyncio

import pytest

from realtime import node as node_module
from realtime.broker import Ring
from realtime.broker_memory import MemoryBus
from realtime.close_codes import CloseCode
from realtime.envelope import Ack, Cmd
from realtime.node import Node
from realtime.ports import Gone
from realtime.presence import MemoryPresence, MemoryRoom
from tests.realtime.fake_app import FakeDoor, FakeSource, Put
from tests.realtime.guests import TOPIC, DeafBroker, Guest, a_log, shows, until

pytestmark = pytest.mark.clockwork


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
