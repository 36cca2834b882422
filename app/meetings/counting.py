"""The count: ballots are opened, `tally` decides, both are recorded; then the packet goes on (127-ФЗ, art. 15)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.kernel.clock import Micros
from app.kernel.log.model import Decision, Event, Facts, NewEvent
from app.meetings.agenda import count_timers as timers_of_nested
from app.meetings.agenda import following, is_all_read, is_spoiled, state_of, with_question
from app.meetings.ballot import read_ballot
from app.meetings.commands import Count
from app.meetings.hashes import sha256
from app.meetings.legal import context_of, tally_question
from app.meetings.model import Mark, Meeting, Opened, Question, Result, Stage, Voting
from app.meetings.paper import mark_body, mark_from
from app.meetings.quorum import question_quorum
from app.meetings.refusals import NotCountable
from app.meetings.voting import (
    SECOND,
    cancellation,
    opening,
    parent_is_settled,
    timers_without,
    voting_of,
    with_voting,
    without_quorum,
)
from tally import PROFILE, Attendance, TallyResult
from tally import Ballot as TallyBallot
from tally import count as tally_count

BALLOTS_PER_PART = 100
CREDITORS_PER_PART = 500
PART_BYTES = 48_000


@dataclass(frozen=True, slots=True)
class Counted:
    """A count made before the decision, beside the event loop: what the ballots say and what the law makes of it."""

    basis: tuple[object, ...]
    marks: Mapping[str, Mark]
    result: TallyResult


def count(meeting: Meeting, actor: str, command: Count, facts: Facts) -> Decision:
    """Deterministic: the same log and the same ballots give the same events, whichever worker counts.

    `facts.outside["ballots"]` maps creditors to the bytes of their live electronic ballots; `"seal_secret"` is what a
    closed voting's were opened with; `"counted"` may bring the count (`counted_beforehand`), which is taken if it
    stands on this very state.
    """
    voting = voting_of(meeting, command.voting)
    if voting.state != "closed":
        return Decision()
    question = meeting.questions[voting.question]
    secret: bytes | None = facts.outside.get("seal_secret")
    if not is_all_read(meeting, voting) or not parent_is_settled(meeting, question):
        raise NotCountable
    if is_set_aside(meeting, question):
        timers = timers_without(meeting, voting, facts.now)
        return Decision(tuple(cancellation(voting, "parent_not_adopted", timers=timers)))
    is_shut = voting.seal is not None and secret is None
    if is_shut or "ballots" not in facts.outside:
        raise NotCountable
    ready: Counted | None = facts.outside.get("counted")
    if ready is None or ready.basis != basis_of(meeting, voting):
        ready = counted_on(meeting, voting, facts.outside["ballots"])
    marks, result = ready.marks, ready.result
    counted = NewEvent(
        "voting_counted",
        {**result_body(voting, question, result), "seal_secret": secret.hex() if secret else None},
        version=2,
        timers=counted_timers(meeting, voting, result, facts.now),
    )
    events = (
        *opened_events(voting.number, marks, result.grounds or {}),
        *secured_events(voting.number, result.secured_not_for),
        counted,
    )
    return Decision((*events, *packet_events(meeting, voting, question, result.adopted, facts.now)))


def counted_beforehand(meeting: Meeting, number: int, contents: Mapping[str, bytes]) -> Counted | None:
    """For a thread: a thousand ballots take longer than the event loop may be held. None: nothing to count yet."""
    if not is_countable(meeting, number):
        return None
    return counted_on(meeting, voting_of(meeting, number), contents)


def is_countable(meeting: Meeting, number: int) -> bool:
    """Only then is a closed voting unsealed: what is set aside stays shut for ever."""
    voting = voting_of(meeting, number)
    question = meeting.questions[voting.question]
    is_ready = is_all_read(meeting, voting) and parent_is_settled(meeting, question)
    return voting.state == "closed" and is_ready and not is_set_aside(meeting, question)


def counted_on(meeting: Meeting, voting: Voting, contents: Mapping[str, bytes]) -> Counted:
    marks = all_marks(meeting, voting, contents)
    result = tallied(meeting, voting, meeting.questions[voting.question], marks)
    return Counted(basis_of(meeting, voting), marks, result)


def basis_of(meeting: Meeting, voting: Voting) -> tuple[object, ...]:
    """All that a count is a function of; the ballots' bytes are named in the voting by their hashes."""
    paper = meeting.opened.get(voting.number, Opened()).paper
    register = meeting.registers[voting.register_version]
    return meeting.card, voting, meeting.questions[voting.question], register, paper


