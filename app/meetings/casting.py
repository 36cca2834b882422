"""Casting: a person's ballots, one per creditor, all accepted or none; the choice itself never comes here.

What is decided was read, and its signature verified, before the queue (`examination.py`); here all is judged again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.kernel.clock import Micros
from app.kernel.errors import Refused
from app.kernel.log.model import Decision, Event, Facts, NewEvent, RefusedWithEvents
from app.meetings.commands import BallotContent
from app.meetings.examined import Confirmation, Examined, ExaminedCast, Named, SignatureFacts
from app.meetings.hashes import sha256
from app.meetings.model import Ballot, Channel, Meeting, Missed, Person, Question, Signed, Voting
from app.meetings.refusals import (
    AlreadyVoted,
    BadChoice,
    BadDistribution,
    BadSignature,
    BallotsRefused,
    ClosedBeforeSaved,
    CodeExpired,
    CodeSpent,
    CodeUnknown,
    DoubledCreditor,
    Late,
    MayNotVoteSettlement,
    NoRight,
    NotExamined,
    NotInSnapshot,
    NotYourCreditor,
    PaperReceived,
    RepresentedByAnother,
    SignatureMissing,
    SignatureNotExpected,
    StaleBallot,
    VotingNotOpen,
    WrongCode,
)
from app.meetings.reviews import doubted, is_rejected
from app.meetings.revocation import awaited
from app.meetings.voting import voting_of, with_voting

YES_NO = ("for", "against", "abstain")
SAME_PERSON = frozenset({"same", "same_name", "review"})
"""How the owner of a certificate may compare with who votes: no number to compare costs no vote, the minutes tell of it;
another name with an equal СНИЛС is looked at by the organizer before the count (`reviews.py`)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A ballot with what became of it."""

    ballot: Examined
    refusal: Refused | None

    @property
    def creditor(self) -> str:
        return self.ballot.creditor


def cast(meeting: Meeting, actor: str, command: ExaminedCast, facts: Facts) -> Decision:
    """In time means received not later than the deadline and its tolerance; one live ballot a creditor and voting."""
    voting = voting_of(meeting, command.voting)
    person = meeting.persons[actor]
    judged = tuple(judge_all(meeting, voting, person, command.ballots, facts.received_at))
    if any(one.refusal for one in judged):
        raise refusal_of(voting, person, judged, facts.received_at)
    if not all(is_known(person, ballot) and is_locked_as_told(voting, ballot) for ballot in command.ballots):
        raise NotExamined
    last = len(judged) - 1
    events = tuple(
        ballot_cast(voting, person, ballot, facts.received_at, last - index)
        for index, ballot in enumerate(command.ballots)
    )
    timers = awaited(meeting, (ballot.signature for ballot in command.ballots))
    events = (*events[:-1], replace(events[-1], timers=timers))
    doubts = tuple(doubted(meeting, person, command.ballots))
    return Decision(
        (*doubts, *events), {"voting": voting.number, "creditors": [ballot.creditor for ballot in judged]}
    )


def is_known(person: Person, ballot: Examined) -> bool:
    """Nothing was left out; and a code was looked up for the telephone that he has now, not for another one."""
    return ballot.is_verified and (ballot.code is None or ballot.code.phone == person.phone)


def is_locked_as_told(voting: Voting, ballot: Examined) -> bool:
    """To this voting's key: after a lost history the same number may carry another."""
    return ballot.locked_to == (voting.seal.public_key if voting.seal else None)


def judge_all(
    meeting: Meeting, voting: Voting, person: Person, ballots: tuple[Examined, ...], received_at: Micros
) -> Iterator[Judged]:
    """On the folded state, before the signatures are verified, and again in the queue."""
    seen: set[str] = set()
    for ballot in ballots:
        refusal: Refused | None = None
        try:
            if ballot.creditor in seen:
                raise DoubledCreditor(creditor=ballot.creditor)
            seen.add(ballot.creditor)
            judge(meeting, voting, person, ballot, received_at)
        except Refused as refused:
            refusal = refused
        yield Judged(ballot, refusal)


