"""The count of one question, from the register to the decision; reads top to bottom as a lawyer would do it.

Law: 127-ФЗ, arts. 12, 15, 18, 150. All integers: majorities are compared by cross multiplication.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from tally.attendance import Attendance, Entry, Quorum, journal_of, quorum
from tally.ballots import Ballot, Vote, check_ballots, in_time, vote_of
from tally.cumulative import elect, votes_by_candidate
from tally.digest import sha256_of
from tally.explain import explain
from tally.law import PROFILE
from tally.profile import LegalProfile
from tally.question import Form, MeetingContext, Question, check_form
from tally.register import RegisterLine, creditors_of_meeting, electorate, outstanding_secured
from tally.result import Requirement, SecondReading, TallyResult
from tally.rules import INVALID, NOT_SUBMITTED, Majority, Terms, majority_of, marks_of, terms_of
from tally.shape import to_json


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a count depends on."""

    question: Question
    context: MeetingContext
    register: tuple[RegisterLine, ...]
    attendance: tuple[Attendance, ...]
    ballots: tuple[Ballot, ...]
    profile: LegalProfile


@dataclass(frozen=True, slots=True)
class Room:
    """Who may vote, who is present of them (creditor → kopecks), and how the present voted."""

    electorate: Mapping[str, int]
    present: Mapping[str, int]
    votes: Mapping[str, Vote]
    quorum: Quorum


def count(
    question: Question,
    context: MeetingContext,
    register: Iterable[RegisterLine],
    attendance: Iterable[Attendance],
    ballots: Iterable[Ballot],
    profile: LegalProfile = PROFILE,
) -> TallyResult:
    """Count one question. Wrong data raises `TallyError`; the order of lines and ballots changes nothing."""
    inputs = Inputs(question, context, tuple(register), tuple(attendance), tuple(ballots), profile)
    check_form(context)
    terms = terms_of(question, context, profile)
    room = _room(inputs, terms)
    result = _decided(_opening(inputs, terms, room), inputs, terms, room)
    return replace(result, explanation_ru=explain(result, question.id))


def not_put_to_vote(
    question: Question, context: MeetingContext, profile: LegalProfile = PROFILE
) -> TallyResult:
    """The result of a nested question whose parent was not adopted: nothing is counted, no ballot is looked at."""
    inputs = Inputs(question, context, (), (), (), profile)
    result = _head(inputs, terms_of(question, context, profile).article, "not_put_to_vote")
    return replace(result, explanation_ru=explain(result, question.id))


def participants(form: Form, journal: Mapping[str, Entry], timely: Mapping[str, Ballot]) -> frozenset[str]:
    """Who takes part: in person the journal, in absence those whose signed ballot came in time, mixed both."""
    voted = {creditor for creditor, ballot in timely.items() if ballot.signed}
    if form == "in_person":
        return frozenset(journal)
    return frozenset(voted) if form == "absentee" else frozenset(voted | journal.keys())


def input_hash(inputs: Inputs) -> str:
    """SHA-256 over canonical JSON of all inputs and the profile's version and hash, whatever order lines came in."""
    return sha256_of(
        {
            "question": to_json(inputs.question),
            "context": to_json(inputs.context),
            "register": sorted((to_json(line) for line in inputs.register), key=lambda line: line["id"]),
            "attendance": sorted(
                (
                    to_json(replace(line, creditors=tuple(sorted(line.creditors))))
                    for line in inputs.attendance
                ),
                key=lambda line: (line["participant"], line["creditors"], line["may_vote_settlement"]),
            ),
            "ballots": sorted(
                (to_json(ballot) for ballot in inputs.ballots), key=lambda ballot: ballot["creditor"]
            ),
            "profile": {"version": inputs.profile.version, "hash": inputs.profile.hash},
        }
    )


def _room(inputs: Inputs, terms: Terms) -> Room:
    question, context = inputs.question, inputs.context
    weights = electorate(inputs.register, question, context, inputs.profile)
    creditors = frozenset(line.id for line in inputs.register)
    journal = journal_of(inputs.attendance, creditors)
    check_ballots(inputs.ballots, creditors)
    timely = {ballot.creditor: ballot for ballot in inputs.ballots if in_time(ballot, context)}
    here = participants(context.form, journal, timely)
    present = {creditor: weight for creditor, weight in sorted(weights.items()) if creditor in here}
    return Room(
        electorate=weights,
        present=present,
        votes={
            creditor: vote_of(timely.get(creditor), journal.get(creditor), weight, question, terms)
            for creditor, weight in present.items()
        },
        quorum=quorum(sum(weights.values()), sum(present.values()), context, inputs.profile),
    )


def _head(inputs: Inputs, article: str, outcome: str) -> TallyResult:
    return TallyResult(
        question=inputs.question.id,
        topic=inputs.question.topic,
        rule=inputs.question.rule,
        form=inputs.context.form,
        outcome=outcome,
        adopted=False,
        article=article,
        profile_version=inputs.profile.version,
        profile_hash=inputs.profile.hash,
        input_hash=input_hash(inputs),
    )


