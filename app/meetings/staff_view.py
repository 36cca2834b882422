"""What the organizer and the registrar see besides: the creditors one by one, papers to read, votes that were missed."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from app.kernel.clock import millis, millis_of
from app.meetings.joins import Texts, creditor_name, text_of
from app.meetings.legal import general_weights
from app.meetings.memory import Memory
from app.meetings.model import Meeting, Opened, Presence, Voting
from app.meetings.texts import GONE
from app.meetings.view_types import CreditorView, MissedRow, MissedView, PaperView
from tally import percent


def creditor_views(meeting: Meeting, texts: Texts, known: Memory) -> Iterator[tuple[str, CreditorView]]:
    if not meeting.registers:
        return
    weights = general_weights(meeting)
    total = sum(weights.values())
    unfinished = [voting for voting in meeting.votings.values() if voting.unfinished]
    for creditor in meeting.register.lines:
        parts = (weights, *parts_of(meeting, texts, creditor, unfinished))
        make = partial(creditor_view, meeting, texts, creditor, weights, total, unfinished)
        name = f"creditor/{creditor}"
        yield name, known.fragment(name, parts, make)


def parts_of(meeting: Meeting, texts: Texts, creditor: str, unfinished: list[Voting]) -> Iterator[object]:
    """What a creditor's view is made of, besides the weights of all."""
    yield meeting.register.lines[creditor]
    yield texts.get(meeting.creditors[creditor])
    presence = meeting.attendance.get(creditor)
    yield presence
    if presence is not None and presence.text is not None:
        yield texts.get(presence.text)
    for voting in unfinished:
        ballot = voting.ballots.get(creditor)
        if ballot is not None:
            yield from (ballot, voting.running, voting.weights_sha256)
            if ballot.channel == "paper":
                yield creditor in meeting.opened.get(voting.number, Opened()).paper


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
