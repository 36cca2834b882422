"""`resume`: everybody comes for the first time at once; loses the network at once and comes back; loses a killed worker.

All reconnect in the same moment, without the spread that real clients keep: the worst case. The clock starts at the first
request for a ticket, or when the worker is killed, and stops when the last client stands at the head of the log with both
parts of its screen.
"""

import contextlib
import gc
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from load import wire
from load.bench.crowd import Crowd, Member
from load.bench.leader import Leader
from load.bench.product import Product, ProductFault, Site, product
from load.bench.room import SETTLED_S
from load.bench.stores import StoreMissing, stores
from load.figures import percentile
from load.machine import tree_of
from load.metrics import parsed
from load.replica import Replica

IN_STEP_WITHIN_S = 60.0
PROLONGED_S = 10
COUNTED_WITHIN_S = 2.0
"""The server brings its counters to `/metrics` once in a while."""
TICKETS_AT_ONCE = 100
"""A ticket lives for half a minute, so nobody collects a thousand of them first."""
REPLACED_WITHIN_S = 30.0
STARTED_S = 5.0
"""So long a new process takes to open its services."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    clients: int
    rounds: int
    workers: int


@dataclass(frozen=True, slots=True)
class Round:
    """One storm. `view_builds` is None where the server does not count them."""

    contender: str
    storm: str
    clients: int
    came: int
    """Those who came or came back; of a killed worker's storm the others kept their connections."""
    in_step: int
    tickets_s: float
    in_step_s: float
    p50_ms: float
    """From a client's own connect to its being in step."""
    p99_ms: float
    patches: int
    full_maps: int
    view_builds: int | None
    cpu_ms: float
    memory_mb: float


class Client:
    """A screen that survives its connections."""

    def __init__(self) -> None:
        self.screen = Replica()
        self.member: Member | None = None
        self.connected_at = self.in_step_at = 0.0
        self.patches = self.full_maps = 0

    @property
    def is_connected(self) -> bool:
        return self.member is not None and self.member.is_open

    def comes(self, product: Product, ticket: str) -> Member:
        """A fresh connection that says what it holds."""
        self.member = member = Member(wire.encode(wire.hello(product.topic, ticket, self.screen.have())))
        member.hears = self._hear
        self.in_step_at = 0.0
        self.patches = self.full_maps = 0
        self.connected_at = time.monotonic()
        return member

    def is_in_step(self, head: int) -> bool:
        """Both parts came on this connection, and the view stands at `head`; `me` moves only when it is touched."""
        view = self.screen.view.position
        return self.in_step_at > 0 and view is not None and view.at >= head

    def _hear(self, payload: bytes, at: float) -> None:
        frame = wire.decode(payload)
        if isinstance(frame, wire.Sync):
            self.screen.take(frame)
            if frame.part == "me":
                self.in_step_at = self.in_step_at or at
            elif frame.full:
                self.full_maps += 1
            else:
                self.patches += 1


def measure(plan: Plan, say: Say) -> list[Round]:
    gc.collect()
    gc.disable()
    try:
        return [*_embedded(plan, say), *_with_workers(plan, say)]
    finally:
        gc.enable()


def _embedded(plan: Plan, say: Say) -> list[Round]:
    say(f"kvorum: founding a meeting of {plan.clients}")
    with product(plan.clients) as ours:
        return list(_storms(ours, plan, say))


def _with_workers(plan: Plan, say: Say) -> list[Round]:
    if plan.workers == 1:
        return []
    try:
        with stores() as running, product(plan.clients, workers=plan.workers, stores=running) as ours:
            return list(_storms(ours, plan, say))
    except StoreMissing as missing:
        say(f"kvorum, {plan.workers} workers: left out, {missing}")
        return []


def _storms(ours: Product, plan: Plan, say: Say) -> Iterator[Round]:
    with Crowd() as crowd:
        leader = Leader(crowd, ours)
        leader.begin()
        voting = leader.start_voting()
        for number in range(1, plan.rounds + 1):
            clients = [Client() for _ in ours.participants]
            for storm in ("join", "resume", *(("killed",) if ours.workers > 1 else ())):
                say(f"round {number} of {plan.rounds}: {ours.child.name}, {storm}")
                started = time.monotonic()
                if storm == "killed":
                    _kill_one(crowd, ours)
                else:
                    crowd.leave([client.member for client in clients if client.member])
                if not leader.member.is_open:
                    leader = Leader(crowd, ours)
                head = leader.command("prolong", voting=voting, seconds=PROLONGED_S).pos
                if storm != "killed":
                    crowd.rest(SETTLED_S)
                    started = time.monotonic()
                yield _storm(crowd, ours, clients, storm, head, started)
            crowd.leave([client.member for client in clients if client.member])
            _wait_for_workers(crowd, ours)


