"""Questions and packets: which question may be put to the vote, and what follows an adopted parent."""

from collections.abc import Iterator
from dataclasses import replace

from app.kernel.clock import Micros
from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private
from app.meetings.commands import BarQuestion, WithdrawQuestion
from app.meetings.model import Ballot, Meeting, Question, Voting
from app.meetings.refusals import (
    MeetingIsOver,
    MeetingRefused,
    PacketParentNotAdopted,
    QuestionDecided,
    QuestionNotReady,
    UnknownQuestion,
    VotingRuns,
)
from app.meetings.view_types import QuestionState

SETTLED = ("decided", "no_quorum", "withdrawn", "barred", "not_put_to_vote")


def question_of(meeting: Meeting, question: str) -> Question:
    if question not in meeting.questions:
        raise UnknownQuestion(question=question)
    return meeting.questions[question]


def state_of(meeting: Meeting, question: Question) -> QuestionState:
    """Where the question stands, with what its packet and the end of the meeting do to it."""
    if question.stage != "waiting":
        return question.stage
    if meeting.is_over:
        return "not_put_to_vote"
    if question.parent is None:
        return "waiting"
    parent = meeting.questions[question.parent]
    above = state_of(meeting, parent)
    if above == "decided":
        return "waiting" if parent.adopted else "not_put_to_vote"
    return "not_put_to_vote" if above in ("withdrawn", "barred", "not_put_to_vote") else "waiting_parent"


def why_not_put(meeting: Meeting, question: Question) -> MeetingRefused | None:
    """What forbids opening a voting on the question now, apart from quorum and other votings."""
    if question.stage == "decided":
        return None if may_repeat(meeting, question) else QuestionDecided(question=question.id)
    if question.stage not in ("waiting", "no_quorum"):
        return QuestionNotReady(question=question.id, state=question.stage)
    if question.parent is None:
        return None
    parent = meeting.questions[question.parent]
    if meeting.the_card.form != "in_person":
        above = state_of(meeting, parent)
        closed = above in SETTLED and not (above == "decided" and parent.adopted)
        return PacketParentNotAdopted(parent=parent.id) if closed else None
    if parent.stage != "decided" or not parent.adopted:
        return PacketParentNotAdopted(parent=parent.id)
    before = parent.nested[: parent.nested.index(question.id)]
    open_before = [id for id in before if state_of(meeting, meeting.questions[id]) not in SETTLED]
    return QuestionNotReady(question=question.id, first=open_before[0]) if open_before else None


def may_repeat(meeting: Meeting, question: Question) -> bool:
    """A decided question may be voted again when votes were missed, until its packet has gone on."""
    if question.voting is None or any(meeting.questions[id].voting for id in question.nested):
        return False
    return is_spoiled(meeting.votings[question.voting])


def is_spoiled(voting: Voting) -> bool:
    """Votes that came in time may be missing from the count (log-and-views 4.7)."""
    late = voting.max_lag_ms * 1000 > voting.tolerance > 0
    is_unread = any(map(voting.counts_without, voting.damaged))
    return is_unread or bool(voting.missed) or voting.undrained > 0 or voting.workers_lost > 0 or late


def following(meeting: Meeting, question: Question, adopted: bool) -> Iterator[Question]:
    """Waiting questions of the packet that come after a counted one, nearest first; then its elders' siblings."""
    if adopted:
        yield from waiting(meeting, question.nested)
    while question.parent is not None:
        parent = meeting.questions[question.parent]
        yield from waiting(meeting, parent.nested[parent.nested.index(question.id) + 1 :])
        question = parent


def waiting(meeting: Meeting, ids: tuple[str, ...]) -> Iterator[Question]:
    return (meeting.questions[id] for id in ids if meeting.questions[id].stage == "waiting")


def descendants(meeting: Meeting, question: Question) -> Iterator[Question]:
    for id in question.nested:
        yield meeting.questions[id]
        yield from descendants(meeting, meeting.questions[id])


# --- decisions ---------------------------------------------------------------------------------------------------


