"""`fanout --stalled K`: do readers who stopped reading slow down the others, what do they cost, are they ended?

Rounds in turn without and with K clients who join, then never read again. The event is a recess that is called and
ended, in turn: it changes the key `meeting` for everybody, and by a long reason and a long address a patch is large
enough for a round to fill what the kernel holds for a stalled connection.
"""

import gc
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from load import wire
from load.bench.crowd import Crowd, Member
from load.bench.fanout import play
from load.bench.leader import Leader, arriving
from load.bench.product import Product, ProductFault, product
from load.bench.room import Room, admit, enter
from load.figures import percentile

PLACE = "Зал заседаний. " * 20
REASON = "Ознакомление с документами. " * 35
EVENTS = 200
"""A round: some 400 KB to each listener, more than the kernel holds for one who does not read."""
RECEIVE_BUFFER = 4096
SHORT_MS = 100
"""Until the announced end, which a meeting has to wait for; shorter than the pace of events."""
CLOSED_WITHIN_S = 15.0
"""The product gives a laggard ten seconds."""
WARMING_EVENTS = 5

SYNC = b"\xa1t\xa4sync"
VIEW = b"\xa4part\xa4view"
ESTABLISHED = "01"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    listeners: int
    stalled: int
    rounds: int
    events: int = EVENTS


@dataclass(frozen=True, slots=True)
class Round:
    stalled: int
    last_p50_ms: float
    last_ms: tuple[float, ...]
    """Of each event."""
    lost: int
    patch_bytes: int
    memory_mb: float
    """Growth of the server's memory over the round."""
    closed: int
    """How many of the stalled the server has ended."""
    closed_after_s: float | None
    """From the first event until all of them were; looked at after the last event."""


class Recesses:
    """Implements `Source`: a recess is called, and the meeting goes on, in turn."""

    def __init__(self, leader: Leader) -> None:
        self.acked_at: float | None = None
        self._leader = leader
        self._is_recess = False

    def fire(self) -> None:
        self.acked_at = None
        self._is_recess = not self._is_recess
        if self._is_recess:
            until_ms = int(time.time() * 1000) + SHORT_MS
            self._leader.send("recess", self._acked, until_ms=until_ms, reason=REASON)
        else:
            self._leader.send("resume", self._acked)

    def is_delivery(self, payload: bytes) -> bool:
        return payload[1:8] == SYNC and VIEW in payload

    def _acked(self, ack: wire.Ack, at: float) -> None:
        if not ack.ok:
            raise ProductFault(f"a recess: {ack.code}")
        self.acked_at = at


def measure(plan: Plan, say: Say) -> list[Round]:
    say(f"stalled: founding a meeting of {plan.listeners}")
    with product(plan.listeners, place=PLACE) as ours, Crowd() as crowd:
        leader = Leader(crowd, ours)
        leader.begin()
        room = Room(ours.child.name, ours.child, Recesses(leader))
        room.listen(tuple(enter(crowd, ours, ours.participants[plan.stalled :])))
        play(crowd, room, WARMING_EVENTS)
        gc.collect()
        gc.disable()
        try:
            return list(_in_turn(crowd, ours, room, plan, say))
        finally:
            gc.enable()


def _in_turn(crowd: Crowd, ours: Product, room: Room, plan: Plan, say: Say) -> Iterator[Round]:
    for number in range(1, plan.rounds + 1):
        for stalled in (0, plan.stalled):
            say(f"round {number} of {plan.rounds}: {stalled} stalled")
            yield _round(crowd, ours, room, plan.events, stalled)


def _round(crowd: Crowd, ours: Product, room: Room, events: int, stalled: int) -> Round:
    members = _stalled(crowd, ours, stalled)
    started, memory = time.monotonic(), room.server.memory_bytes()
    played = play(crowd, room, events)
    memory = room.server.memory_bytes() - memory
    crowd.until(lambda: not any(_is_open(ours, member) for member in members), CLOSED_WITHIN_S)
    closed_at = time.monotonic()
    open_still = [member for member in members if _is_open(ours, member)]
    lasts = [event.durable_to_last_s * 1000 for event in played]
    crowd.leave(members)
    return Round(
        stalled=stalled,
        last_p50_ms=round(percentile(lasts, 50), 3),
        last_ms=tuple(round(last, 3) for last in lasts),
        lost=sum(event.lost for event in played),
        patch_bytes=room.size,
        memory_mb=round(memory / 1e6, 2),
        closed=len(members) - len(open_still),
        closed_after_s=round(closed_at - started, 1) if members and not open_still else None,
    )


def _stalled(crowd: Crowd, ours: Product, count: int) -> Sequence[Member]:
    """They join like everybody, with a small buffer of their own, and then read nothing more."""
    members = arriving(ours, ours.participants[:count])
    for member in members:
        member.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if members:
        admit(crowd, ours.child.port, members)
    for member in members:
        crowd.deafen(member)
    return members


def _is_open(ours: Product, member: Member) -> bool:
    """As the kernel sees the server's end: who does not read cannot be told of a close."""
    if not member.is_open:
        return False
    theirs = f":{member.socket.getsockname()[1]:04X}"
    mine = f":{ours.child.port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(row[1].endswith(mine) and row[2].endswith(theirs) and row[3] == ESTABLISHED for row in rows)
