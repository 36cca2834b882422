"""Ballots: which are in time, which are valid, and on what ground one is not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tally.attendance import Entry
from tally.errors import TallyError
from tally.money import is_whole
from tally.question import MeetingContext, Question
from tally.rules import INVALID, NOT_SUBMITTED, Terms, marks_of

DISTRIBUTED = "cast"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One ballot: `choices` are marks ("for", "against", "abstain" or options), `distribution` candidate → votes.

    `signed` means identified as the meeting's policy demands. `received_at` is in microseconds since 1970-01-01 UTC;
    without it the ballot counts as received in time.
    """

    creditor: str
    choices: tuple[str, ...] = ()
    distribution: Mapping[str, int] | None = None
    signed: bool = True
    corrected: bool = False
    signer: str | None = None
    received_at: int | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """What a present creditor's ballot came to: a mark, `cast`, `invalid` with its ground, or `not_submitted`."""

    mark: str
    ground: str | None = None
    distribution: Mapping[str, int] | None = None


def check_ballots(ballots: Iterable[Ballot], creditors: frozenset[str]) -> None:
    """Refuse a ballot of a creditor who is not in the register, a second one, and fractions of votes."""
    seen: set[str] = set()
    for ballot in ballots:
        if ballot.creditor not in creditors:
            raise TallyError("unknown_creditor", ballot.creditor)
        if ballot.creditor in seen:
            raise TallyError("duplicate_ballot", ballot.creditor)
        seen.add(ballot.creditor)
        for candidate, votes in (ballot.distribution or {}).items():
            if not is_whole(votes):
                raise TallyError("not_integer_kopecks", f"{ballot.creditor} for {candidate}")


def in_time(ballot: Ballot, context: MeetingContext) -> bool:
    """Not later than the deadline; the deadline itself is in time."""
    if context.deadline is None or ballot.received_at is None:
        return True
    return ballot.received_at <= context.deadline


def vote_of(
    ballot: Ballot | None, entry: Entry | None, weight: int, question: Question, terms: Terms
) -> Vote:
    """Judge the ballot of a present creditor; `ballot` is None when none came in time."""
    if ballot is None:
        return Vote(NOT_SUBMITTED)
    ground = _ground_of_signature(ballot, entry, question) or _ground_of_marks(
        ballot, weight, question, terms
    )
    if ground is not None:
        return Vote(INVALID, ground)
    if terms.kind == "cumulative":
        return Vote(DISTRIBUTED, distribution=ballot.distribution)
    return Vote(ballot.choices[0])


def _ground_of_signature(ballot: Ballot, entry: Entry | None, question: Question) -> str | None:
    if not ballot.signed:
        return "unsigned"
    if ballot.corrected:
        return "corrected"
    if entry is None:
        return None
    if ballot.signer is not None and ballot.signer != entry.participant:
        return "signer_not_registered"
    if question.rule == "settlement" and not entry.may_vote_settlement:
        return "no_settlement_power"
    return None


def _ground_of_marks(ballot: Ballot, weight: int, question: Question, terms: Terms) -> str | None:
    if terms.kind == "cumulative":
        return _ground_of_distribution(ballot, weight * question.seats, question.candidates)
    if not ballot.choices:
        return "no_mark"
    if len(ballot.choices) > 1:
        return "several_marks"
    if ballot.distribution or ballot.choices[0] not in marks_of(question, terms.kind):
        return "unknown_mark"
    return None


def _ground_of_distribution(ballot: Ballot, pool: int, candidates: tuple[str, ...]) -> str | None:
    """Law: 127-ФЗ, art. 18 p. 2; the grounds themselves are our decision, for the law names none."""
    votes = ballot.distribution or {}
    if ballot.choices:
        return "unknown_mark"
    if not votes.keys() <= set(candidates):
        return "unknown_candidate"
    if any(given < 0 for given in votes.values()):
        return "negative_votes"
    if not any(votes.values()):
        return "no_mark"
    return "over_pool" if sum(votes.values()) > pool else None
