"""Folding: from stored events to a machine's state; an event that cannot be read stops the topic."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from app.kernel.canonical import parsed
from app.kernel.clock import Micros
from app.kernel.errors import Elsewhere
from app.kernel.log.chain import StoredEvent
from app.kernel.log.model import Event, Machine, Position

S = TypeVar("S")

REDACTED = "redacted"
HISTORY_RESTORED = "history_restored"
KERNEL_KINDS = {REDACTED: 1, HISTORY_RESTORED: 1}
"""Events of the log itself: a machine sees them only if it names them in `reads`."""


@dataclass(frozen=True, slots=True)
class Fold(Generic[S]):
    """State after the event at `position`, which happened at `last_at`."""

    state: S
    position: Position
    last_at: Micros = 0
    is_archived: bool = False


def decode(event: StoredEvent) -> Event:
    return Event(
        topic=event.topic,
        epoch=event.epoch,
        pos=event.pos,
        at=event.at,
        kind=event.kind,
        version=event.version,
        actor=event.actor,
        command=event.command,
        body=parsed(event.body),
        hash=event.hash,
    )


def is_readable(machine: Machine[S], kind: str, version: int) -> bool:
    return version <= max(machine.reads.get(kind, 0), KERNEL_KINDS.get(kind, 0))


def evolve(machine: Machine[S], fold: Fold[S], event: StoredEvent) -> Fold[S]:
    """Raises Elsewhere for a kind or version this release does not read: never skip, a newer worker knows it."""
    if not is_readable(machine, event.kind, event.version):
        raise Elsewhere(details={"kind": event.kind, "version": event.version})
    state = fold.state
    if event.kind in machine.reads:
        state = machine.evolve(state, decode(event))
    position = Position(event.epoch, event.pos, event.hash)
    return Fold(state, position, event.at, fold.is_archived)