def is_set_aside(meeting: Meeting, question: Question) -> bool:
    """A nested question that was voted together with its parent does not count when the parent was not adopted."""
    if question.parent is None:
        return False
    parent = meeting.questions[question.parent]
    return not (state_of(meeting, parent) == "decided" and parent.adopted)


def counted_timers(
    meeting: Meeting, voting: Voting, result: TallyResult, now: Micros
) -> dict[str, Micros | None]:
    """This count is done; of a packet voted at one time the nested questions are counted now."""
    held = result.quorum is not None and result.quorum.held
    stage: Stage = "decided" if held else "no_quorum"
    question = replace(meeting.questions[voting.question], stage=stage, adopted=result.adopted)
    nested = timers_of_nested(with_question(meeting, question), question, now)
    return {f"count/{voting.number}": None, **nested}


def all_marks(meeting: Meeting, voting: Voting, contents: Mapping[str, bytes]) -> dict[str, Mark]:
    """What every live ballot says; bytes that are not those of the log stop the count, unless it is told to go on.

    A ballot that was set aside counts as one that says nothing: who cast it took part, for what nobody can tell.
    """
    paper = meeting.opened.get(voting.number, Opened()).paper
    marks: dict[str, Mark] = {}
    for creditor, ballot in sorted(voting.ballots.items()):
        if ballot.channel == "paper":
            marks[creditor] = paper[creditor]
            continue
        if voting.counts_without(creditor):
            marks[creditor] = Mark()
            continue
        content = contents[creditor]
        if sha256(content) != ballot.sha256:
            raise ValueError(f"the ballot at {ballot.pos} is not the one in the log")
        marks[creditor] = mark_of_content(content)
    return marks


def mark_of_content(content: bytes) -> Mark:
    ballot = read_ballot(content)
    if ballot.distribution is not None:
        return Mark((), {candidate: int(kopecks) for candidate, kopecks in ballot.distribution.items()})
    return Mark(tuple(ballot.choices or ()))


def tallied(meeting: Meeting, voting: Voting, question: Question, marks: Mapping[str, Mark]) -> TallyResult:
    """The register is that of the opening; powers were judged when a ballot was accepted."""
    register = meeting.registers[voting.register_version]
    ballots = [
        TallyBallot(
            creditor, mark.choices, mark.distribution, received_at=voting.ballots[creditor].received_at
        )
        for creditor, mark in marks.items()
    ]
    return tally_count(
        tally_question(question),
        context_of(meeting.the_card, voting.admit_until),
        register.lines.values(),
        attendance_of(voting),
        ballots,
        PROFILE,
    )


def attendance_of(voting: Voting) -> list[Attendance]:
    creditors: dict[str, list[str]] = {}
    for creditor, presence in sorted(voting.present.items()):
        creditors.setdefault(presence.participant, []).append(creditor)
    return [Attendance(participant, tuple(names)) for participant, names in sorted(creditors.items())]


def opened_events(voting: int, marks: Mapping[str, Mark], grounds: Mapping[str, str]) -> Iterator[NewEvent]:
    """Ballots by creditor, at most 100 an event and never near its limit of bytes."""
    part: dict[str, Any] = {}
    size = number = 0
    for creditor, mark in marks.items():
        said = {**mark_body(mark), **({"ground": grounds[creditor]} if creditor in grounds else {})}
        part_size = len(creditor) + len(str(said))
        if part and (len(part) == BALLOTS_PER_PART or size + part_size > PART_BYTES):
            yield choices_opened(voting, number, part)
            part, size, number = {}, 0, number + 1
        part[creditor] = said
        size += part_size
    if part:
        yield choices_opened(voting, number, part)


def choices_opened(voting: int, number: int, part: Mapping[str, Any]) -> NewEvent:
    body = {"voting": voting, "part": number, "choices": part}
    return NewEvent("ballots_opened", body, version=2, salted=True)


def secured_events(voting: int, creditors: tuple[str, ...]) -> Iterator[NewEvent]:
    """Secured creditors who did not vote for, where the law wants all of them (art. 150 p. 2)."""
    for part, start in enumerate(range(0, len(creditors), CREDITORS_PER_PART)):
        chunk = list(creditors[start : start + CREDITORS_PER_PART])
        body = {"voting": voting, "part": part, "creditors": chunk}
        yield NewEvent("secured_listed", body, version=2, salted=True)


