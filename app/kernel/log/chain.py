"""The hash chain of a topic: pure functions over bytes, repeated by whoever verifies an archive."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.kernel.canonical import canonical
from app.kernel.clock import Micros

GENESIS = b"kvorum/log/1"
NOTHING_PRIVATE = bytes(32)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as its row: bytes, nothing decoded."""

    topic: int
    pos: int
    epoch: bytes
    at: Micros
    kind: str
    version: int
    actor: str
    command: bytes | None
    body: bytes = field(repr=False)
    private_hash: bytes | None
    hash: bytes


class ChainBroken(Exception):
    """The event at `pos` is not what was appended there."""

    def __init__(self, pos: int) -> None:
        self.pos = pos
        super().__init__(f"the chain breaks at {pos}")


def genesis(name: str, first_epoch: bytes) -> bytes:
    return _sha256(GENESIS, name.encode(), first_epoch)


def next_hash(previous: bytes, event: StoredEvent) -> bytes:
    """Hash of `event` (its own `hash` is not looked at) after an event with hash `previous`."""
    private_hash = event.private_hash or NOTHING_PRIVATE
    leaf = _sha256(b"\x00", header(event), _sha256(event.body), private_hash)
    return _sha256(b"\x02", previous, leaf)


def header(event: StoredEvent) -> bytes:
    return canonical(
        {
            "topic": event.topic,
            "epoch": event.epoch.hex(),
            "pos": event.pos,
            "at": event.at,
            "kind": event.kind,
            "version": event.version,
            "actor": event.actor,
            "command": event.command.hex() if event.command else None,
        }
    )


def private_hash(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Over (salt, plain bytes) of each private part, in order."""
    return _sha256(*(_sha256(salt, plain) for salt, plain in parts))


def verify_chain(mark: bytes, events: Iterable[StoredEvent], after: int = 0) -> bytes:
    """Mark of the last event, if all of them follow the event at `after` with hash `mark`; raises ChainBroken."""
    for event in events:
        after += 1
        mark = next_hash(mark, event)
        if (event.pos, event.hash) != (after, mark):
            raise ChainBroken(after)
    return mark


def _sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()
