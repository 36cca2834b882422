"""Workers side by side: rings, lost rings, storms, clients that come from a faster worker."""

import asyncio
from itertools import count, pairwise

import pytest

from realtime import crowd
from realtime import topic as topic_module
from realtime.broker import Ring
from realtime.broker_memory import MemoryBroker, MemoryBus
from realtime.codec import encode
from realtime.envelope import Ack, Cmd, Hello, Sync
from realtime.node import Node
from realtime.presence import MemoryRoom
from realtime.topic import FLUSH_S
from tests.realtime.fake_app import FakeDoor, FakeSource, Put
from tests.realtime.guests import TOPIC, DeafBroker, Guest, a_log, shows, shows_online, until

pytestmark = pytest.mark.clockwork


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


async def test_between_two_flushes_stands_a_tenth_of_a_second_however_long_they_take_and_whatever_was_urgent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = a_log()
    door = FakeDoor({TOPIC: log})
    node = Node(door, MemoryBus().broker(), MemoryRoom().presence())
    topic = await node.topic(TOPIC)
    source = door.sources[TOPIC]
    assert topic is not None
    assert isinstance(source, FakeSource)
    flush = topic.hub.flush
    flushes: list[tuple[bool, float, float]] = []

    def slow() -> None:
        is_urgent, begun = source.is_urgent(topic.hub.flushed.at), topic._now()
        flush()
        flushes.append((is_urgent, begun, begun + 0.02))

    monkeypatch.setattr(topic.hub, "flush", slow)
    monkeypatch.setattr(topic_module, "perf_counter", count(step=0.02).__next__)  # each flush takes 20 ms
    for number in range(240):
        source.read_to(log.append(Put("c", "n", number, urgent=number % 80 == 0)))
        topic.wake()
        await asyncio.sleep(0.005)

    calm = [begun - ended for (_, _, ended), (urgent, begun, _) in pairwise(flushes) if not urgent]
    assert len(calm) < len(flushes) - 1
    assert min(calm) >= FLUSH_S - 0.001
    await node.drop(TOPIC)


async def test_slices_that_follow_a_flush_make_the_next_ones_rarer(monkeypatch: pytest.MonkeyPatch) -> None:
    log = a_log("anna", "boris", "vera")
    door = FakeDoor({TOPIC: log})
    node = Node(door, MemoryBus().broker(), MemoryRoom().presence())
    topic = await node.topic(TOPIC)
    source = door.sources[TOPIC]
    assert topic is not None
    assert isinstance(source, FakeSource)
    for person in ("anna", "boris", "vera"):
        await Guest(node, person).hello()
    monkeypatch.setattr(crowd, "SLICE", 1)
    monkeypatch.setattr(topic_module, "perf_counter", count(step=0.005).__next__)  # each step takes 5 ms
    flush = topic.hub.flush
    flushes: list[float] = []

    def noted() -> None:
        flushes.append(topic._now())
        flush()

    monkeypatch.setattr(topic.hub, "flush", noted)

    while len(flushes) < 4:
        source.read_to(log.append(Put("c", "n", len(flushes))))
        topic.wake()
        await asyncio.sleep(0.005)

    assert flushes[3] - flushes[2] >= 0.25  # three slices of 5 ms are a twentieth of 0.3 s
    await node.drop(TOPIC)


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
