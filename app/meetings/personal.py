"""What only one person sees of a meeting (`me`): creditors, rights in running votings, ballots with receipts."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from app.kernel.clock import millis, millis_of
from app.kernel.errors import Refused
from app.kernel.log.model import Event
from app.meetings import readiness
from app.meetings.casting import must_be_first, must_have_vote, must_vote_oneself
from app.meetings.joins import Texts, creditor_name, reason_of, shown_phone, text_of
from app.meetings.legal import general_total, general_weights
from app.meetings.memory import Same
from app.meetings.model import Ballot, Meeting, Person, Ref, Voting
from app.meetings.texts.refusals import refusal_text
from app.meetings.texts.words import GONE
from app.meetings.view_types import MyBallot, MyCreditor, MyReadiness, PersonView, Receipt, RightView, View
from tally import percent


def me(
    meeting: Meeting, texts: Texts, person: str, receipts: Mapping[int, Receipt] | None = None
) -> dict[str, View]:
    """What only this person sees. `receipts` are signed by position, see `receipt_positions`."""
    admitted = meeting.persons[person]
    name = text_of(texts, admitted.text).get("name", GONE)
    mine: dict[str, View] = {"person": PersonView(admitted.id, admitted.role, name)}
    if admitted.role == "participant" and meeting.the_card.signature_policy != "off":
        mine["readiness"] = my_readiness(meeting, texts, admitted)
    running = [voting for voting in meeting.votings.values() if voting.running]
    for creditor in admitted.creditors:
        mine[f"creditor/{creditor}"] = my_creditor(meeting, texts, admitted, creditor)
        for voting in running:
            mine[f"right/{voting.number}/{creditor}"] = right_view(meeting, admitted, voting, creditor)
        for voting in receipt_votings(meeting):
            ballot = my_ballot(texts, voting, creditor, receipts or {})
            if ballot is not None:
                mine[f"ballot/{voting.number}/{creditor}"] = ballot
    return mine


def my_readiness(meeting: Meeting, texts: Texts, person: Person) -> MyReadiness:
    reason = readiness.reason_of(meeting, texts, person)
    trial = meeting.trials.get(person.id)
    changed = next((one.at for one in reversed(meeting.phone_changes) if one.person == person.id), None)
    return MyReadiness(
        reason=reason,
        tried_at_ms=millis_of(trial.at if trial else None),
        phone=shown_phone(texts, person),
        phone_changed_at_ms=millis_of(changed),
    )


def my_creditor(meeting: Meeting, texts: Texts, person: Person, creditor: str) -> MyCreditor:
    weight = general_weights(meeting).get(creditor, 0)
    presence = meeting.attendance.get(creditor)
    return MyCreditor(
        id=creditor,
        name=creditor_name(meeting, texts, creditor),
        weight_kopecks=str(weight),
        share_percent=percent(weight, general_total(meeting)),
        present=presence is not None and presence.present,
        may_vote_settlement=creditor in person.settlement,
    )


def right_view(meeting: Meeting, person: Person, voting: Voting, creditor: str) -> RightView:
    """The same judgement that a ballot will meet."""
    weight = meeting.weights(voting).get(creditor, 0)
    code = None
    try:
        must_vote_oneself(meeting, creditor)
        must_have_vote(meeting, voting, creditor, creditor in person.settlement)
        must_be_first(voting, creditor)
    except Refused as refused:
        code = refused.code
    return RightView(
        voting=voting.number,
        creditor=creditor,
        may_vote=code is None,
        weight_kopecks=str(weight),
        pool_kopecks=str(weight * meeting.questions[voting.question].seats),
        code=code,
        reason=refusal_text(code) if code else None,
    )


def receipt_votings(meeting: Meeting) -> Iterator[Voting]:
    """Votings that are not finished and the last counted one; older receipts go by HTTP."""
    return (v for v in meeting.votings.values() if v.unfinished or v.number == meeting.last_counted)


def my_ballot(
    texts: Texts, voting: Voting, creditor: str, receipts: Mapping[int, Receipt]
) -> MyBallot | None:
    """The live ballot, or the last one that was annulled."""
    live = voting.ballots.get(creditor)
    if live is not None:
        return ballot_view(texts, voting, live, receipts)
    annulled = next((a for a in reversed(voting.annulled) if a.ballot.creditor == creditor), None)
    if annulled is None:
        return None
    return ballot_view(texts, voting, annulled.ballot, receipts, annulled.reason)


def ballot_view(
    texts: Texts,
    voting: Voting,
    ballot: Ballot,
    receipts: Mapping[int, Receipt],
    annulled_because: Ref | None = None,
) -> MyBallot:
    return MyBallot(
        voting=voting.number,
        creditor=ballot.creditor,
        received_at_ms=millis(ballot.received_at),
        ballot_sha256=ballot.sha256 or "",
        receipt=receipts.get(ballot.receipt_pos),
        channel=ballot.channel,
        annulled=annulled_because is not None,
        annul_reason=reason_of(texts, annulled_because),
        set_aside=set_aside_because(texts, voting, ballot),
    )


def set_aside_because(texts: Texts, voting: Voting, ballot: Ballot) -> str | None:
    damage = voting.damaged.get(ballot.creditor)
    return reason_of(texts, damage.reason) if damage and damage.pos == ballot.pos else None


def ballots_of(meeting: Meeting, person: str) -> Iterator[tuple[Voting, Ballot, Ref | None]]:
    """Every ballot ever cast for a person's creditors, for HTTP; an annulled one with the place of its reason."""
    mine = set(meeting.persons[person].creditors)
    for voting in meeting.votings.values():
        live = ((ballot, None) for ballot in voting.ballots.values())
        annulled = ((each.ballot, each.reason) for each in voting.annulled)
        yield from ((voting, ballot, why) for ballot, why in (*live, *annulled) if ballot.creditor in mine)