def _opening(inputs: Inputs, terms: Terms, room: Room) -> TallyResult:
    """What is known before any ballot is counted: the quorum, and whether one creditor decides alone (art. 12 p. 1)."""
    single = len(creditors_of_meeting(inputs.register)) == 1
    return replace(
        _head(inputs, terms.article, "no_quorum" if room.electorate else "no_electorate"),
        quorum=room.quorum,
        single_creditor=single,
        single_creditor_article=inputs.profile.single_creditor_article if single else None,
    )


def _decided(result: TallyResult, inputs: Inputs, terms: Terms, room: Room) -> TallyResult:
    if not room.quorum.held:
        return result
    result = replace(
        result,
        marks={creditor: vote.mark for creditor, vote in room.votes.items()},
        grounds={creditor: vote.ground for creditor, vote in room.votes.items() if vote.ground is not None},
    )
    if terms.majority is None:
        return _committee(result, inputs.question, room)
    totals = _totals(marks_of(inputs.question, terms.kind), room)
    requirement = _requirement(terms.majority, room.quorum)
    result = replace(result, totals=totals, requirement=requirement)
    if terms.kind == "choice":
        return _choice(result, {option: totals[option] for option in inputs.question.options}, requirement)
    result = _for_against(result, totals["for"], requirement)
    if terms.all_secured:
        result = _with_all_secured(result, inputs.register, room)
    return replace(result, second_reading=_second_reading(inputs, room.quorum, totals["for"]))


def _requirement(majority: Majority, held: Quorum) -> Requirement:
    """The denominator of the question: votes of all who may vote on it, or of those of them who are present."""
    kopecks = held.total_kopecks if majority.base == "register" else held.present_kopecks
    return Requirement(majority.threshold, majority.base, kopecks)


def _totals(marks: tuple[str, ...], room: Room) -> dict[str, int]:
    """Kopecks by mark: every present kopeck stands in exactly one of them."""
    totals = dict.fromkeys((*marks, INVALID, NOT_SUBMITTED), 0)
    for creditor, vote in room.votes.items():
        totals[vote.mark] += room.present[creditor]
    return totals


def _for_against(result: TallyResult, votes_for: int, requirement: Requirement) -> TallyResult:
    adopted = requirement.threshold.is_met(votes_for, requirement.kopecks)
    return replace(
        result,
        share_for=Fraction(votes_for, requirement.kopecks),
        adopted=adopted,
        outcome="adopted" if adopted else "not_adopted",
    )


def _with_all_secured(result: TallyResult, register: tuple[RegisterLine, ...], room: Room) -> TallyResult:
    """Every creditor with a vote and an outstanding secured claim must vote «за»; absence is not «за» (art. 150 p. 2)."""
    secured = {line.id for line in register if outstanding_secured(line) > 0} & room.electorate.keys()
    not_for = sorted(creditor for creditor in secured if result.marks.get(creditor) != "for")
    adopted = result.adopted and not not_for
    return replace(
        result,
        all_secured=True,
        secured_not_for=tuple(not_for),
        adopted=adopted,
        outcome="adopted" if adopted else "not_adopted",
    )


def _second_reading(inputs: Inputs, held: Quorum, votes_for: int) -> SecondReading | None:
    """For a topic whose rule could be read otherwise, the figures of the other rule."""
    code = inputs.profile.second_reading_of(inputs.question.topic)
    if code is None:
        return None
    rule = inputs.profile.rule(code)
    majority = majority_of(rule)
    if majority is None:
        return None
    requirement = _requirement(majority, held)
    return SecondReading(
        rule=rule.code,
        article=rule.article,
        requirement=requirement,
        share_for=Fraction(votes_for, requirement.kopecks),
        adopted=requirement.threshold.is_met(votes_for, requirement.kopecks),
    )


def _choice(result: TallyResult, votes: Mapping[str, int], requirement: Requirement) -> TallyResult:
    """The option above the threshold; nobody is chosen when none is (form № 2; no run-off by itself)."""
    base = requirement.kopecks
    chosen = next(
        (option for option, given in votes.items() if requirement.threshold.is_met(given, base)), None
    )
    return replace(
        result,
        shares={option: Fraction(given, base) for option, given in votes.items()},
        chosen=chosen,
        adopted=chosen is not None,
        outcome="not_adopted" if chosen is None else "chosen",
    )


def _committee(result: TallyResult, question: Question, room: Room) -> TallyResult:
    """Cast, unused, invalid and not submitted together are the present kopecks times the seats."""
    totals = {"cast": 0, "unused": 0, INVALID: 0, NOT_SUBMITTED: 0}
    given = []
    for creditor, vote in room.votes.items():
        pool = room.present[creditor] * question.seats
        if vote.distribution is None:
            totals[vote.mark] += pool
            continue
        cast = sum(vote.distribution.values())
        totals["cast"] += cast
        totals["unused"] += pool - cast
        given.append(vote.distribution)
    candidates = votes_by_candidate(question.candidates, given)
    election = elect(candidates, question.seats)
    return replace(
        result,
        totals=totals,
        candidates=candidates,
        seats=question.seats,
        elected=election.elected,
        tied=election.tied,
        unfilled_seats=election.unfilled_seats,
        adopted=election.outcome == "elected",
        outcome=election.outcome,
    )
