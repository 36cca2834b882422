"""The result of a count: every figure that the minutes need, and the proof of what was counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tally.attendance import Quorum
from tally.profile import Threshold
from tally.question import Base, Form
from tally.shape import to_json


@dataclass(frozen=True, slots=True)
class Requirement:
    """What the votes were compared with: a share of the register's or of the present votes."""

    threshold: Threshold
    base: Base
    kopecks: int


@dataclass(frozen=True, slots=True)
class SecondReading:
    """The same votes by the rule of another possible reading of the law; for the minutes, decides nothing."""

    rule: str
    article: str
    requirement: Requirement
    share_for: Fraction
    adopted: bool


@dataclass(frozen=True, slots=True)
class TallyResult:
    """A decision with its arithmetic, in kopecks and exact fractions.

    `totals` are kopecks by mark (for, against or options, then abstain, invalid, not_submitted); of a committee the
    votes cast, unused, invalid and not submitted, with `candidates` beside them. They are None when nothing was
    counted: `no_quorum`, `no_electorate`, `not_put_to_vote` (which has no quorum either). `marks` is creditor → mark
    of everybody present, `grounds` creditor → why his ballot is invalid: the table by name, secret while a vote is.
    """

    question: str
    topic: str
    rule: str
    form: Form
    outcome: str
    adopted: bool
    article: str
    profile_version: str
    profile_hash: str
    input_hash: str
    quorum: Quorum | None = None
    totals: Mapping[str, int] | None = None
    candidates: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    grounds: Mapping[str, str] = field(default_factory=dict)
    requirement: Requirement | None = None
    share_for: Fraction | None = None
    shares: Mapping[str, Fraction] = field(default_factory=dict)
    chosen: str | None = None
    seats: int = 0
    elected: tuple[str, ...] = ()
    tied: tuple[str, ...] = ()
    unfilled_seats: int = 0
    all_secured: bool = False
    secured_not_for: tuple[str, ...] = ()
    second_reading: SecondReading | None = None
    single_creditor: bool = False
    single_creditor_article: str | None = None
    explanation_ru: str = ""

    @property
    def denominator_kopecks(self) -> int | None:
        return None if self.requirement is None else self.requirement.kopecks

    def to_json(self) -> dict[str, Any]:
        """The names of golden files: fractions as "a/b", candidates inside the totals of a committee."""
        value: dict[str, Any] = to_json(self)
        candidates = value.pop("candidates")
        if candidates:
            value["totals"] = {"candidates": candidates, **value["totals"]}
        return {**value, "denominator_kopecks": self.denominator_kopecks}
