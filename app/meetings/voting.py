"""A voting from its opening to its closing: start, prolong, stop, cancel, annul, close (log-and-views 4)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from app.kernel.clock import Micros
from app.kernel.errors import Draining
from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private, RefusedWithEvents
from app.meetings.agenda import (
    count_timers,
    is_all_read,
    is_settled,
    question_of,
    why_not_put,
    with_question,
)
from app.meetings.commands import AnnulBallot, CancelVoting, Close, Prolong, StartVoting, StopVoting
from app.meetings.hashes import attendance_sha256, electorate_sha256, weights_sha256
from app.meetings.legal import weights_of
from app.meetings.model import Annulled, Meeting, Presence, Question, Seal, Stage, Voting
from app.meetings.quorum import question_quorum
from app.meetings.refusals import (
    AnotherVotingRuns,
    DeadlinePassed,
    Late,
    MeetingIsOver,
    NoBallot,
    NoQuorum,
    NotRunning,
    TooLong,
    TooShort,
    UnknownVoting,
    VotingNotOpen,
)
from tally import Quorum

SECOND: Micros = 1_000_000
TOLERANCE: Mapping[str, Micros] = {"in_person": SECOND, "mixed": 0, "absentee": 0}
PROLONGED_MAX: Mapping[str, Micros] = {
    "in_person": 86_400 * SECOND,
    "mixed": 30 * 86_400 * SECOND,
    "absentee": 30 * 86_400 * SECOND,
}
"""How far all prolongations together may move a deadline."""
DRAIN_MAX: Micros = 10 * SECOND
WEIGHTS_PER_PART = 500


def voting_of(meeting: Meeting, number: int) -> Voting:
    if number not in meeting.votings:
        raise UnknownVoting(voting=number)
    return meeting.votings[number]


def running_voting(meeting: Meeting, number: int) -> Voting:
    voting = voting_of(meeting, number)
    if not voting.running:
        raise VotingNotOpen(voting=number, state=voting.state)
    return voting


def must_run(meeting: Meeting) -> None:
    if meeting.is_over:
        raise MeetingIsOver
    if meeting.status != "running":
        raise NotRunning(status=meeting.status)


# --- decisions ---------------------------------------------------------------------------------------------------


def start_voting(meeting: Meeting, actor: str, command: StartVoting, facts: Facts) -> Decision:
    """In any order; in person one at a time and with the question's own quorum (127-ФЗ, art. 12 p. 4)."""
    must_run(meeting)
    question = question_of(meeting, command.question)
    refusal = why_not_put(meeting, question)
    if refusal is not None:
        raise refusal
    must_leave_time(meeting, command.duration_s)
    deadline = facts.now + (command.duration_s or question.duration_s) * SECOND
    if meeting.the_card.form == "in_person":
        must_be_alone(meeting)
        must_have_quorum(meeting, question)
    elif command.duration_s is None:
        deadline = meeting.the_card.ends_at or deadline
    if deadline <= facts.now:
        raise DeadlinePassed(deadline_ms=deadline // 1000)
    number = len(meeting.votings) + 1
    return Decision(tuple(opening(meeting, question, number, deadline)), {"voting": number})


def must_leave_time(meeting: Meeting, duration_s: int | None) -> None:
    """Whoever signs needs his card, his PIN and a minute to think."""
    shortest_s = meeting.the_card.shortest_s
    if duration_s is not None and duration_s < shortest_s:
        raise TooShort(shortest_s=shortest_s)


def must_be_alone(meeting: Meeting) -> None:
    running = next((voting.number for voting in meeting.votings.values() if voting.running), None)
    if running is not None:
        raise AnotherVotingRuns(voting=running)


def must_have_quorum(meeting: Meeting, question: Question) -> None:
    """A question that was called without a quorum is recorded so; it may be called again when more came."""
    quorum = question_quorum(meeting, question)
    if quorum.held:
        return
    refusal = NoQuorum(
        question=question.id,
        present_kopecks=str(quorum.present_kopecks),
        total_kopecks=str(quorum.total_kopecks),
    )
    if question.stage == "decided":
        raise refusal
    raise RefusedWithEvents(refusal, (without_quorum(question, quorum),))


def without_quorum(question: Question, quorum: Quorum) -> NewEvent:
    body = {
        "question": question.id,
        "present_kopecks": str(quorum.present_kopecks),
        "total_kopecks": str(quorum.total_kopecks),
    }
    return NewEvent("question_without_quorum", body)


def opening(
    meeting: Meeting, question: Question, number: int, deadline: Micros, fixed: frozenset[str] = frozenset()
) -> Iterator[NewEvent]:
    """Events that open a voting: its weights, unless already recorded (also in `fixed`), then the opening itself."""
    weights = weights_of(meeting, question)
    weights_hash = weights_sha256(weights)
    if weights_hash not in meeting.electorates and weights_hash not in fixed:
        yield from electorate_events(weights_hash, weights)
    register = meeting.register
    participants = {c: presence.participant for c, presence in present_with_votes(meeting, weights).items()}
    tolerance = TOLERANCE[meeting.the_card.form]
    body = {
        "voting": number,
        "question": question.id,
        "deadline": deadline,
        "tolerance": tolerance,
        "drain_max": DRAIN_MAX,
        "register_version": register.version,
        "register_sha256": register.sha256,
        "weights_sha256": weights_hash,
        "electorate_sha256": electorate_sha256(register.sha256, weights_hash, participants),
        "seal_public_key": None,
    }
    yield NewEvent(
        "voting_opened",
        body,
        version=2,
        timers={f"close/{number}": deadline + tolerance},
        seals=number if question.secrecy == "closed" else None,
    )


def electorate_events(weights_hash: str, weights: Mapping[str, int]) -> Iterator[NewEvent]:
    lines = iter(sorted(weights.items()))
    part = 0
    while chunk := {creditor: str(kopecks) for creditor, kopecks in islice(lines, WEIGHTS_PER_PART)}:
        yield NewEvent("electorate_fixed", {"weights_sha256": weights_hash, "part": part, "weights": chunk})
        part += 1
    if part == 0:
        yield NewEvent("electorate_fixed", {"weights_sha256": weights_hash, "part": 0, "weights": {}})


def present_with_votes(meeting: Meeting, weights: Mapping[str, int]) -> dict[str, Presence]:
    return {
        creditor: presence
        for creditor, presence in meeting.attendance.items()
        if presence.present and creditor in weights
    }


def present_at_closing(meeting: Meeting, voting: Voting) -> Mapping[str, Presence]:
    """Whose presence counts. In the mixed form whoever stood in the journal at any moment while the voting was open."""
    if meeting.the_card.form != "mixed":
        return voting.present
    weights = meeting.weights(voting)
    return {
        creditor: presence
        for creditor, presence in meeting.attendance.items()
        if creditor in weights and (presence.left_at is None or presence.left_at > voting.opened_at)
    }


def prolong(meeting: Meeting, actor: str, command: Prolong, facts: Facts) -> Decision:
    """Only what is still open and in time; the new deadline counts from the old one, and all of them have a bound."""
    voting = running_voting(meeting, command.voting)
    if voting.state == "stopped":
        raise VotingNotOpen(voting=voting.number, state=voting.state)
    if facts.received_at > voting.admit_until:
        raise Late(voting=voting.number)
    deadline = voting.deadline + command.seconds * SECOND
    latest = voting.first_deadline + PROLONGED_MAX[meeting.the_card.form]
    if deadline > latest:
        raise TooLong(voting=voting.number, latest_ms=latest // 1000)
    body = {"voting": voting.number, "deadline": deadline, "seconds": command.seconds}
    timers = {f"close/{voting.number}": deadline + voting.tolerance}
    return Decision((NewEvent("voting_prolonged", body, timers=timers),), {"deadline_ms": deadline // 1000})


def stop_voting(meeting: Meeting, actor: str, command: StopVoting, facts: Facts) -> Decision:
    """The deadline becomes the moment of the command, but not before a ballot that is already in the log."""
    voting = running_voting(meeting, command.voting)
    received = [ballot.received_at for ballot in voting.ballots.values()]
    deadline = max([facts.received_at, *received])
    if voting.state == "stopped":
        raise VotingNotOpen(voting=voting.number, state=voting.state)
    if deadline >= voting.deadline:
        raise DeadlinePassed(deadline_ms=voting.deadline // 1000)
    timers = {f"close/{voting.number}": deadline + voting.tolerance}
    body = {"voting": voting.number, "deadline": deadline}
    return Decision((NewEvent("voting_stopped", body, timers=timers),), {"deadline_ms": deadline // 1000})


def cancel_voting(meeting: Meeting, actor: str, command: CancelVoting, facts: Facts) -> Decision:
    """Nothing of it is counted or opened; the question may be put to the vote again."""
    voting = running_voting(meeting, command.voting)
    reason = Private(f"meeting:{meeting.id}", {"reason": command.reason})
    timers = timers_without(meeting, voting, facts.now)
    return Decision(tuple(cancellation(voting, "organizer", timers=timers, private=(reason,))))


def timers_without(meeting: Meeting, voting: Voting, now: Micros) -> dict[str, Micros | None]:
    """Of votings nested under a question whose own voting is called off."""
    question = before_voting(meeting, voting)
    return count_timers(with_question(meeting, question), question, now)


def cancellation(
    voting: Voting,
    cause: str,
    *,
    timers: Mapping[str, Micros | None] | None = None,
    private: tuple[Private, ...] = (),
) -> Iterator[NewEvent]:
    """What was sealed is never opened: the secret goes in the same append."""
    number = voting.number
    stopped: dict[str, Micros | None] = {f"close/{number}": None, f"count/{number}": None, **(timers or {})}
    yield NewEvent("voting_cancelled", {"voting": number, "cause": cause}, private=private, timers=stopped)
    if voting.seal is not None:
        yield NewEvent("seal_destroyed", {"voting": number}, breaks=number)


def annul_ballot(meeting: Meeting, actor: str, command: AnnulBallot, facts: Facts) -> Decision:
    """Before the closing, with a reason; the record stays, the creditor's place is free again."""
    voting = running_voting(meeting, command.voting)
    ballot = voting.ballots.get(command.creditor)
    if ballot is None:
        raise NoBallot(voting=voting.number, creditor=command.creditor)
    event = NewEvent(
        "ballot_annulled",
        {"voting": voting.number, "creditor": command.creditor, "ballot_pos": ballot.pos},
        private=(Private(f"meeting:{meeting.id}", {"reason": command.reason}),),
        frees=((voting.number, command.creditor),),
    )
    return Decision((event,))


def close(meeting: Meeting, actor: str, command: Close, facts: Facts) -> Decision:
    """Close when the time is over and every live worker has answered its votes, or after ten seconds more."""
    voting = voting_of(meeting, command.voting)
    if not voting.running:
        return Decision()
    undrained = max(0, facts.workers_live - facts.workers_drained)
    until = voting.admit_until
    if facts.now < until or (undrained and facts.now < until + voting.drain_max):
        raise Draining
    participants = {c: presence.participant for c, presence in present_at_closing(meeting, voting).items()}
    body = {
        "voting": voting.number,
        "deadline": voting.deadline,
        "admit_until": until,
        "attendance_sha256": attendance_sha256(participants),
        "undrained": undrained,
        "workers_lost": facts.workers_lost,
        "max_lag_ms": facts.max_lag_ms,
    }
    timers: dict[str, Micros | None] = {f"close/{voting.number}": None}
    if is_all_read(meeting, voting) and parent_is_settled(meeting, meeting.questions[voting.question]):
        timers[f"count/{voting.number}"] = facts.now
    return Decision((NewEvent("voting_closed", body, timers=timers),))


def parent_is_settled(meeting: Meeting, question: Question) -> bool:
    """Of a packet voted at one time the parent is counted first."""
    return question.parent is None or is_settled(meeting, meeting.questions[question.parent])


# --- what the events mean ----------------------------------------------------------------------------------------


def on_electorate_fixed(meeting: Meeting, event: Event) -> Meeting:
    weights_hash = event.body["weights_sha256"]
    part = {creditor: int(kopecks) for creditor, kopecks in event.body["weights"].items()}
    weights = {**meeting.electorates.get(weights_hash, {}), **part}
    return replace(meeting, electorates={**meeting.electorates, weights_hash: weights})


def on_voting_opened(meeting: Meeting, event: Event) -> Meeting:
    """Version 2 says that ballots may be sealed: a worker that would store them open does not serve it."""
    body = event.body
    voting = Voting(
        number=body["voting"],
        question=body["question"],
        state="open",
        opened_at=event.at,
        first_deadline=body["deadline"],
        deadline=body["deadline"],
        tolerance=body["tolerance"],
        drain_max=body["drain_max"],
        register_version=body["register_version"],
        register_sha256=body["register_sha256"],
        weights_sha256=body["weights_sha256"],
        electorate_sha256=body["electorate_sha256"],
        present=present_with_votes(meeting, meeting.electorates[body["weights_sha256"]]),
        seal=Seal(body["seal_public_key"], event.pos) if body["seal_public_key"] else None,
    )
    question = replace(
        meeting.questions[voting.question],
        stage="voting",
        voting=voting.number,
        outcome=None,
        adopted=None,
        reason=None,
        present_kopecks=None,
        total_kopecks=None,
    )
    return with_voting(with_question(meeting, question), voting)


def on_voting_prolonged(meeting: Meeting, event: Event) -> Meeting:
    voting = meeting.votings[event.body["voting"]]
    prolonged = voting.prolonged + 1
    return with_voting(meeting, replace(voting, deadline=event.body["deadline"], prolonged=prolonged))


def on_voting_stopped(meeting: Meeting, event: Event) -> Meeting:
    voting = meeting.votings[event.body["voting"]]
    stopped = replace(voting, state="stopped", deadline=event.body["deadline"])
    return with_voting(with_stage(meeting, voting, "closing"), stopped)


def on_voting_cancelled(meeting: Meeting, event: Event) -> Meeting:
    voting = meeting.votings[event.body["voting"]]
    cause = event.body["cause"]
    reason = (event.pos, 0) if cause == "organizer" else None
    cancelled = replace(voting, state="cancelled", cause=cause, reason=reason, closed_at=event.at)
    return with_voting(with_question(meeting, before_voting(meeting, voting)), cancelled)


def on_seal_destroyed(meeting: Meeting, event: Event) -> Meeting:
    voting = meeting.votings[event.body["voting"]]
    if voting.seal is None:
        raise ValueError(f"voting {voting.number} was never sealed")
    return with_voting(meeting, replace(voting, seal=replace(voting.seal, is_destroyed=True)))


def before_voting(meeting: Meeting, voting: Voting) -> Question:
    """The question as if the cancelled voting had not been: a repeated one leaves the decision that stood."""
    question = meeting.questions[voting.question]
    earlier = [
        v for v in meeting.votings.values() if v.question == question.id and v.number in meeting.results
    ]
    if not earlier or not meeting.results[earlier[-1].number].held:
        return replace(question, stage="waiting")
    result = meeting.results[earlier[-1].number]
    return replace(
        question,
        stage="decided",
        voting=earlier[-1].number,
        outcome=result.outcome,
        adopted=result.adopted,
        present_kopecks=result.present_kopecks,
        total_kopecks=result.total_kopecks,
    )


def on_voting_closed(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    voting = meeting.votings[body["voting"]]
    closed = replace(
        voting,
        state="closed",
        present=present_at_closing(meeting, voting),
        closed_at=event.at,
        undrained=body["undrained"],
        workers_lost=body["workers_lost"],
        max_lag_ms=body["max_lag_ms"],
        seal=replace(voting.seal, closed_pos=event.pos) if voting.seal else None,
    )
    return with_voting(with_stage(meeting, voting, "counting"), closed)


def on_ballot_annulled(meeting: Meeting, event: Event) -> Meeting:
    voting = meeting.votings[event.body["voting"]]
    creditor = event.body["creditor"]
    annulled = Annulled(voting.ballots[creditor], event.at, (event.pos, 0))
    ballots = {c: ballot for c, ballot in voting.ballots.items() if c != creditor}
    return with_voting(meeting, replace(voting, ballots=ballots, annulled=(*voting.annulled, annulled)))


def with_voting(meeting: Meeting, voting: Voting) -> Meeting:
    return replace(meeting, votings={**meeting.votings, voting.number: voting})


def with_stage(meeting: Meeting, voting: Voting, stage: Stage) -> Meeting:
    return with_question(meeting, replace(meeting.questions[voting.question], stage=stage))
