"""What ballots with unchecked certificates could change: every count again, as if they or a part of them had no signature.

Only outcomes are compared. A decision moves most when all of one side's unchecked ballots fall, or all but one side's;
so these are tried for every option, and all of them together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from app.meetings.counting import tallied
from app.meetings.model import Mark, Meeting, Opened, Voting
from app.meetings.revocation import deferred_in
from app.meetings.texts.minutes import UNCHECKED, UNCHECKED_ROW
from app.meetings.view_types import UncheckedRow, UncheckedView
from tally.money import rubles


@dataclass(frozen=True, slots=True)
class Unchecked:
    """`may_change` None: the voting is not counted, so that nobody knows yet."""

    voting: Voting
    creditors: tuple[str, ...]
    kopecks: int
    may_change: bool | None


def unchecked(meeting: Meeting) -> Iterator[Unchecked]:
    """By voting. For a thread: several counts each."""
    for voting in meeting.votings.values():
        creditors = tuple(sorted(ballot.creditor for ballot in deferred_in(voting)))
        if creditors and voting.state != "cancelled":
            weights = meeting.weights(voting)
            kopecks = sum(weights[creditor] for creditor in creditors)
            yield Unchecked(voting, creditors, kopecks, may_change(meeting, voting, frozenset(creditors)))


def unchecked_view(meeting: Meeting) -> UncheckedView:
    """For the organizer, before he decides not to wait."""
    return UncheckedView([unchecked_row(meeting, one) for one in unchecked(meeting)])


def unchecked_row(meeting: Meeting, one: Unchecked) -> UncheckedRow:
    number, count = meeting.questions[one.voting.question].number, len(one.creditors)
    effect = UNCHECKED[one.may_change]
    text = UNCHECKED_ROW.format(number=number, count=count, kopecks=rubles(one.kopecks), effect=effect)
    return UncheckedRow(one.voting.number, number, count, str(one.kopecks), one.may_change, text)


def may_change(meeting: Meeting, voting: Voting, creditors: frozenset[str]) -> bool | None:
    if voting.number not in meeting.results:
        return None
    marks = meeting.opened.get(voting.number, Opened()).marks
    stands = outcome_without(meeting, voting, frozenset())
    groups = parts_of({creditor: marks[creditor] for creditor in sorted(creditors)})
    return any(outcome_without(meeting, voting, group) != stands for group in groups)


def parts_of(marks: dict[str, Mark]) -> set[frozenset[str]]:
    """All of them; for every option those who gave it a vote, and all the others."""
    everybody = frozenset(marks)
    parts = {everybody}
    for option in {option for mark in marks.values() for option in voted_for(mark)}:
        of_option = frozenset(creditor for creditor, mark in marks.items() if option in voted_for(mark))
        parts |= {of_option, everybody - of_option}
    return parts - {frozenset()}


def voted_for(mark: Mark) -> tuple[str, ...]:
    return mark.choices if mark.distribution is None else tuple(mark.distribution)


def outcome_without(meeting: Meeting, voting: Voting, creditors: frozenset[str]) -> tuple[object, ...]:
    marks = meeting.opened[voting.number].marks
    rest = {creditor: mark for creditor, mark in marks.items() if creditor not in creditors}
    result = tallied(meeting, voting, meeting.questions[voting.question], rest)
    return result.outcome, result.chosen, result.elected