def result_body(voting: Voting, question: Question, result: TallyResult) -> dict[str, Any]:
    """Of a closed voting without the hash of its input, in which everything but the choices is known to participants."""
    share = result.share_for
    held = result.quorum
    if held is None:
        raise ValueError("a voting was counted without a quorum of its own")
    needed = result.requirement
    return {
        "voting": voting.number,
        "held": held.held,
        "quorum_rule": held.rule,
        "present_kopecks": str(held.present_kopecks),
        "total_kopecks": str(held.total_kopecks),
        "totals": {mark: str(kopecks) for mark, kopecks in (result.totals or {}).items()},
        "candidates": {name: str(kopecks) for name, kopecks in (result.candidates or {}).items()},
        "denominator_kopecks": None
        if result.denominator_kopecks is None
        else str(result.denominator_kopecks),
        "share": f"{share.numerator}/{share.denominator}" if share is not None else None,
        "threshold": [needed.threshold.numerator, needed.threshold.denominator] if needed else None,
        "adopted": result.adopted,
        "outcome": result.outcome,
        "chosen": [result.chosen] if result.chosen is not None else list(result.elected),
        "tied": list(result.tied),
        "unfilled_seats": result.unfilled_seats,
        "single_creditor": result.single_creditor,
        "article": result.article,
        "explanation": result.explanation_ru,
        "profile_version": result.profile_version,
        "input_sha256": result.input_hash if question.secrecy == "open" else "",
    }


def packet_events(
    meeting: Meeting, voting: Voting, question: Question, adopted: bool, now: Micros
) -> Iterator[NewEvent]:
    """In person the packet unfolds by itself: the next question with a quorum opens at once.

    Not over votes that may be missing from this count: the organizer repeats the voting or goes on by hand.
    """
    alone = not any(voting.running for voting in meeting.votings.values())
    if meeting.the_card.form != "in_person" or meeting.status != "running" or not alone:
        return
    if is_spoiled(voting):
        return
    for following_question in following(meeting, question, adopted):
        quorum = question_quorum(meeting, following_question)
        if quorum.held:
            deadline = now + following_question.duration_s * SECOND
            yield from opening(meeting, following_question, len(meeting.votings) + 1, deadline)
            return
        yield without_quorum(following_question, quorum)


# --- what the events mean ----------------------------------------------------------------------------------------


def on_ballots_opened(meeting: Meeting, event: Event) -> Meeting:
    """The salt of version 2 is for the hash alone, here and below."""
    body = event.body
    opened = meeting.opened.get(body["voting"], Opened())
    marks = {creditor: mark_from(said) for creditor, said in body["choices"].items()}
    grounds = {creditor: said["ground"] for creditor, said in body["choices"].items() if "ground" in said}
    changed = replace(opened, marks={**opened.marks, **marks}, grounds={**opened.grounds, **grounds})
    return replace(meeting, opened={**meeting.opened, body["voting"]: changed})


def on_secured_listed(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    opened = meeting.opened.get(body["voting"], Opened())
    changed = replace(opened, secured_not_for=(*opened.secured_not_for, *body["creditors"]))
    return replace(meeting, opened={**meeting.opened, body["voting"]: changed})


def on_voting_counted(meeting: Meeting, event: Event) -> Meeting:
    """The secret that version 2 publishes is for whoever checks the log: the state has no use for it."""
    result = result_of(event.body, event.at)
    number = event.body["voting"]
    voting = meeting.votings[number]
    question = replace(
        meeting.questions[voting.question],
        stage="decided" if result.held else "no_quorum",
        outcome=result.outcome,
        adopted=result.adopted,
        present_kopecks=result.present_kopecks,
        total_kopecks=result.total_kopecks,
    )
    counted = with_voting(with_question(meeting, question), replace(voting, state="counted"))
    return replace(counted, results={**meeting.results, number: result}, last_counted=number)


def result_of(body: Mapping[str, Any], counted_at: Micros) -> Result:
    denominator = body["denominator_kopecks"]
    threshold = body["threshold"]
    return Result(
        held=body["held"],
        quorum_rule=body["quorum_rule"],
        present_kopecks=int(body["present_kopecks"]),
        total_kopecks=int(body["total_kopecks"]),
        totals={mark: int(kopecks) for mark, kopecks in body["totals"].items()},
        candidates={name: int(kopecks) for name, kopecks in body["candidates"].items()},
        denominator_kopecks=None if denominator is None else int(denominator),
        share=body["share"],
        threshold=(threshold[0], threshold[1]) if threshold else None,
        adopted=body["adopted"],
        outcome=body["outcome"],
        chosen=tuple(body["chosen"]),
        tied=tuple(body["tied"]),
        unfilled_seats=body["unfilled_seats"],
        single_creditor=body["single_creditor"],
        article=body["article"],
        explanation=body["explanation"],
        profile_version=body["profile_version"],
        input_sha256=body["input_sha256"],
        counted_at=counted_at,
    )
