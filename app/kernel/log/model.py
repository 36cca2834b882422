"""The words of the event log: events, decisions, commands, receipts; pure values, no I/O.

Shapes and rules: docs/topics/one-vote.md and docs/decisions/. Bodies are canonical JSON (sorted keys, no floats,
kopecks as strings); they hold ids, kopecks and hashes, never names, documents, contacts or free text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from app.kernel.clock import Micros
from app.kernel.errors import Refused

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a history stands: `at` events of lineage `epoch` (8 bytes), the last with hash `mark` (32 bytes)."""

    epoch: bytes
    at: int
    mark: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """A committed event. `command` is the 16-byte id of the command that caused it, or None."""

    topic: int
    epoch: bytes
    pos: int
    at: Micros
    kind: str
    version: int
    actor: str
    command: bytes | None
    body: Body
    hash: bytes


@dataclass(frozen=True, slots=True)
class Private:
    """Personal or free text beside the event: encrypted with the subject's key, hashed with a salt, destroyable.

    It is addressed as (pos of the event, its index in `NewEvent.private`).
    """

    subject: str
    text: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What `decide` wants to append, with the rows that go into the same statement.

    `guards` are (voting, creditor) places taken by this event, refused by the database if one is live;
    `frees` are places freed; `timers` maps a timer's name to its due time, None clears it;
    `blobs` are bytes a fold never reads (ballots), addressed like `private`; `finishes` ends the topic's life:
    from then on the machine accepts record-keeping only. `seals` is a voting that gets a key pair of its own: the log
    makes it and writes its public half into the body as `seal_public_key`; `breaks` is one whose secret is destroyed.
    `salted`: the log writes a random `salt` into the body, for what it says is one of few things, and whoever may see
    only its hash would try them all.
    """

    kind: str
    body: Body
    version: int = 1
    private: tuple[Private, ...] = ()
    blobs: tuple[bytes, ...] = field(default=(), repr=False)
    guards: tuple[tuple[int, str], ...] = ()
    frees: tuple[tuple[int, str], ...] = ()
    timers: Mapping[str, Micros | None] = field(default_factory=dict)
    finishes: bool = False
    seals: int | None = None
    breaks: int | None = None
    salted: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Events to append and the part of the answer that only the machine knows. No events is a plain yes."""

    events: tuple[NewEvent, ...] = ()
    answer: Body = field(default_factory=dict)


class RefusedWithEvents(Refused):
    """A final refusal that leaves a trace: its events are appended in the statement that records the refusal.

    So a vote that came in time but was saved too late is listed in the minutes though it does not count.
    """

    def __init__(self, refusal: Refused, events: tuple[NewEvent, ...]) -> None:
        super().__init__(refusal.code, article=refusal.article, details=refusal.details)
        self.events = events


@dataclass(frozen=True, slots=True)
class Facts:
    """Values from outside that a decision may use.

    `now` is database time; `received_at` is when the last byte of the command was seen.
    `workers_*` and `max_lag_ms` matter to `close` only; `outside` holds what the service read or computed
    beforehand (rows, a count, verified signatures), by name.
    """

    now: Micros
    received_at: Micros
    workers_live: int = 1
    workers_drained: int = 1
    workers_lost: int = 0
    max_lag_ms: int = 0
    outside: Mapping[str, Any] = field(default_factory=dict, repr=False)


S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Keeping(Generic[S]):
    """How a machine's state becomes bytes and back, so that a topic opens without folding its whole log.

    `version` changes with the shape of the state; a snapshot is taken after each of `kinds`, too.
    """

    version: int
    kinds: frozenset[str]
    dump: Callable[[S], bytes]
    load: Callable[[bytes], S]


class Machine(Protocol[S]):
    """A slice's pure core, driven by the log: same events, same state, byte for byte."""

    @property
    def rules(self) -> str:
        """Version of the decide-rules, fixed for a topic when it is created."""
        ...

    @property
    def reads(self) -> Mapping[str, int]:
        """Highest version of each event kind that `evolve` reads; anything else stops the topic."""
        ...

    @property
    def keeping(self) -> Keeping[S] | None:
        """How snapshots of the state are kept; None: the log is always folded from its start."""
        ...

    def initial(self) -> S: ...

    def evolve(self, state: S, event: Event) -> S:
        """The next state; the old one stays as it was."""
        ...

    def decide(self, state: S, actor: str, command: Any, facts: Facts) -> Decision:
        """Raises `Refused`: final, recorded by the log (with its events, see `RefusedWithEvents`), unless
        `refused.final` is False.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command is answered, the same for ever once `final`.

    `body` of an accepted command that appended events holds `receipt`: {topic, epoch, pos, hash, key, signature},
    signed with Ed25519 over the others as canonical JSON; of a refusal {code, article?, details?}.
    """

    ok: bool
    final: bool
    pos: int
    epoch: bytes
    body: Body

    @property
    def code(self) -> str | None:
        return None if self.ok else str(self.body["code"])


class TopicLog(Protocol[S_co]):
    """One topic in one process: its folded state and its writer. Made by `kernel/log/topics.py`."""

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> S_co: ...

    @property
    def position(self) -> Position: ...

    async def submit(
        self,
        actor: str,
        command_id: bytes,
        command: Any,
        fingerprint: bytes,
        received_at: Micros,
        outside: Mapping[str, Any] | None = None,
        blob_bytes: int = 0,
    ) -> Answer:
        """Queue a command, decide it with others in one append, answer after the commit.

        `fingerprint` stands for the command (op and body): the same id with another one is `conflict`; with
        `blob_bytes`, what the command would store beside its events, it bounds a batch.
        The same (actor, command id) gives the same answer for ever. Raises `Retry` when nothing was decided.
        """
        ...

    async def answers(self, actor: str, command_ids: tuple[bytes, ...]) -> Mapping[bytes, Answer]:
        """Settled answers, read from the table and not from the fold; unknown ids are missing."""
        ...

    async def catch_up(self) -> Position:
        """Read the log to its head and evolve."""
        ...

    async def mark_at(self, at: int) -> bytes | None:
        """Full 32-byte hash of the event at `at` (genesis at 0), None beyond the head."""
        ...

    async def private(self, refs: tuple[tuple[int, int], ...]) -> Mapping[tuple[int, int], Body]:
        """Decrypted private texts by (pos, part); destroyed ones are missing."""
        ...

    async def blobs(self, refs: tuple[tuple[int, int], ...]) -> Mapping[tuple[int, int], bytes]: ...

    async def events(self, after: int, limit: int = 1000) -> tuple[Event, ...]: ...
