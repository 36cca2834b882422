"""What a counted voting shows: sums with the decision to everybody, the table by name to whom `view.py` lets."""

from collections.abc import Mapping

from app.kernel.clock import millis
from app.meetings.joins import Texts, creditor_name, option_names
from app.meetings.legal import context_of
from app.meetings.memory import Memory
from app.meetings.model import Meeting, Opened, Result, Voting
from app.meetings.texts.words import MARKS, outcome_text, with_names
from app.meetings.view_types import OptionTotal, QuorumView, ResultView, TableRow, TableView
from tally import PROFILE, Quorum, explain_quorum, percent, quorum
from tally.money import rubles


def result_view(meeting: Meeting, texts: Texts, voting: Voting) -> ResultView:
    """Sums and the decision; no name of a creditor stands in it but `secured_not_for`, ids only, in open votings."""
    result = meeting.results[voting.number]
    question = meeting.questions[voting.question]
    opened = meeting.opened.get(voting.number, Opened())
    names = option_names(texts, question)
    return ResultView(
        voting=voting.number,
        question=question.id,
        outcome=result.outcome,
        outcome_text=outcome_text(result.outcome),
        adopted=result.adopted,
        totals=option_totals(meeting, voting, result, names),
        denominator_kopecks=None if result.denominator_kopecks is None else str(result.denominator_kopecks),
        share=result.share,
        share_percent=percent(*fraction_of(result.share)) if result.share else None,
        threshold_percent=percent(*result.threshold) if result.threshold else None,
        chosen=list(result.chosen),
        tied=list(result.tied),
        unfilled_seats=result.unfilled_seats,
        secured_not_for=list(opened.secured_not_for) if question.secrecy == "open" else [],
        quorum=quorum_view(meeting, quorum_of_result(meeting, result)),
        article=result.article,
        explanation=with_names(result.explanation, names),
        profile_version=result.profile_version,
        input_sha256=result.input_sha256,
        counted_at_ms=millis(result.counted_at),
    )


def fraction_of(share: str) -> tuple[int, int]:
    numerator, denominator = share.split("/")
    return int(numerator), int(denominator)


def option_totals(
    meeting: Meeting, voting: Voting, result: Result, names: Mapping[str, str]
) -> list[OptionTotal]:
    """Options in the ballot's order, then what was not for any; percent of the base, for a committee of all votes."""
    kopecks = {**result.candidates, **result.totals}
    base = result.denominator_kopecks or sum(result.totals.values())
    creditors = creditors_by_mark(meeting, voting)
    texts = {**names, **{mark: text for mark, text in MARKS.items() if mark not in names}}
    return [
        OptionTotal(id, text, str(kopecks[id]), percent(kopecks[id], base), creditors.get(id, 0))
        for id, text in texts.items()
        if id in kopecks
    ]


def creditors_by_mark(meeting: Meeting, voting: Voting) -> dict[str, int]:
    counted: dict[str, int] = {}
    for creditor in participants_of(meeting, voting):
        for mark in marks_counted(meeting, voting, creditor):
            counted[mark] = counted.get(mark, 0) + 1
    return counted


def participants_of(meeting: Meeting, voting: Voting) -> list[str]:
    """The journal of the voting and whoever sent a ballot, by creditor."""
    return sorted(voting.present.keys() | voting.ballots.keys())


def marks_counted(meeting: Meeting, voting: Voting, creditor: str) -> tuple[str, ...]:
    """How a ballot went into the totals."""
    opened = meeting.opened.get(voting.number, Opened())
    if creditor not in opened.marks:
        return ("not_submitted",)
    if creditor in opened.grounds:
        return ("invalid",)
    mark = opened.marks[creditor]
    if mark.distribution is None:
        # without a quorum nothing was counted and no ground recorded, yet a spoiled ballot stays spoiled
        return mark.choices if len(mark.choices) == 1 else ("invalid",)
    return ("cast", *(candidate for candidate, kopecks in mark.distribution.items() if kopecks))


def known_table(meeting: Meeting, texts: Texts, voting: Voting, known: Memory) -> TableView:
    question, opened = meeting.questions[voting.question], meeting.opened.get(voting.number)
    parts = (voting, question, opened, meeting.creditors, texts)
    return known.fragment("table", parts, lambda: table_view(meeting, texts, voting))


def table_view(meeting: Meeting, texts: Texts, voting: Voting) -> TableView:
    """Ask `may_see_table` first."""
    names = option_names(texts, meeting.questions[voting.question])
    weights = meeting.weights(voting)
    rows = [
        TableRow(
            creditor=creditor,
            name=creditor_name(meeting, texts, creditor),
            weight_kopecks=str(weights[creditor]),
            mark=table_mark(meeting, voting, creditor, names),
            channel=voting.ballots[creditor].channel if creditor in voting.ballots else "none",
        )
        for creditor in participants_of(meeting, voting)
    ]
    return TableView(voting.number, voting.question, rows)


def table_mark(meeting: Meeting, voting: Voting, creditor: str, names: Mapping[str, str]) -> str:
    """An option's id, `invalid`, `not_submitted`, or of a committee the candidates with their votes in words."""
    opened = meeting.opened.get(voting.number, Opened())
    mark = opened.marks.get(creditor)
    if mark is not None and mark.distribution is not None and creditor not in opened.grounds:
        return "; ".join(
            f"{names.get(c, c)} — {rubles(votes)}" for c, votes in mark.distribution.items() if votes
        )
    return "damaged" if voting.counts_without(creditor) else marks_counted(meeting, voting, creditor)[0]


def quorum_view(meeting: Meeting, of: Quorum) -> QuorumView:
    return QuorumView(
        present_kopecks=str(of.present_kopecks),
        total_kopecks=str(of.total_kopecks),
        share_percent=percent(of.present_kopecks, of.total_kopecks),
        held=of.held,
        rule=of.rule,
        explanation=explain_quorum(of, meeting.the_card.form),
    )


def quorum_of_result(meeting: Meeting, result: Result) -> Quorum:
    return quorum(result.total_kopecks, result.present_kopecks, context_of(meeting.the_card), PROFILE)
