"""What the engine asks of the application: a `Source` per topic, a `Door`. Generic, no domain words."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

Value = Any
"""What MessagePack can carry: maps, lists, text, bytes, integers, booleans, null."""

ViewMap = Mapping[str, Value]
"""A flat map of keys to values; values are replaced whole."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who sits behind a connection: a person with a login, looking at one topic."""

    person: str
    login: str


@dataclass(frozen=True, slots=True)
class Position:
    """`at` counts events of lineage `epoch` (8 bytes); `mark` is the first 8 bytes of the hash at `at`."""

    epoch: bytes
    at: int
    mark: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command. `final` means it will be the same for ever."""

    ok: bool
    final: bool
    pos: int
    epoch: bytes
    body: Mapping[str, Value] = field(default_factory=dict)
    code: str | None = None


class Unanswered(Exception):
    """A door or a source cannot say now: the client may ask again. `code` is what it is told."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Gone(Unanswered):
    """This worker cannot serve the topic any more, another can: its listeners are sent there."""


class Source(Protocol):
    """One topic's truth, as the engine needs it. Everything but the awaitables is pure in (state, texts)."""

    @property
    def position(self) -> Position: ...

    def view_class(self, person: str) -> str | None:
        """The class the person sees at this position, or None: no right to be here."""
        ...

    @property
    def grants(self) -> object:
        """The same object as long as nobody's class changed, so that a flush need not ask for each."""
        ...

    def view_id(self, view_class: str) -> str:
        """Class + "/" + a hash of the code that builds it: another id means other keys."""
        ...

    def view(self, view_class: str) -> ViewMap: ...

    def me(self, person: str) -> ViewMap:
        """What only this person sees: rights, receipts."""
        ...

    def touched(self, after: int) -> frozenset[str] | None:
        """Persons whose `me` may have changed after position `after`; None when that is no longer known (all)."""
        ...

    def is_urgent(self, after: int) -> bool:
        """Did something people wait for (an opening, a closing, a result) happen after this position?"""
        ...

    @property
    def is_pressing(self) -> bool:
        """Does something go on that people act on at once? Then the log is polled more often while the bus is down."""
        ...

    async def catch_up(self) -> Position:
        """Read to the head; texts that the view joins are loaded when this returns. Raises Gone."""
        ...

    async def mark_at(self, at: int) -> bytes | None: ...

    async def command(
        self, viewer: Viewer, command_id: bytes, op: str, body: Value, received_us: int
    ) -> Reply:
        """Never raises for what a user can cause; a reply that is not final decided nothing."""
        ...

    async def status(self, viewer: Viewer, command_ids: tuple[bytes, ...]) -> Mapping[bytes, Reply]:
        """Settled replies read from the table; ids that are not there are missing."""
        ...

    async def shown_receipts(self, viewer: Viewer, receipts: tuple[Value, ...]) -> None:
        """A client holds these from before the lineage changed. Whatever they prove is recorded; nothing is answered."""
        ...


class Door(Protocol):
    """Who may come in, and where the topics are. Every question may be `Unanswered` for a while."""

    async def admit(self, topic: str, ticket: str) -> Viewer | None:
        """Spend a ticket (once, 30 s); None: sign in again."""
        ...

    async def admit_request(self, topic: str, cookies: Mapping[str, str], person: str) -> Viewer | None:
        """The same for a request of the HTTP fallback: the login stands in the cookies; None: sign in again."""
        ...

    async def still_admitted(self, topic: str, viewer: Viewer) -> bool:
        """Is the login behind this viewer still good for the topic? Asked every 30 s, when some login has ended, and before every command while the bus is down."""
        ...

    async def open(self, topic: str) -> Source | None: ...

    def in_flight(self, topic: str, received_us: int | None) -> AbstractContextManager[None]:
        """Held around a command from its last byte to its answer, so that a closing can wait for it; the topic need not be open here.

        Nobody waits for one without a stamp: it will not be decided.
        """
        ...

    async def heads(self, topics: tuple[str, ...]) -> Mapping[str, Position]:
        """Where the logs of these topics stand, by one question; empty while that cannot be found out."""
        ...

    def stamp_us(self) -> int | None:
        """When a command was here by the clock that decides, microseconds UTC; None while that clock is not trusted."""
        ...

    def now_us(self) -> int:
        """The time to show, also while there are no stamps; nothing is decided by it."""
        ...

    def clock_error_ms(self) -> int: ...
