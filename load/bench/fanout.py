"""`fanout`: one change to N screens. The product through log, view and hub, beside peers, in rounds in turn.

What is measured of every event: from the moment its maker may know that it is durable (the read of his ack, or the
first delivery if that is earlier) to the read of the last of N deliveries; and the CPU that the servers spent on it.
"""

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from load.bench import peers
from load.bench.crowd import Crowd, CrowdFault
from load.bench.meter import Meter
from load.bench.product import Product, product
from load.bench.room import Room, join_product, joined_peer, peer_room, product_room
from load.bench.stores import StoreMissing, stores
from load.figures import percentile

PACE_S = 0.15
"""Between two events. A prolongation is urgent to the product, so that each is flushed at once."""
GIVEN_UP_AFTER_S = 5.0
IDLE_S = 1.0
WARMING_EVENTS = 5

OURS = "kvorum"
OURS_HUB = "kvorum, delivery alone"
OURS_WORKERS = "kvorum, {workers} workers"
"""The product on PostgreSQL and Redis; the CPU of its workers is summed."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What one contender did in one round; times in ms, CPU in microseconds."""

    contender: str
    cpu_us_per_event: float
    cpu_us_per_delivery: float
    last_p50_ms: float
    last_ms: tuple[float, ...]
    """Of each event: a 99th percentile of one round would be its maximum."""
    whole_p50_ms: float
    """From the sending of the command."""
    lost: int
    kb_per_connection: float
    frame_bytes: int


@dataclass(frozen=True, slots=True)
class Event:
    durable_to_last_s: float
    sent_to_last_s: float
    lost: int


@dataclass(frozen=True, slots=True)
class Plan:
    listeners: int
    rounds: int
    events: int
    workers: int
    peers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contender:
    """`joined` is entered for each round; `alone_us` is the CPU of an event when nobody listens."""

    room: Room
    joined: Callable[[], contextlib.AbstractContextManager[None]]
    alone_us: float | None = None


def measure(plan: Plan, say: Say) -> list[Round]:
    """All rounds of all contenders; whoever is missing is named by `say`."""
    with contextlib.ExitStack() as held, Crowd() as crowd:  # the crowd leaves before the servers end
        embedded, many = _products(held, plan, say)
        contenders = [_embedded(crowd, embedded, plan, say)]
        size = contenders[0].room.size
        contenders += peers_of(plan, held, crowd, size, say)
        if many is not None:
            contenders.append(_with_workers(crowd, many, plan, say))
        gc.collect()
        gc.disable()
        try:
            return list(_in_turn(crowd, contenders, plan, say))
        finally:
            gc.enable()


def _in_turn(crowd: Crowd, contenders: list[Contender], plan: Plan, say: Say) -> Iterator[Round]:
    for number in range(1, plan.rounds + 1):
        for contender in contenders:
            say(f"round {number} of {plan.rounds}: {contender.room.name}")
            with contender.joined():
                yield from _round(crowd, contender, plan)


def _round(crowd: Crowd, contender: Contender, plan: Plan) -> Iterator[Round]:
    room = contender.room
    if not all(listener.is_open for listener in room.listeners):
        raise CrowdFault(f"{room.name} has closed connections of listeners who read everything")
    play(crowd, room, WARMING_EVENTS)
    heard_before = [ear.count for ear in room.ears]
    meter = idle_meter(crowd, room)
    events = play(crowd, room, plan.events)
    event_us = meter.spent_s() / plan.events * 1e6
    uneven = sum(abs(ear.count - was - plan.events) for ear, was in zip(room.ears, heard_before, strict=True))
    lost = max(uneven, sum(event.lost for event in events))
    yield _figures(room, room.name, event_us, events, lost, plan)
    if contender.alone_us is not None:
        yield _figures(room, OURS_HUB, event_us - contender.alone_us, events, lost, plan)


