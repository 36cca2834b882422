"""What ballots with revoked certificates changed: the count again without them, beside the one that stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.meetings.counting import tallied
from app.meetings.joins import Texts, option_names
from app.meetings.model import Meeting, Voting
from app.meetings.revocation import revoked_in
from app.meetings.texts.minutes import REVOKED, REVOKED_OUTCOME, REVOKED_ROW
from app.meetings.texts.words import outcome_text
from app.meetings.view_types import RevokedRow
from tally import TallyResult
from tally.money import rubles


@dataclass(frozen=True, slots=True)
class Revoked:
    """`without`: the count without these ballots, `changes`: has it another outcome; None: the voting is not counted."""

    voting: Voting
    creditors: tuple[str, ...]
    kopecks: int
    without: TallyResult | None
    changes: bool | None


def revoked(meeting: Meeting) -> Iterator[Revoked]:
    """By voting. For a thread: two counts each."""
    for voting in meeting.votings.values():
        creditors = tuple(sorted(ballot.creditor for ballot in revoked_in(voting)))
        if creditors and voting.state != "cancelled":
            weights = meeting.weights(voting)
            yield Revoked(
                voting,
                creditors,
                sum(weights[creditor] for creditor in creditors),
                *recounted_without(meeting, voting, frozenset(creditors)),
            )


def recounted_without(
    meeting: Meeting, voting: Voting, creditors: frozenset[str]
) -> tuple[TallyResult | None, bool | None]:
    if voting.number not in meeting.results:
        return None, None
    stands, without = (result_without(meeting, voting, left_out) for left_out in (frozenset(), creditors))
    return without, outcome_of(without) != outcome_of(stands)


def result_without(meeting: Meeting, voting: Voting, creditors: frozenset[str]) -> TallyResult:
    marks = meeting.opened[voting.number].marks
    rest = {creditor: mark for creditor, mark in marks.items() if creditor not in creditors}
    return tallied(meeting, voting, meeting.questions[voting.question], rest)


def outcome_of(result: TallyResult) -> tuple[object, ...]:
    return result.outcome, result.chosen, result.elected


def revoked_row(meeting: Meeting, texts: Texts, one: Revoked) -> RevokedRow:
    number, count = meeting.questions[one.voting.question].number, len(one.creditors)
    effect = effect_text(meeting, texts, one)
    text = REVOKED_ROW.format(number=number, count=count, kopecks=rubles(one.kopecks), effect=effect)
    return RevokedRow(one.voting.number, number, count, str(one.kopecks), one.changes, text)


def effect_text(meeting: Meeting, texts: Texts, one: Revoked) -> str:
    """Another outcome is named as the count gives it, with whom it chooses: it is nobody's decision."""
    outcome = ""
    if one.without is not None and one.changes:
        names = option_names(texts, meeting.questions[one.voting.question])
        winners = one.without.elected if one.without.chosen is None else (one.without.chosen,)
        named = "; ".join(f"«{names[id]}»" for id in winners)
        said = outcome_text(one.without.outcome)
        outcome = REVOKED_OUTCOME.format(outcome=said, names=named) if named else said
    return REVOKED[one.changes].format(outcome=outcome)
