"""What the events say of a meeting: the words of its state; `fold.py` reads the events into them, one after another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verifier.archive import Event

CHOICES = frozenset({"ballots_opened", "secured_listed", "paper_read"})
"""Kinds of events that tell how somebody voted: of a closed voting the participants' edition has only their hashes."""
DESK = frozenset({"organizer", "registrar"})


@dataclass(frozen=True, slots=True)
class Presence:
    """Where a creditor stands by the registration journal; `participant` is who votes for him here."""

    participant: str
    by: str
    represented: bool
    may_settle: bool
    left_at: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    role: str
    creditors: frozenset[str]
    settlement: frozenset[str]


@dataclass(slots=True)
class Standing:
    """How far a question has come; `voting` is the last one opened on it."""

    stage: str = "waiting"
    voting: int | None = None
    adopted: bool = False


@dataclass(slots=True)
class Voting:
    """`live` is creditor → the event of his ballot that stands; `cast` all of them, annulled ones too.

    `damaged` is creditor → the place of his stored ballot that the server could not read, `set_aside` are those it
    counted without.
    """

    number: int
    question: str
    opened: Mapping[str, Any]
    opened_at: int
    deadline: int
    weights: Mapping[str, int]
    present: Mapping[str, Presence]
    state: str = "open"
    cast: list[Event] = field(default_factory=list)
    live: dict[str, Event] = field(default_factory=dict)
    is_missed: bool = False
    closed: Mapping[str, Any] | None = None
    readings: dict[str, Any] = field(default_factory=dict)
    papers: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, Any] = field(default_factory=dict)
    secured: list[str] = field(default_factory=list)
    counted: Event | None = None
    recounted: bool = False
    damaged: dict[str, int] = field(default_factory=dict)
    set_aside: set[str] = field(default_factory=set)

    @property
    def is_running(self) -> bool:
        return self.state in ("open", "stopped")

    @property
    def admit_until(self) -> int:
        """A ballot is in time when it was received not later than this."""
        return self.deadline + int(self.opened["tolerance"])


@dataclass(slots=True)
class Meeting:
    id: str = ""
    policy: str = "off"
    card: Mapping[str, Any] = field(default_factory=dict)
    status: str = "draft"
    lines: dict[str, Any] = field(default_factory=dict)
    registers: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """Version → the hash that the log gives, and the lines at that moment by creditor."""
    questions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    standing: dict[str, Standing] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    journal: dict[str, Presence] = field(default_factory=dict)
    electorates: dict[str, dict[str, str]] = field(default_factory=dict)
    votings: dict[int, Voting] = field(default_factory=dict)
    reviews: dict[tuple[str, str], bool | None] = field(default_factory=dict)
    """Person and certificate in another name → what the organizer decided, None for nothing yet."""
    settled: set[int] = field(default_factory=set)
    """Places of ballots whose revocation was looked at later."""
    phones: dict[str, list[Event]] = field(default_factory=dict)
    """Person → the events that gave him another telephone for codes."""
    is_hurried: bool = False

    @property
    def form(self) -> str:
        return str(self.card.get("form"))

    @property
    def is_over(self) -> bool:
        return self.status in ("ended", "failed", "cancelled")

    def role_of(self, actor: str) -> str | None:
        person = self.persons.get(actor)
        return person.role if person else None


class Contradiction(Exception):
    """An event says what cannot follow from those before it; `code` is a key of `texts.FINDINGS`."""

    def __init__(self, code: str, details: str = "") -> None:
        self.code, self.details = code, details
        super().__init__(code)


def must(is_so: bool, code: str, details: object = "") -> None:
    """Raises Contradiction."""
    if not is_so:
        raise Contradiction(code, str(details))