def shown_receipts(meeting: Meeting) -> frozenset[int]:
    """Positions whose receipts anybody's `me` shows: the channel hands in the signed receipt of each."""
    return frozenset(
        ballot.receipt_pos
        for voting in receipt_votings(meeting)
        for ballot in (*voting.ballots.values(), *(annulled.ballot for annulled in voting.annulled))
    )


# --- whom an event touches ---------------------------------------------------------------------------------------


def touched(meeting: Meeting, event: Event) -> frozenset[str] | None:
    """Persons whose `me` the event may change, by the state after it; None: everybody."""
    body = event.body
    if event.kind == "persons_admitted":
        return frozenset(entry["person"] for entry in body["persons"])
    if event.kind == "owner_reviewed":
        person = meeting.persons.get(body["person"])
        return persons_of(meeting, frozenset(person.creditors)) if person else frozenset()
    if event.kind in ("signing_tried", "phone_changed"):
        return frozenset((body["person"],))
    if event.kind in ("creditors_registered", "creditors_left", "ballot_missed"):
        return persons_of(meeting, frozenset(body["creditors"]))
    if event.kind in ("ballot_cast", "ballot_annulled", "paper_received", "paper_read", "damaged_set_aside"):
        return persons_of(meeting, frozenset((body["creditor"],)))
    if event.kind in SHARED:
        return frozenset()
    return None


SHARED = frozenset(
    {
        "voting_prolonged",
        "voting_stopped",
        "ballots_opened",
        "secured_listed",
        "electorate_fixed",
        "question_withdrawn",
        "question_barred",
        "question_without_quorum",
        "meeting_convened",
        "meeting_opened",
        "meeting_resumed",
        "meeting_cancelled",
        "meeting_failed",
        "meeting_ended",
        "recess_called",
        "receipt_without_record",
        "revocations_settled",
        "owner_doubted",
        "ballots_damaged",
        "minutes_hurried",
    }
)
"""Events that change what all see, and nothing of one's own."""


def persons_of(meeting: Meeting, creditors: frozenset[str]) -> frozenset[str]:
    voters = voters_of(Same(meeting.persons))
    return frozenset(person for creditor in creditors for person in voters.get(creditor, ()))


@lru_cache(maxsize=64)
def voters_of(persons: Same[Mapping[str, Person]]) -> Mapping[str, tuple[str, ...]]:
    """Who acts for each creditor; made once for a state of the admissions. Not to be changed."""
    voters: dict[str, tuple[str, ...]] = {}
    for person in persons.value.values():
        for creditor in person.creditors:
            voters[creditor] = (*voters.get(creditor, ()), person.id)
    return voters