def _storm(
    crowd: Crowd, ours: Product, clients: Sequence[Client], storm: str, head: int, started: float
) -> Round:
    builds, cpu_s = view_builds(ours), ours.child.cpu_s()
    ticketed_s = _all_in_step(crowd, ours, clients, head)
    spent_ms = (ours.child.cpu_s() - cpu_s) * 1000
    there = [client for client in clients if client.is_in_step(head)]
    back = [client for client in there if client.connected_at >= started]
    waits = [(client.in_step_at - client.connected_at) * 1000 for client in back] or [IN_STEP_WITHIN_S * 1000]
    crowd.rest(COUNTED_WITHIN_S)
    built = view_builds(ours)
    return Round(
        contender=ours.child.name,
        storm=storm,
        clients=len(clients),
        came=len(back),
        in_step=len(there),
        tickets_s=round(ticketed_s, 3),
        in_step_s=round(max((client.in_step_at for client in there), default=started) - started, 3),
        p50_ms=round(percentile(waits, 50), 1),
        p99_ms=round(percentile(waits, 99), 1),
        patches=sum(client.patches for client in back),
        full_maps=sum(client.full_maps for client in back),
        view_builds=None if built is None or builds is None else built - builds,
        cpu_ms=round(spent_ms, 1),
        memory_mb=round(ours.child.memory_bytes() / 1e6, 1),
    )


def _all_in_step(crowd: Crowd, ours: Product, clients: Sequence[Client], head: int) -> float:
    """Whoever has no connection comes, until all stand at `head` or time is over; seconds spent waiting for tickets."""
    waited_s = 0.0

    def are_in_step() -> bool:
        nonlocal waited_s
        away = [number for number, client in enumerate(clients) if not client.is_connected]
        waited_s += _come(crowd, ours, clients, away)
        return all(client.is_in_step(head) for client in clients)

    crowd.until(are_in_step, IN_STEP_WITHIN_S)
    return waited_s


def _come(crowd: Crowd, ours: Product, clients: Sequence[Client], away: Sequence[int]) -> float:
    """Tickets and connections in batches, as fast as the server gives them; seconds spent waiting for tickets."""
    waited_s = 0.0
    for start in range(0, len(away), TICKETS_AT_ONCE):
        batch = away[start : start + TICKETS_AT_ONCE]
        asked_at = time.monotonic()
        tickets = ours.tickets([ours.participants[number] for number in batch])
        waited_s += time.monotonic() - asked_at
        members = [clients[number].comes(ours, ticket) for number, ticket in zip(batch, tickets, strict=True)]
        crowd.connect(ours.child.port, members)
        crowd.turn(0)
    return waited_s


def _kill_one(crowd: Crowd, ours: Product) -> None:
    """By SIGKILL, until its connections are known to be gone."""
    killed = _workers(ours)[0]
    os.kill(killed, signal.SIGKILL)
    crowd.must(lambda: killed not in _workers(ours), REPLACED_WITHIN_S, "the end of a killed worker")
    crowd.turn(0)


def _wait_for_workers(crowd: Crowd, ours: Product) -> None:
    """Until a killed worker has its successor: the next round begins with all of them."""
    if ours.workers > 1:
        crowd.must(lambda: len(_workers(ours)) == ours.workers, REPLACED_WITHIN_S, "a new worker")
        crowd.rest(STARTED_S)
    crowd.rest(SETTLED_S)


def _workers(ours: Product) -> list[int]:
    """Process ids; the supervisor is not among them."""
    return tree_of(ours.child.process.pid)[1:]


def view_builds(ours: Product) -> int | None:
    """The counter of `/metrics`, all classes together; the worker that answers speaks for all."""
    try:
        with contextlib.closing(Site(ours.child.port)) as site:
            return parsed(site.get("/metrics").decode()).view_builds
    except ProductFault:
        return None
