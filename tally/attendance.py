"""The registration journal: who speaks for whom, and the quorum."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tally.errors import TallyError
from tally.profile import LegalProfile, Threshold
from tally.question import MeetingContext


@dataclass(frozen=True, slots=True)
class Attendance:
    """A line of the journal: a participant and the creditors he speaks for; an observer speaks for none.

    `may_vote_settlement` is false for a representative whose power of attorney does not name a settlement
    (art. 150 p. 2). Powers that differ by creditor make several lines of the same participant.
    """

    participant: str
    creditors: tuple[str, ...] = ()
    may_vote_settlement: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """How one creditor stands in the journal."""

    participant: str
    may_vote_settlement: bool


@dataclass(frozen=True, slots=True)
class Quorum:
    """Present and total votes of one question in kopecks; `share` is None when nobody has a vote."""

    held: bool
    present_kopecks: int
    total_kopecks: int
    share: Fraction | None
    rule: str
    threshold: Threshold
    article: str


def journal_of(attendance: Iterable[Attendance], creditors: frozenset[str]) -> dict[str, Entry]:
    """Creditor → entry. Refuses a creditor who is not in the register or is registered twice."""
    journal: dict[str, Entry] = {}
    for line in attendance:
        for creditor in line.creditors:
            if creditor not in creditors:
                raise TallyError("unknown_creditor", creditor)
            if creditor in journal:
                raise TallyError("creditor_registered_twice", creditor)
            journal[creditor] = Entry(line.participant, line.may_vote_settlement)
    return journal


def quorum(total: int, present: int, context: MeetingContext, profile: LegalProfile) -> Quorum:
    """More than half of all votes; at a repeated meeting more than 30 % (art. 12 p. 4). No votes, no quorum."""
    rule = profile.quorum_repeat if context.repeated else profile.quorum_first
    return Quorum(
        held=total > 0 and rule.threshold.is_met(present, total),
        present_kopecks=present,
        total_kopecks=total,
        share=Fraction(present, total) if total else None,
        rule=rule.code,
        threshold=rule.threshold,
        article=rule.article,
    )
