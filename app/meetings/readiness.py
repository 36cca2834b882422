"""Readiness: before the meeting each participant signs a test ballot; the organizer sees who can sign and why others cannot.

An event and not a bare row: the record says who was checked and told in time. A test ballot names no question and no
voting, so that nothing can count it as a vote. What is wrong is told by a code; the pages say the remedy.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.kernel.clock import Micros
from app.kernel.errors import Forbidden
from app.kernel.log.model import Decision, Event, Facts, NewEvent
from app.meetings.examined import ExaminedTrial
from app.meetings.joins import Texts, person_name, phone_of, text_of
from app.meetings.legal import general_weights
from app.meetings.model import Meeting, Person, Trial
from app.meetings.refusals import (
    MalformedBallot,
    MeetingIsOver,
    NoPhone,
    NotExamined,
    NotRunning,
    SignatureNotExpected,
)
from app.meetings.view_types import NotReadyRow, ReadinessView

SHOWN = 200
"""Rows that a view carries at most; the numbers count everybody."""
DAY: Micros = 86_400_000_000
TOO_EARLY = frozenset({"draft"})


def try_signing(meeting: Meeting, actor: str, command: ExaminedTrial, facts: Facts) -> Decision:
    """Also a signature that is not good is recorded: that is what the organizer has to know. Each trial replaces the last."""
    must_be_able_to_try(meeting, actor)
    if command.named != (meeting.id, actor):
        raise MalformedBallot
    if command.signature is None:
        raise NotExamined
    signature = command.signature
    body = {
        "person": actor,
        "way": command.way,
        "verdict": signature.verdict,
        "owner_match": signature.owner_match,
        "revocation": signature.revocation,
        "algorithm": signature.algorithm,
        "not_after": signature.not_after,
        "demo": signature.demo,
        "issuer": signature.issuer,
        "is_local": signature.is_local,
    }
    trial = trial_of(body, facts.now)
    is_old = is_known(meeting.trials.get(actor), trial)
    events = () if is_old else (NewEvent("signing_tried", body, version=3),)
    fault = fault_of(meeting, meeting.persons[actor], trial)
    return Decision(events, {"fault": fault, "carrier": signature.carrier, "is_local": signature.is_local})


def must_be_able_to_try(meeting: Meeting, person: str) -> None:
    """Looked at before a signature is verified, and again in the queue."""
    if meeting.is_over:
        raise MeetingIsOver
    if meeting.status in TOO_EARLY:
        raise NotRunning(status=meeting.status)
    if meeting.the_card.signature_policy != "qualified":
        raise SignatureNotExpected
    known = meeting.persons.get(person)
    if known is None or known.role != "participant":
        raise Forbidden


def is_known(last: Trial | None, trial: Trial) -> bool:
    """The same came of it the last time: nothing new to record."""
    return last is not None and replace(last, at=trial.at) == trial


def on_signing_tried(meeting: Meeting, event: Event) -> Meeting:
    body = event.body if event.version > 1 else signing_tried_2(event.body)
    body = body if event.version > 2 else signing_tried_3(body)
    trial = trial_of(body, event.at)
    return replace(meeting, trials={**meeting.trials, event.body["person"]: trial})


def signing_tried_2(body: Mapping[str, object]) -> Mapping[str, object]:
    """Version 1 did not name the authority."""
    return {**body, "issuer": ""}


def signing_tried_3(body: Mapping[str, object]) -> Mapping[str, object]:
    """Version 2 did not tell of keys without a carrier."""
    return {**body, "is_local": False}


def trial_of(body: Mapping[str, object], at: Micros) -> Trial:
    not_after = body["not_after"]
    return Trial(
        at=at,
        way=str(body["way"]),
        verdict=str(body["verdict"]),
        owner_match=str(body["owner_match"]),
        is_deferred=body["revocation"] == "deferred",
        not_after=not_after if isinstance(not_after, int) else None,
        issuer=str(body["issuer"]),
        is_local=body["is_local"] is True,
    )


def fault_of(meeting: Meeting, person: Person, trial: Trial | None) -> str | None:
    """Why this person could not vote on the day of the meeting; None: ready. Trouble with a list of revoked ones is none."""
    if trial is None:
        return "not_tried"
    if trial.verdict != "ok":
        return trial.verdict
    if trial.owner_match not in (
        "same",
        "same_name",
    ):  # a changed surname, too, is looked at before the meeting
        return trial.owner_match
    if trial.not_after is not None and trial.not_after < last_hour(meeting):
        return "cert_ends_before"
    return None


def last_hour(meeting: Meeting) -> Micros:
    """Until when a certificate has to last: the deadline for ballots, or a day from the beginning."""
    card = meeting.the_card
    return max(card.ends_at or 0, card.starts_at + DAY)


def powers_missing(meeting: Meeting, texts: Texts, person: Person) -> bool:
    """He speaks for a creditor by a representative's right, and no power of attorney is named."""
    lines = (text_of(texts, meeting.creditors[creditor]) for creditor in person.creditors)
    return any(line.get("representative") and not line.get("power_of_attorney") for line in lines)


def expected(meeting: Meeting) -> Iterator[Person]:
    return (person for person in meeting.persons.values() if person.role == "participant")


def reason_of(meeting: Meeting, texts: Texts, person: Person) -> str | None:
    """Where codes sign, a telephone is all that it takes."""
    if meeting.the_card.signature_policy == "simple":
        fault = None if phone_of(texts, person) else NoPhone.code
    else:
        fault = fault_of(meeting, person, meeting.trials.get(person.id))
    if fault is None and powers_missing(meeting, texts, person):
        return "power_of_attorney_missing"
    return fault


def marks_of(meeting: Meeting, person: Person) -> Iterator[str]:
    """Rows of a person who is ready: he may vote, but only his name could be compared, or his key is in no carrier."""
    trial = meeting.trials.get(person.id)
    if trial is not None and trial.owner_match == "same_name":
        yield "same_name"
    if trial is not None and trial.is_local:
        yield "local_key_warned"


def readiness_view(meeting: Meeting, texts: Texts) -> ReadinessView:
    """«57 из 60 готовы», and the reason for the rest; who speaks for the most votes comes first."""
    persons = tuple(expected(meeting))
    reasons = ((person, reason_of(meeting, texts, person)) for person in persons)
    rest = [(person, reason) for person, reason in reasons if reason is not None]
    ready = {person.id for person in persons} - {person.id for person, _ in rest}
    marked = [
        (person, mark) for person in persons if person.id in ready for mark in marks_of(meeting, person)
    ]
    told = heaviest_first(meeting, [*rest, *marked])
    rows = [
        NotReadyRow(person.id, person_name(meeting, texts, person.id), reason)
        for person, reason in told[:SHOWN]
    ]
    return ReadinessView(
        ready=len(persons) - len(rest),
        expected=len(persons),
        reasons=dict(sorted(Counter(reason for _, reason in told).items())),
        rest=rows,
    )


def heaviest_first(meeting: Meeting, told: list[tuple[Person, str]]) -> list[tuple[Person, str]]:
    """By the votes that a person brings on an ordinary question; of equals, as they were admitted."""
    weights = general_weights(meeting) if meeting.registers else {}
    return sorted(told, key=lambda row: -sum(weights.get(creditor, 0) for creditor in row[0].creditors))
