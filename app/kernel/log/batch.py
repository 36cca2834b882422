"""What one append writes: rows in their final form, and the head they were decided at."""

from dataclasses import dataclass, field

from app.kernel.clock import Micros
from app.kernel.log.chain import StoredEvent
from app.kernel.log.model import Position

DONE = 0
REFUSED = 1


@dataclass(frozen=True, slots=True)
class PrivateRow:
    pos: int
    part: int
    subject: str
    salt: bytes = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BlobRow:
    pos: int
    part: int
    sha256: bytes
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CommandRow:
    """`pos` is the last event of an accepted command, or the head at which it was judged."""

    actor: str
    command: bytes
    body_mac: bytes
    outcome: int
    code: str | None
    pos: int
    answer: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class GuardRow:
    """A place taken at `pos`, or freed at it."""

    voting: int
    creditor: str
    pos: int


@dataclass(frozen=True, slots=True)
class SealRow:
    """The key pair of a closed voting; the secret is wrapped."""

    voting: int
    public_key: bytes
    kek_id: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Appended as a whole iff the topic still stands at `expected`; each row is touched once."""

    topic: int
    expected: Position
    position: Position
    finishes: bool = False
    events: tuple[StoredEvent, ...] = ()
    privates: tuple[PrivateRow, ...] = field(default=(), repr=False)
    blobs: tuple[BlobRow, ...] = field(default=(), repr=False)
    commands: tuple[CommandRow, ...] = ()
    guards: tuple[GuardRow, ...] = ()
    frees: tuple[GuardRow, ...] = ()
    timers: tuple[tuple[str, Micros], ...] = ()
    cleared: tuple[str, ...] = ()
    seals: tuple[SealRow, ...] = ()
    broken: tuple[int, ...] = ()
    erased: tuple[tuple[int, int], ...] = ()
    destroyed: tuple[str, ...] = ()