def _figures(room: Room, name: str, event_us: float, events: list[Event], lost: int, plan: Plan) -> Round:
    lasts = [event.durable_to_last_s * 1000 for event in events]
    return Round(
        contender=name,
        cpu_us_per_event=round(event_us, 1),
        cpu_us_per_delivery=round(event_us / plan.listeners, 3),
        last_p50_ms=round(percentile(lasts, 50), 3),
        last_ms=tuple(round(last, 3) for last in lasts),
        whole_p50_ms=round(percentile([event.sent_to_last_s * 1000 for event in events], 50), 3),
        lost=lost,
        kb_per_connection=round(room.memory_a_listener / 1024, 1),
        frame_bytes=room.size,
    )


def play(crowd: Crowd, room: Room, events: int) -> list[Event]:
    """So many events, one after the other, at an even pace."""
    played = []
    for _ in range(events):
        due = time.monotonic() + PACE_S
        played.append(_event(crowd, room))
        crowd.rest(max(0.0, due - time.monotonic()))
    return played


def idle_meter(crowd: Crowd, room: Room) -> Meter:
    """It knows what pings, sweeps and leases cost, and begins now."""
    meter = Meter(room.server)
    crowd.rest(IDLE_S)
    meter.is_idle_until_now()
    meter.begin()
    return meter


def _event(crowd: Crowd, room: Room) -> Event:
    room.awaited, room.first_at = len(room.ears), None
    sent_at = room.last_at = time.monotonic()
    room.source.fire()
    crowd.until(lambda: room.awaited <= 0 and room.source.acked_at is not None, GIVEN_UP_AFTER_S)
    known = [at for at in (room.source.acked_at, room.first_at) if at is not None]
    durable_at = min(known, default=sent_at)
    return Event(room.last_at - durable_at, room.last_at - sent_at, max(0, room.awaited))


# --- the contenders ----------------------------------------------------------------------------------------------


def _products(held: contextlib.ExitStack, plan: Plan, say: Say) -> tuple[Product, Product | None]:
    """Both meetings are founded before anybody connects: who waits unread for long is taken for dead."""
    say(f"{OURS}: founding a meeting of {plan.listeners}")
    embedded = held.enter_context(product(plan.listeners))
    if plan.workers == 1:
        return embedded, None
    name = OURS_WORKERS.format(workers=plan.workers)
    try:
        running = held.enter_context(stores())
    except StoreMissing as missing:
        say(f"{name}: left out, {missing}")
        return embedded, None
    say(f"{name}: founding a meeting of {plan.listeners}")
    return embedded, held.enter_context(product(plan.listeners, workers=plan.workers, stores=running))


def _embedded(crowd: Crowd, ours: Product, plan: Plan, say: Say) -> Contender:
    room = product_room(crowd, ours, OURS)
    alone_us = _alone_us(crowd, room, plan.events)
    say(f"{OURS}: {plan.listeners} join")
    join_product(crowd, room, ours)
    play(crowd, room, 1)  # tells the size of the frame
    return Contender(room, contextlib.nullcontext, alone_us)


def _with_workers(crowd: Crowd, ours: Product, plan: Plan, say: Say) -> Contender:
    room = product_room(crowd, ours, OURS_WORKERS.format(workers=plan.workers))
    say(f"{room.name}: {plan.listeners} join")
    join_product(crowd, room, ours)
    return Contender(room, contextlib.nullcontext)


def _alone_us(crowd: Crowd, room: Room, events: int) -> float:
    play(crowd, room, WARMING_EVENTS)
    meter = idle_meter(crowd, room)
    play(crowd, room, events)
    return meter.spent_s() / events * 1e6


def peers_of(
    plan: Plan, held: contextlib.ExitStack, crowd: Crowd, size: int, say: Say
) -> Iterator[Contender]:
    """Those that are installed, running until `held` is closed; each event is of `size` bytes."""
    for name in plan.peers:
        if not peers.is_installed(name):
            say(
                f"{name}: left out, the package {peers.NEEDS[name]} is not installed (dependency group bench)"
            )
            continue
        room = held.enter_context(peer_room(crowd, name, size))
        yield Contender(room, lambda room=room: joined_peer(crowd, room, plan.listeners))  # type: ignore[misc]