def withdraw_question(meeting: Meeting, actor: str, command: WithdrawQuestion, facts: Facts) -> Decision:
    """The organizer takes a question off; what is nested in it is not put to the vote."""
    question = removable(meeting, command.question)
    text = Private(f"meeting:{meeting.id}", {"reason": command.reason})
    return Decision((removal(meeting, "question_withdrawn", question, text, facts.now),))


def bar_question(meeting: Meeting, actor: str, command: BarQuestion, facts: Facts) -> Decision:
    """A court act forbids the vote; its details go into the minutes."""
    question = removable(meeting, command.question)
    act = {"court": command.court, "case_no": command.case_no, "act_date": command.act_date}
    text = Private(f"meeting:{meeting.id}", act)
    return Decision((removal(meeting, "question_barred", question, text, facts.now),))


def removal(meeting: Meeting, kind: str, question: Question, text: Private, now: Micros) -> NewEvent:
    after = with_question(meeting, replace(question, stage="withdrawn"))
    timers = count_timers(after, question, now)
    return NewEvent(kind, {"question": question.id}, private=(text,), timers=timers)


def count_timers(after: Meeting, question: Question, now: Micros) -> dict[str, Micros | None]:
    """Votings nested under a question that waited only for what has become of it `after`: counted or set aside now.

    Not those that wait for a question in between: a count that is due and cannot be made is tried ten times a second.
    """
    freed = (
        q for q in descendants(after, question) if q.parent and is_settled(after, after.questions[q.parent])
    )
    votings = (after.votings.get(child.voting or 0) for child in freed)
    return {f"count/{v.number}": now for v in votings if v and v.state == "closed" and is_all_read(after, v)}


def is_settled(meeting: Meeting, question: Question) -> bool:
    return state_of(meeting, question) in SETTLED


def is_all_read(meeting: Meeting, voting: Voting) -> bool:
    """Nothing that people have to look at stands between the closing and the count."""
    return papers_read(meeting, voting) and not any(doubted_ballots(meeting, voting))


def papers_read(meeting: Meeting, voting: Voting) -> bool:
    opened = meeting.opened.get(voting.number)
    read = opened.paper if opened else {}
    return all(b.channel == "electronic" or b.creditor in read for b in voting.ballots.values())


def doubted_ballots(meeting: Meeting, voting: Voting) -> Iterator[Ballot]:
    """Live ballots under a certificate in another name that nobody has accepted or rejected yet."""
    waiting = {key for key, review in meeting.reviews.items() if review.accepted is None}
    for ballot in voting.ballots.values() if waiting else ():
        signed = ballot.signed
        is_doubted = signed is not None and signed.owner_match == "review"
        if signed and is_doubted and review_key(ballot.person, signed.thumbprint) in waiting:
            yield ballot


def review_key(person: str, thumbprint: str) -> str:
    return f"{person}/{thumbprint}"


def removable(meeting: Meeting, id: str) -> Question:
    question = question_of(meeting, id)
    if meeting.is_over:
        raise MeetingIsOver
    if question.stage in ("voting", "closing", "counting"):
        raise VotingRuns(question=id)
    if question.stage == "decided":
        raise QuestionDecided(question=id)
    if question.stage not in ("waiting", "no_quorum"):
        raise QuestionNotReady(question=id, state=question.stage)
    return question


# --- what the events mean ----------------------------------------------------------------------------------------


def on_question_withdrawn(meeting: Meeting, event: Event) -> Meeting:
    question = meeting.questions[event.body["question"]]
    return with_question(meeting, replace(question, stage="withdrawn", reason=(event.pos, 0)))


def on_question_barred(meeting: Meeting, event: Event) -> Meeting:
    question = meeting.questions[event.body["question"]]
    return with_question(meeting, replace(question, stage="barred", reason=(event.pos, 0)))


def on_question_without_quorum(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    question = replace(
        meeting.questions[body["question"]],
        stage="no_quorum",
        present_kopecks=int(body["present_kopecks"]),
        total_kopecks=int(body["total_kopecks"]),
    )
    return with_question(meeting, question)


def with_question(meeting: Meeting, question: Question) -> Meeting:
    return replace(meeting, questions={**meeting.questions, question.id: question})
