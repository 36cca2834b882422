"""The legal profile: every threshold, table and article of the count as versioned data; the data is in `law.py`.

`status` says how sure a reading of the law is: C confirmed in a public source; M9, M7, M5 from memory, sure about
90, 70, 50 of 100; D our own decision where the law is silent. A lawyer reads the M rows against the current
edition of the law before a real meeting.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, Protocol, TypeVar

from tally.digest import sha256_of
from tally.errors import TallyError
from tally.question import Base

Status = Literal["C", "M9", "M7", "M5", "D"]
Kind = Literal["for_against", "choice", "cumulative"]
SecuredTopic = Literal["everywhere", "listed", "no"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of a base: more than it if strict, otherwise not less."""

    numerator: int
    denominator: int
    strict: bool = True

    def is_met(self, votes: int, base: int) -> bool:
        """Compare by cross multiplication, so nothing is ever rounded."""
        if self.strict:
            return votes * self.denominator > self.numerator * base
        return votes * self.denominator >= self.numerator * base

    @property
    def share(self) -> Fraction:
        return Fraction(self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class QuorumRule:
    code: str
    title: str
    threshold: Threshold
    article: str
    status: Status


@dataclass(frozen=True, slots=True)
class Rule:
    """How a decision is taken. `threshold` and `base` are empty where the question brings them, or none is needed."""

    code: str
    title: str
    kind: Kind
    article: str
    status: Status
    threshold: Threshold | None = None
    base: Base | None = None
    all_secured: bool = False
    repeated_only: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of question. `secured_votes` says where the secured part of a claim votes on it:

    `everywhere` in any procedure; `listed` also in the procedures where it votes on listed topics only (art. 12 p. 1).
    `second_reading` is the rule of another possible reading, whose figures the minutes show too.
    """

    code: str
    title: str
    rule: str
    status: Status
    secured_votes: SecuredTopic = "no"
    all_secured: bool = False
    may_use_15_3: bool = True
    second_reading: str | None = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure of the case. The secured part of a claim votes always, if the pledge is waived, or on listed topics."""

    code: str
    title: str
    secured_votes: Literal["always", "if_waived", "listed_topics"]
    status: Status
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the law that the code follows without a number to set."""

    code: str
    title: str
    article: str
    status: Status


@dataclass(frozen=True, slots=True)
class Title:
    code: str
    title: str


class Coded(Protocol):
    @property
    def code(self) -> str: ...


Entry = TypeVar("Entry", bound=Coded)


@dataclass(frozen=True, slots=True)
class LegalProfile:
    """All that the law says to the count. `enable_15_3` only matters to the choice of a rule for a topic."""

    version: str
    quorum_first: QuorumRule
    quorum_repeat: QuorumRule
    rules: tuple[Rule, ...]
    topics: tuple[Topic, ...]
    procedures: tuple[Procedure, ...]
    readings: tuple[Reading, ...]
    outcomes: tuple[Title, ...]
    grounds: tuple[Title, ...]
    single_creditor_article: str
    enable_15_3: bool = False

    @property
    def hash(self) -> str:
        """SHA-256 of the whole profile as canonical JSON."""
        return _hash_of(self)

    def rule(self, code: str) -> Rule:
        return _found(self.rules, code, "unknown_rule")

    def topic(self, code: str) -> Topic:
        return _found(self.topics, code, "unknown_topic")

    def secured_votes_on(self, topic: str) -> SecuredTopic:
        """A topic that the profile does not name is an ordinary one: the secured part has no extra vote on it."""
        return next((entry.secured_votes for entry in self.topics if entry.code == topic), "no")

    def second_reading_of(self, topic: str) -> str | None:
        return next((entry.second_reading for entry in self.topics if entry.code == topic), None)

    def procedure(self, code: str) -> Procedure:
        for procedure in self.procedures:
            if code == procedure.code or code in procedure.also:
                return procedure
        raise TallyError("unknown_procedure", str(code))

    def outcome_title(self, code: str) -> str:
        return _found(self.outcomes, code, "unknown_outcome").title

    def ground_title(self, code: str) -> str:
        return _found(self.grounds, code, "unknown_ground").title


@lru_cache(maxsize=16)
def _hash_of(profile: LegalProfile) -> str:
    """Every count names it, and a profile never changes."""
    return sha256_of(asdict(profile))


def _found(entries: Iterable[Entry], code: str, error: str) -> Entry:
    for entry in entries:
        if entry.code == code:
            return entry
    raise TallyError(error, str(code))
