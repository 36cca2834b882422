"""The registration journal and the register of claims while the meeting lives: who is here, with what claim.

Attendance is an act of a person or of the desk, never a socket. A departure and a correction count from the next
voting on: what is open keeps the journal and the register of its opening.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private
from app.meetings.commands import Attend, CorrectLine, Leave, RegisterDeparture, RegisterPresent
from app.meetings.founding import creditor_subject
from app.meetings.hashes import line_body, line_of, register_sha256
from app.meetings.legal import line_fault
from app.meetings.model import Act, Correction, Meeting, Presence, Register
from app.meetings.refusals import (
    AlreadyRegistered,
    BadLine,
    DocumentOfAuthorityMissing,
    MeetingIsOver,
    NotConvened,
    NotPresent,
    NotReady,
    NotYourCreditor,
    UnknownCreditor,
    WrongForm,
)
from tally import RegisterLine

JOURNAL_OPEN = ("convened", "postponed", "running", "recess")
SHOWN = 20
"""How many creditors an answer names at most: an answer is at most 4 KiB."""


def attend(meeting: Meeting, actor: str, command: Attend, facts: Facts) -> Decision:
    """A participant enters the creditors of the own link; who is already here by the same person stays so."""
    journal_must_be_open(meeting)
    person = meeting.persons[actor]
    must_be_mine(person.creditors, command.creditors)
    here = {c: meeting.attendance[c] for c in command.creditors if is_present(meeting, c)}
    others = sorted(c for c, presence in here.items() if presence.participant != actor)
    if others:
        raise AlreadyRegistered(creditors=others[:SHOWN])
    new = [creditor for creditor in dict.fromkeys(command.creditors) if creditor not in here]
    if not new:
        return Decision()
    settlement = sorted(person.settlement.intersection(new))
    body = {
        "creditors": new,
        "participant": actor,
        "by": "self",
        "represented": False,
        "settlement": settlement,
    }
    return Decision((NewEvent("creditors_registered", body),))


def register_present(meeting: Meeting, actor: str, command: RegisterPresent, facts: Facts) -> Decision:
    """The desk enters a walk-in by the documents seen; a representative needs a power of attorney (art. 36)."""
    journal_must_be_open(meeting)
    must_be_known(meeting, command.creditors)
    if command.representative and not command.power_of_attorney:
        raise DocumentOfAuthorityMissing
    here = sorted(c for c in command.creditors if is_present(meeting, c))
    if here:
        raise AlreadyRegistered(creditors=here[:SHOWN])
    creditors = list(dict.fromkeys(command.creditors))
    represented = command.representative is not None
    may_settle = command.may_vote_settlement or not represented
    body = {
        "creditors": creditors,
        "participant": f"desk:{creditors[0]}",
        "by": "desk",
        "represented": represented,
        "settlement": sorted(creditors) if may_settle else [],
    }
    text = {
        "documents": command.documents,
        "representative": command.representative,
        "power_of_attorney": command.power_of_attorney,
    }
    private = tuple(Private(creditor_subject(meeting.id, creditor), text) for creditor in creditors)
    return Decision((NewEvent("creditors_registered", body, private=private),))


def leave(meeting: Meeting, actor: str, command: Leave, facts: Facts) -> Decision:
    must_be_mine(meeting.persons[actor].creditors, command.creditors)
    return departure(meeting, command.creditors, "self")


def register_departure(meeting: Meeting, actor: str, command: RegisterDeparture, facts: Facts) -> Decision:
    must_be_known(meeting, command.creditors)
    return departure(meeting, command.creditors, "desk")


def departure(meeting: Meeting, creditors: list[str], by: str) -> Decision:
    journal_must_be_open(meeting)
    absent = sorted(c for c in creditors if not is_present(meeting, c))
    if absent:
        raise NotPresent(creditors=absent[:SHOWN])
    return Decision((NewEvent("creditors_left", {"creditors": list(dict.fromkeys(creditors)), "by": by}),))


def correct_line(meeting: Meeting, actor: str, command: CorrectLine, facts: Facts) -> Decision:
    """A new version of the register with a reason; votings that are open keep theirs."""
    if not meeting.registers:
        raise NotReady
    if meeting.is_over:
        raise MeetingIsOver
    must_be_known(meeting, [command.creditor])
    line = corrected(meeting.register.lines[command.creditor], command)
    fault = line_fault(line)
    if fault:
        raise BadLine(creditor=command.creditor, fault=fault)
    version = meeting.register.version + 1
    lines = {**meeting.register.lines, line.id: line}
    body = {"version": version, "register_sha256": register_sha256(lines), "line": line_body(line)}
    reason = Private(f"meeting:{meeting.id}", {"reason": command.reason})
    return Decision((NewEvent("register_corrected", body, private=(reason,)),), {"version": version})


def corrected(line: RegisterLine, command: CorrectLine) -> RegisterLine:
    """Only what the command gives changes."""
    sums = (
        "claim_kopecks",
        "secured_kopecks",
        "penalties_kopecks",
        "repaid_kopecks",
        "repaid_secured_kopecks",
    )
    given: dict[str, Any] = {
        name: int(getattr(command, name)) for name in sums if getattr(command, name) is not None
    }
    facts = ("order", "late", "pledge_waived")
    given |= {name: getattr(command, name) for name in facts if getattr(command, name) is not None}
    if command.restricted_topics is not None:
        given["restricted_topics"] = tuple(command.restricted_topics)
    return replace(line, **given)


def is_present(meeting: Meeting, creditor: str) -> bool:
    return creditor in meeting.attendance and meeting.attendance[creditor].present


def journal_must_be_open(meeting: Meeting) -> None:
    """From convening to the end; an absentee meeting has no journal, its ballots are its attendance."""
    if meeting.is_over:
        raise MeetingIsOver
    if meeting.status not in JOURNAL_OPEN:
        raise NotConvened
    if meeting.the_card.form == "absentee":
        raise WrongForm(form="absentee")


def must_be_mine(mine: tuple[str, ...], creditors: Iterable[str]) -> None:
    others = sorted(set(creditors).difference(mine))
    if others:
        raise NotYourCreditor(creditors=others[:SHOWN])


def must_be_known(meeting: Meeting, creditors: Iterable[str]) -> None:
    unknown = sorted(set(creditors).difference(meeting.creditors))
    if unknown:
        raise UnknownCreditor(creditors=unknown[:SHOWN])


# --- what the events mean ----------------------------------------------------------------------------------------


def on_creditors_registered(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    entered = {
        creditor: Presence(
            creditor=creditor,
            participant=body["participant"],
            by=body["by"],
            registered_at=event.at,
            may_vote_settlement=creditor in body["settlement"],
            represented=body["represented"],
            text=(event.pos, part) if body["by"] == "desk" else None,
        )
        for part, creditor in enumerate(body["creditors"])
    }
    version = meeting.register.version
    acts = (
        Act("registered", event.at, version, body["by"], creditor, presence.text)
        for creditor, presence in entered.items()
    )
    return replace(meeting, attendance={**meeting.attendance, **entered}, journal=(*meeting.journal, *acts))


def on_creditors_left(meeting: Meeting, event: Event) -> Meeting:
    creditors, by = event.body["creditors"], event.body["by"]
    left = {c: replace(meeting.attendance[c], left_at=event.at) for c in creditors}
    acts = (Act("left", event.at, meeting.register.version, by, creditor) for creditor in creditors)
    return replace(meeting, attendance={**meeting.attendance, **left}, journal=(*meeting.journal, *acts))


def on_register_corrected(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    line = line_of(body["line"])
    lines = {**meeting.register.lines, line.id: line}
    register = Register(body["version"], body["register_sha256"], lines)
    correction = Correction(line.id, register.version, event.at, (event.pos, 0))
    return replace(
        meeting,
        registers={**meeting.registers, register.version: register},
        corrections=(*meeting.corrections, correction),
    )
