"""Casting: a person's ballots, one per creditor, all accepted or none; the choice itself never enters the state."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from app.kernel.canonical import canonical
from app.kernel.clock import Micros
from app.kernel.errors import Refused
from app.kernel.log.model import Decision, Event, Facts, NewEvent, RefusedWithEvents
from app.meetings.commands import BallotContent, Cast, SignedBallot
from app.meetings.hashes import sha256
from app.meetings.model import Ballot, Channel, Meeting, Missed, Person, Question, Voting
from app.meetings.refusals import (
    AlreadyVoted,
    BadChoice,
    BadDistribution,
    BallotsRefused,
    ClosedBeforeSaved,
    DoubledCreditor,
    Late,
    MalformedBallot,
    MayNotVoteSettlement,
    NoRight,
    NotInSnapshot,
    NotYourCreditor,
    PaperReceived,
    RepresentedByAnother,
    SignatureNotExpected,
    StaleBallot,
    VotingNotOpen,
)
from app.meetings.sealing import stored
from app.meetings.voting import voting_of, with_voting

YES_NO = ("for", "against", "abstain")


@dataclass(frozen=True, slots=True)
class Judged:
    """A ballot with what became of it; `creditor` is its number in the command when it could not be read."""

    creditor: str
    signed: SignedBallot
    refusal: Refused | None


def cast(meeting: Meeting, actor: str, command: Cast, facts: Facts) -> Decision:
    """In time means received not later than the deadline and its tolerance; one live ballot a creditor and voting."""
    voting = voting_of(meeting, command.voting)
    person = meeting.persons[actor]
    judged = tuple(judge_all(meeting, voting, person, command, facts.received_at))
    if any(ballot.refusal for ballot in judged):
        raise refusal_of(voting, person, judged, facts.received_at)
    last = len(judged) - 1
    events = tuple(
        ballot_cast(meeting, voting, person, ballot, facts.received_at, last - index)
        for index, ballot in enumerate(judged)
    )
    return Decision(events, {"voting": voting.number, "creditors": [ballot.creditor for ballot in judged]})


def judge_all(
    meeting: Meeting, voting: Voting, person: Person, command: Cast, received_at: Micros
) -> Iterator[Judged]:
    seen: set[str] = set()
    for index, signed in enumerate(command.ballots, 1):
        name = f"#{index}"
        refusal: Refused | None = None
        try:
            content = read_ballot(signed.content)
            name = content.creditor
            if name in seen:
                raise DoubledCreditor(creditor=name)
            seen.add(name)
            judge(meeting, voting, person, signed, content, received_at)
        except Refused as refused:
            refusal = refused
        yield Judged(name, signed, refusal)


def judge(
    meeting: Meeting,
    voting: Voting,
    person: Person,
    signed: SignedBallot,
    content: BallotContent,
    received_at: Micros,
) -> None:
    """Raises the first reason against the ballot: whose it is, what it names, what it says, then when it came."""
    if signed.signature is not None and meeting.the_card.signature_policy == "off":
        raise SignatureNotExpected(creditor=content.creditor)
    if content.creditor not in person.creditors:
        raise NotYourCreditor(creditor=content.creditor)
    must_vote_oneself(meeting, content.creditor)
    must_have_vote(meeting, voting, content.creditor, content.creditor in person.settlement)
    must_be_fresh(meeting, voting, content)
    question = meeting.questions[voting.question]
    must_be_well_marked(question, content, meeting.weights(voting)[content.creditor])
    must_be_first(voting, content.creditor)
    must_be_in_time(voting, content.creditor, received_at)


def read_ballot(content: bytes) -> BallotContent:
    """The bytes are the ballot: they must be exactly the canonical form of what they say."""
    try:
        ballot = msgspec.json.decode(content, type=BallotContent)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBallot from error
    if canonical(msgspec.to_builtins(ballot)) != content:
        raise MalformedBallot
    return ballot


def must_vote_oneself(meeting: Meeting, creditor: str) -> None:
    """A link casts nothing while a representative stands in the journal by the desk's entry; he votes on paper."""
    presence = meeting.attendance.get(creditor)
    if presence is not None and presence.present and presence.by == "desk" and presence.represented:
        raise RepresentedByAnother(creditor=creditor)


def must_have_vote(meeting: Meeting, voting: Voting, creditor: str, settlement: bool) -> None:
    if creditor not in meeting.weights(voting):
        raise NoRight(creditor=creditor)
    if meeting.the_card.form == "in_person" and creditor not in voting.present:
        raise NotInSnapshot(creditor=creditor)
    if meeting.questions[voting.question].rule == "settlement" and not settlement:
        raise MayNotVoteSettlement(creditor=creditor)


def must_be_fresh(meeting: Meeting, voting: Voting, content: BallotContent) -> None:
    question = meeting.questions[voting.question]
    expected = {
        "meeting": meeting.id,
        "question": question.id,
        "voting": voting.number,
        "wording_sha256": question.wording_sha256,
        "register_sha256": voting.register_sha256,
        "electorate_sha256": voting.electorate_sha256,
        "weight_kopecks": str(meeting.weights(voting)[content.creditor]),
    }
    for name, value in expected.items():
        if getattr(content, name) != value:
            raise StaleBallot(creditor=content.creditor, field=name)


