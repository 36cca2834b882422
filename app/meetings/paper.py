"""Paper ballots: received in time without a choice, read twice after the closing (log-and-views 4.8)."""

from dataclasses import replace
from typing import Any

from app.kernel.clock import Micros
from app.kernel.log.model import Decision, Event, Facts, NewEvent
from app.meetings.agenda import is_all_read
from app.meetings.casting import (
    must_be_before_closing,
    must_be_first,
    must_be_in_time,
    must_have_vote,
    with_ballot,
    with_missed,
)
from app.meetings.commands import ReadPaper, ReceivePaper
from app.meetings.model import Mark, Meeting, Opened, Voting
from app.meetings.refusals import (
    ClosedBeforeSaved,
    NeedsTwoReadings,
    NoPaper,
    PaperRead,
    UnknownCreditor,
    VotingNotClosed,
)
from app.meetings.voting import parent_is_settled, voting_of


def receive_paper(meeting: Meeting, actor: str, command: ReceivePaper, facts: Facts) -> Decision:
    """Takes the creditor's place in the voting: paper and electronic ballots of one creditor exclude each other."""
    voting = voting_of(meeting, command.voting)
    creditor = command.creditor
    if creditor not in meeting.creditors:
        raise UnknownCreditor(creditors=[creditor])
    journal = meeting.attendance if meeting.the_card.form == "mixed" else voting.present
    presence = journal.get(creditor)
    must_have_vote(meeting, voting, creditor, presence is None or presence.may_vote_settlement)
    must_be_first(voting, creditor)
    try:
        must_be_in_time(voting, creditor, facts.received_at)
        must_be_before_closing(voting, creditor)
    except ClosedBeforeSaved as refusal:
        raise with_missed(refusal, voting, actor, [creditor], facts.received_at) from refusal
    body = {
        "voting": voting.number,
        "creditor": creditor,
        "person": actor,
        "received_at": facts.received_at,
    }
    return Decision((NewEvent("paper_received", body, guards=((voting.number, creditor),)),))


def read_paper(meeting: Meeting, actor: str, command: ReadPaper, facts: Facts) -> Decision:
    """The second reading must equal the first, otherwise both are made again; `spoiled` needs one act."""
    voting = paper_to_read(meeting, command)
    opened = meeting.opened.get(voting.number, Opened())
    first = opened.first_readings.get(command.creditor)
    if (first is None) != (command.reading == 1):
        raise NeedsTwoReadings(creditor=command.creditor, next=1 if first is None else 2)
    mark = mark_of(command)
    agreed = command.spoiled or (None if first is None else first == mark)
    body = {
        "voting": voting.number,
        "creditor": command.creditor,
        "reading": command.reading,
        "mark": mark_body(mark),
        "agreed": agreed,
        "scan_sha256": command.scan_sha256,
    }
    timers = count_timer(meeting, voting, command.creditor, facts.now) if agreed else {}
    event = NewEvent("paper_read", body, version=2, timers=timers, salted=True)
    return Decision((event,), {"agreed": agreed})


def paper_to_read(meeting: Meeting, command: ReadPaper) -> Voting:
    voting = voting_of(meeting, command.voting)
    ballot = voting.ballots.get(command.creditor)
    if ballot is None or ballot.channel != "paper":
        raise NoPaper(voting=voting.number, creditor=command.creditor)
    if voting.state != "closed":
        raise VotingNotClosed(voting=voting.number, state=voting.state)
    if command.creditor in meeting.opened.get(voting.number, Opened()).paper:
        raise PaperRead(voting=voting.number, creditor=command.creditor)
    return voting


def mark_of(command: ReadPaper) -> Mark:
    """What the paper says, also when that is invalid: the count judges it as the law does."""
    if command.spoiled:
        return Mark()
    given = command.distribution
    distribution = None if given is None else {c: int(kopecks) for c, kopecks in sorted(given.items())}
    return Mark(tuple(sorted(command.choices)), distribution)


def mark_body(mark: Mark) -> dict[str, Any]:
    """A mark as events carry it: kopecks are strings."""
    if mark.distribution is not None:
        return {"distribution": {c: str(kopecks) for c, kopecks in mark.distribution.items()}}
    return {"choices": list(mark.choices)}


def mark_from(body: dict[str, Any]) -> Mark:
    if "distribution" in body:
        return Mark((), {c: int(kopecks) for c, kopecks in body["distribution"].items()})
    return Mark(tuple(body["choices"]))


def count_timer(meeting: Meeting, voting: Voting, creditor: str, now: Micros) -> dict[str, Micros | None]:
    """The count may go on when this was the last paper."""
    ballots = {c: ballot for c, ballot in voting.ballots.items() if c != creditor}
    rest = replace(voting, ballots=ballots)
    ready = is_all_read(meeting, rest) and parent_is_settled(meeting, meeting.questions[voting.question])
    return {f"count/{voting.number}": now} if ready else {}


# --- what the events mean ----------------------------------------------------------------------------------------


def on_paper_received(meeting: Meeting, event: Event) -> Meeting:
    return with_ballot(meeting, event, "paper", None, 0)


def on_paper_read(meeting: Meeting, event: Event) -> Meeting:
    """The salt of version 2 is for the hash alone."""
    body = event.body
    opened = meeting.opened.get(body["voting"], Opened())
    creditor = body["creditor"]
    first = {c: mark for c, mark in opened.first_readings.items() if c != creditor}
    paper = opened.paper
    if body["agreed"]:
        paper = {**paper, creditor: mark_from(body["mark"])}
    elif body["agreed"] is None:
        first[creditor] = mark_from(body["mark"])
    changed = replace(opened, first_readings=first, paper=paper)
    return replace(meeting, opened={**meeting.opened, body["voting"]: changed})