def judge(meeting: Meeting, voting: Voting, person: Person, ballot: Examined, received_at: Micros) -> None:
    """Raises the first reason against the ballot: whose it is, what it names, what it says, when it came, who signed.

    Whoever came in time is told that the closing was first only when his signature is known to be good.
    """
    if ballot.named is None:
        raise ballot.refusal or NotExamined()
    creditor = ballot.creditor
    if creditor not in person.creditors:
        raise NotYourCreditor(creditor=creditor)
    must_vote_oneself(meeting, creditor)
    must_have_vote(meeting, voting, creditor, creditor in person.settlement)
    must_be_fresh(meeting, voting, ballot.named)
    if ballot.refusal:
        raise ballot.refusal
    must_be_first(voting, creditor)
    must_be_in_time(voting, creditor, received_at)
    must_carry_signature(meeting.the_card.signature_policy, ballot)
    if is_known(person, ballot):
        must_be_well_signed(meeting, person, ballot)
        must_be_confirmed(ballot)
        must_be_before_closing(voting, creditor)


def must_carry_signature(policy: str, ballot: Examined) -> None:
    """One way a meeting: a certificate is not looked at where codes sign, nor a code where certificates do."""
    if (ballot.is_signed and policy != "qualified") or (ballot.has_code and policy != "simple"):
        raise SignatureNotExpected(creditor=ballot.creditor)
    if (policy == "qualified" and not ballot.is_signed) or (policy == "simple" and not ballot.has_code):
        raise SignatureMissing(creditor=ballot.creditor, policy=policy)


def must_be_well_signed(meeting: Meeting, person: Person, ballot: Examined) -> None:
    """The certificate is good and its owner is who votes. Trouble with a list of revoked certificates refuses nobody."""
    signature = ballot.signature
    if signature is None:
        return
    verdict = signature.verdict if signature.verdict != "ok" else signature.owner_match
    if verdict == "review" and is_rejected(meeting, person, signature):
        verdict = "name_differs"
    if verdict not in SAME_PERSON:
        raise BadSignature(
            creditor=ballot.creditor,
            verdict=verdict,
            serial=signature.serial,
            thumbprint=signature.thumbprint,
            **({"carrier": signature.carrier} if signature.carrier else {}),
        )


def must_be_confirmed(ballot: Examined) -> None:
    """The code was sent for exactly these ballots of this person, and is the right one, in time."""
    if ballot.code is None or ballot.code.facts.verdict == "ok":
        return
    match ballot.code.facts.verdict:
        case "wrong":
            raise WrongCode(creditor=ballot.creditor, left=ballot.code.facts.left)
        case "expired":
            raise CodeExpired(creditor=ballot.creditor)
        case "spent":
            raise CodeSpent(creditor=ballot.creditor)
        case "unknown":
            raise CodeUnknown(creditor=ballot.creditor)


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


def must_be_fresh(meeting: Meeting, voting: Voting, named: Named) -> None:
    question = meeting.questions[voting.question]
    expected = {
        "meeting": meeting.id,
        "question": question.id,
        "voting": voting.number,
        "wording_sha256": question.wording_sha256,
        "register_sha256": voting.register_sha256,
        "electorate_sha256": voting.electorate_sha256,
        "weight_kopecks": str(meeting.weights(voting)[named.creditor]),
    }
    for name, value in expected.items():
        if getattr(named, name) != value:
            raise StaleBallot(creditor=named.creditor, field=name)


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


def must_be_before_closing(voting: Voting, creditor: str) -> None:
    if not voting.running:
        raise ClosedBeforeSaved(creditor=creditor, voting=voting.number)


def refusal_of(voting: Voting, person: Person, judged: tuple[Judged, ...], received_at: Micros) -> Refused:
    """A single ballot's own refusal; of several a code per creditor. What came in time and was not saved is listed."""
    refusals = {one.creditor: one.refusal for one in judged}
    only = judged[0].refusal
    if len(judged) == 1 and only is not None:
        refusal = only
    else:
        refusal = BallotsRefused(ballots={name: told(r) for name, r in refusals.items()})
    late = [name for name, r in refusals.items() if isinstance(r, ClosedBeforeSaved)]
    return with_missed(refusal, voting, person.id, late, received_at)