def must_be_well_marked(question: Question, content: BallotContent, weight: int) -> None:
    """Unknown marks are refused; several marks are the voter's right to spoil the ballot, and the count says so."""
    if question.kind == "cumulative":
        if content.choices is not None or not is_good_distribution(question, content.distribution, weight):
            raise BadDistribution(creditor=content.creditor)
        return
    choices = content.choices or []
    known = marks_of(question)
    if content.distribution is not None or not choices or len(set(choices)) < len(choices):
        raise BadChoice(creditor=content.creditor)
    if not set(choices) <= set(known):
        raise BadChoice(creditor=content.creditor)


def marks_of(question: Question) -> tuple[str, ...]:
    """Marks that a ballot of the question may carry; a committee has candidates instead."""
    return (*question.options, "abstain") if question.kind == "choice" else YES_NO


def is_good_distribution(question: Question, distribution: dict[str, str] | None, weight: int) -> bool:
    """Law: 127-ФЗ, art. 18 p. 2: given to one or split, not more than votes × seats in all."""
    given = {candidate: int(kopecks) for candidate, kopecks in (distribution or {}).items()}
    return given.keys() <= set(question.options) and 0 < sum(given.values()) <= weight * question.seats


def must_be_first(voting: Voting, creditor: str) -> None:
    first = voting.ballots.get(creditor)
    if first is None:
        return
    if first.channel == "paper":
        raise PaperReceived(creditor=creditor, voting=voting.number, pos=first.pos)
    raise AlreadyVoted(creditor=creditor, voting=voting.number, pos=first.receipt_pos, sha256=first.sha256)


def must_be_in_time(voting: Voting, creditor: str, received_at: Micros) -> None:
    if voting.state == "cancelled":
        raise VotingNotOpen(voting=voting.number, state=voting.state)
    if received_at > voting.admit_until:
        raise Late(creditor=creditor, deadline_ms=voting.deadline // 1000)
    if not voting.running:
        raise ClosedBeforeSaved(creditor=creditor, voting=voting.number)


def refusal_of(voting: Voting, person: Person, judged: tuple[Judged, ...], received_at: Micros) -> Refused:
    """A single ballot's own refusal; of several a code per creditor. What came in time and was not saved is listed."""
    refusals = {ballot.creditor: ballot.refusal for ballot in judged}
    only = judged[0].refusal
    if len(judged) == 1 and only is not None:
        refusal = only
    else:
        refusal = BallotsRefused(ballots={name: r.code if r else None for name, r in refusals.items()})
    late = [name for name, r in refusals.items() if isinstance(r, ClosedBeforeSaved)]
    return with_missed(refusal, voting, person.id, late, received_at)


def with_missed(
    refusal: Refused, voting: Voting, person: str, creditors: list[str], received_at: Micros
) -> Refused:
    """The refusal, with the event that lists who was missed; each creditor is listed once a voting."""
    listed = {missed.creditor for missed in voting.missed}
    new = [creditor for creditor in creditors if creditor not in listed]
    if not new:
        return refusal
    body = {"voting": voting.number, "creditors": new, "person": person, "received_at": received_at}
    return RefusedWithEvents(refusal, (NewEvent("ballot_missed", body),))


def ballot_cast(
    meeting: Meeting, voting: Voting, person: Person, ballot: Judged, received_at: Micros, more: int
) -> NewEvent:
    """`more` ballots of the same command follow; the receipt covers the last of them."""
    body = {
        "voting": voting.number,
        "creditor": ballot.creditor,
        "person": person.id,
        "received_at": received_at,
        "ballot_sha256": sha256(ballot.signed.content),
        "more": more,
    }
    blobs = stored(meeting, voting, ballot.creditor, ballot.signed)
    return NewEvent("ballot_cast", body, blobs=blobs, guards=((voting.number, ballot.creditor),))


# --- what the events mean ----------------------------------------------------------------------------------------


def on_ballot_cast(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    return with_ballot(meeting, event, "electronic", body["ballot_sha256"], body["more"])


def with_ballot(
    meeting: Meeting, event: Event, channel: Channel, ballot_sha256: str | None, more: int
) -> Meeting:
    body = event.body
    ballot = Ballot(
        creditor=body["creditor"],
        channel=channel,
        person=body["person"],
        pos=event.pos,
        hash=event.hash,
        epoch=event.epoch,
        receipt_pos=event.pos + more,
        received_at=body["received_at"],
        sha256=ballot_sha256,
    )
    voting = meeting.votings[body["voting"]]
    return with_voting(meeting, replace(voting, ballots={**voting.ballots, ballot.creditor: ballot}))


def on_ballot_missed(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    voting = meeting.votings[body["voting"]]
    missed = (Missed(creditor, body["person"], body["received_at"]) for creditor in body["creditors"])
    return with_voting(meeting, replace(voting, missed=(*voting.missed, *missed)))
