"""What the organizer and the registrar see besides: the creditors one by one, papers to read, missed votes, lost history."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import is_
from typing import Any

from app.kernel.clock import millis, millis_of
from app.meetings.joins import Texts, creditor_name, person_name, shown_phone, text_of
from app.meetings.legal import general_total, general_weights
from app.meetings.memory import Memory
from app.meetings.model import Meeting, Opened, Person, Presence, Voting
from app.meetings.readiness import expected
from app.meetings.texts.words import GONE
from app.meetings.view_types import (
    AlarmView,
    CreditorView,
    MissedRow,
    MissedView,
    PaperView,
    PhoneView,
    UnrecordedRow,
)
from tally import percent


@dataclass(frozen=True, slots=True)
class Creditors:
    """Views of the creditors, and what they were made of: `of_all` touches every one, the mappings their own keys."""

    of_all: tuple[object, ...]
    of_votings: tuple[tuple[int, bool], ...]
    by_creditor: tuple[Mapping[str, object], ...]
    views: Mapping[str, CreditorView]


def creditor_views(meeting: Meeting, texts: Texts, known: Memory) -> Mapping[str, CreditorView]:
    """By key, in the order of the register; only those are made anew who registered, left, voted or were annulled."""
    if not meeting.registers:
        return {}
    unfinished = [voting for voting in meeting.votings.values() if voting.unfinished]
    of_all = (meeting.register, meeting.card, meeting.creditors, meeting.opened, meeting.electorates, texts)
    of_votings = tuple((voting.number, voting.running) for voting in unfinished)
    by_creditor = (meeting.attendance, *(voting.ballots for voting in unfinished))
    last: Creditors | None = known.kept.get("creditors")
    lines = meeting.register.lines
    views: dict[str, CreditorView] = {}
    changed: AbstractSet[str] = lines.keys()
    if last is not None and all(map(is_, last.of_all, of_all)) and last.of_votings == of_votings:
        if all(map(is_, last.by_creditor, by_creditor)):
            return last.views
        views.update(last.views)
        changed = changed & frozenset[str]().union(*map(differing, last.by_creditor, by_creditor))
    weights, total = general_weights(meeting), general_total(meeting)
    for creditor in changed:
        views[f"creditor/{creditor}"] = creditor_view(meeting, texts, creditor, weights, total, unfinished)
    known.kept["creditors"] = Creditors(of_all, of_votings, by_creditor, views)
    return views


def differing(before: Mapping[str, object], after: Mapping[str, object]) -> frozenset[str]:
    """Keys whose values are other objects than they were."""
    if before is after:
        return frozenset()
    changed = frozenset(key for key, value in after.items() if before.get(key) is not value)
    return changed if before.keys() <= after.keys() else changed | (before.keys() - after.keys())


def creditor_view(
    meeting: Meeting,
    texts: Texts,
    creditor: str,
    weights: Mapping[str, int],
    total: int,
    unfinished: list[Voting],
) -> CreditorView:
    line = meeting.register.lines[creditor]
    text = text_of(texts, meeting.creditors[creditor])
    presence = meeting.attendance.get(creditor)
    seen = text_of(texts, presence.text) if presence and presence.text else {}
    ballots = [(voting, voting.ballots[creditor]) for voting in unfinished if creditor in voting.ballots]
    return CreditorView(
        id=creditor,
        name=text.get("name", GONE),
        inn=text.get("inn"),
        order=line.order,
        claim_kopecks=str(line.claim_kopecks),
        secured_kopecks=str(line.secured_kopecks),
        weight_kopecks=str(weights.get(creditor, 0)),
        share_percent=percent(weights.get(creditor, 0), total),
        present=presence is not None and presence.present,
        representative=seen.get("representative") or text.get("representative"),
        registered_at_ms=millis(presence.registered_at) if presence else None,
        registered_by=presence.by if presence else None,
        left_at_ms=millis_of(presence.left_at) if presence else None,
        documents=documents_of(presence, seen, text),
        voted=[voting.number for voting, _ in ballots if voting.running],
        papers=[paper_view(meeting, v, creditor) for v, ballot in ballots if ballot.channel == "paper"],
    )


def documents_of(presence: Presence | None, seen: Mapping[str, Any], text: Mapping[str, Any]) -> str | None:
    """Documents that the desk saw, with the power of attorney; of a self-registered one the power in the register."""
    if presence is None or presence.by == "self":
        power: str | None = text.get("power_of_attorney")
        return power
    return "; ".join(part for part in (seen.get("documents", GONE), seen.get("power_of_attorney")) if part)


def paper_view(meeting: Meeting, voting: Voting, creditor: str) -> PaperView:
    weight = meeting.weights(voting)[creditor]
    return PaperView(
        voting=voting.number,
        weight_kopecks=str(weight),
        pool_kopecks=str(weight * meeting.questions[voting.question].seats),
        is_read=creditor in meeting.opened.get(voting.number, Opened()).paper,
    )


def spoiled(meeting: Meeting) -> Iterator[Voting]:
    return (v for v in meeting.votings.values() if v.missed or v.undrained or v.workers_lost)


def missed_view(meeting: Meeting, texts: Texts, voting: Voting) -> MissedView:
    rows = [
        MissedRow(m.creditor, creditor_name(meeting, texts, m.creditor), millis(m.received_at))
        for m in voting.missed
    ]
    return MissedView(voting.number, rows, voting.undrained, voting.workers_lost, voting.max_lag_ms)


def phone_views(meeting: Meeting, texts: Texts, known: Memory) -> Mapping[str, PhoneView]:
    """By key, where codes sign: to which telephone each participant's go."""
    if meeting.the_card.signature_policy != "simple":
        return {}

    def views() -> Mapping[str, PhoneView]:
        return {f"phone/{person.id}": phone_view(meeting, texts, person) for person in expected(meeting)}

    shown: Mapping[str, PhoneView] = known.fragment("phones", (meeting.persons, texts), views)
    return shown


def phone_view(meeting: Meeting, texts: Texts, person: Person) -> PhoneView:
    return PhoneView(person.id, person_name(meeting, texts, person.id), shown_phone(texts, person))


def alarm_view(meeting: Meeting, texts: Texts) -> AlarmView:
    last = meeting.restorations[-1] if meeting.restorations else None
    return AlarmView(
        restored_at_ms=millis(last.at) if last else None,
        lost=sum(restoration.lost for restoration in meeting.restorations),
        unrecorded=[
            UnrecordedRow(one.person, person_name(meeting, texts, one.person), one.pos)
            for one in meeting.unrecorded
        ],
    )