def told(refusal: Refused | None) -> str | None:
    """A code per creditor; of a signature also what is wrong with it: `bad_signature/cert_expired`, and the carrier."""
    if isinstance(refusal, BadSignature):
        more = (refusal.details[name] for name in ("verdict", "carrier") if name in refusal.details)
        return "/".join((refusal.code, *map(str, more)))
    return refusal.code if refusal else None


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


def ballot_cast(voting: Voting, person: Person, ballot: Examined, received_at: Micros, more: int) -> NewEvent:
    """`more` ballots of the same command follow; the receipt covers the last of them."""
    body = {
        "voting": voting.number,
        "creditor": ballot.creditor,
        "person": person.id,
        "received_at": received_at,
        "ballot_sha256": ballot.sha256,
        "more": more,
        "signature": signature_body(ballot.signature),
        "code": code_body(ballot.code),
        "blobs": [sha256(blob) for blob in ballot.blobs],
    }
    place = (voting.number, ballot.creditor)
    return NewEvent("ballot_cast", body, version=4, blobs=ballot.blobs, guards=(place,))


def signature_body(signature: SignatureFacts | None) -> Mapping[str, Any] | None:
    if signature is None:
        return None
    return {
        "verdict": signature.verdict,
        "revocation": signature.revocation,
        "thumbprint": signature.thumbprint,
        "serial": signature.serial,
        "owner_match": signature.owner_match,
        "algorithm": signature.algorithm,
        "trust_version": signature.trust_version,
        "crl_numbers": list(signature.crl_numbers),
        "demo": signature.demo,
    }


def code_body(code: Confirmation | None) -> Mapping[str, Any] | None:
    """When the code was sent and under which ballots together; neither the code nor the telephone."""
    if code is None:
        return None
    return {"sent_at": code.facts.sent_at, "ballots_sha256": code.ballots_sha256}


# --- what the events mean ----------------------------------------------------------------------------------------


def ballot_cast_2(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 1 was written before ballots could be signed."""
    return {**body, "signature": None}


def ballot_cast_4(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 3 was written before ballots could be signed by codes."""
    return {**body, "code": None}


def on_ballot_cast(meeting: Meeting, event: Event) -> Meeting:
    """Version 3 names the stored bytes by their hashes, for whoever checks the log: of no use to the state."""
    body = event.body if event.version > 1 else ballot_cast_2(event.body)
    body = body if event.version > 3 else ballot_cast_4(body)
    sent_at = body["code"]["sent_at"] if body["code"] else None
    return with_ballot(
        meeting, event, "electronic", body["ballot_sha256"], body["more"], signed_of(body), sent_at
    )


def signed_of(body: Mapping[str, Any]) -> Signed | None:
    signature = body["signature"]
    if signature is None:
        return None
    return Signed(
        thumbprint=signature["thumbprint"],
        serial=signature["serial"],
        owner_match=signature["owner_match"],
        algorithm=signature["algorithm"],
        demo=signature["demo"],
        revocation=signature["revocation"],
    )


def with_ballot(
    meeting: Meeting,
    event: Event,
    channel: Channel,
    ballot_sha256: str | None,
    more: int,
    signed: Signed | None = None,
    code_sent_at: Micros | None = None,
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
        signed=signed,
        code_sent_at=code_sent_at,
    )
    voting = meeting.votings[body["voting"]]
    return with_voting(meeting, replace(voting, ballots={**voting.ballots, ballot.creditor: ballot}))


def on_ballot_missed(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    voting = meeting.votings[body["voting"]]
    missed = (Missed(creditor, body["person"], body["received_at"]) for creditor in body["creditors"])
    return with_voting(meeting, replace(voting, missed=(*voting.missed, *missed)))
