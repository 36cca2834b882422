"""Who has come, and the quorum of every electorate: small keys, because each registration changes them for everybody."""

from collections.abc import Iterator, Mapping
from functools import partial

from app.meetings.memory import Memory
from app.meetings.model import Meeting, Question
from app.meetings.outcome import quorum_view
from app.meetings.quorum import best_question, electorate_of, has_quorum, present_creditors, question_quorum
from app.meetings.texts.live import ABSENTEE_MAY_OPEN, MAY_NOT_OPEN, MAY_OPEN
from app.meetings.view_types import AttendanceView, QuorumView

LIVE = ("waiting", "no_quorum")
"""Stages in which a question may still be put to the vote."""


def known_electorates(meeting: Meeting, known: Memory) -> Mapping[str, str]:
    """Of each question that may still be put, whose key `quorum/…` is its own too."""
    parts = (meeting.questions, meeting.registers, meeting.card, meeting.status)
    return known.fragment("electorates", parts, lambda: live_electorates(meeting))


def live_electorates(meeting: Meeting) -> Mapping[str, str]:
    """An absentee meeting has its quorum at the count only."""
    if not meeting.registers or meeting.the_card.form != "in_person" or meeting.is_over:
        return {}
    live = (question for question in meeting.questions.values() if question.stage in LIVE)
    return {question.id: electorate_of(meeting, question) for question in live}


def known_quorums(meeting: Meeting, known: Memory) -> Iterator[tuple[str, QuorumView]]:
    """By electorate."""
    for electorate in dict.fromkeys(known_electorates(meeting, known).values()):
        question = meeting.questions[electorate]
        parts = (meeting.attendance, meeting.registers, meeting.card, question)
        make = partial(live_quorum, meeting, question)
        yield electorate, known.fragment(f"quorum/{electorate}", parts, make)


def live_quorum(meeting: Meeting, question: Question) -> QuorumView:
    return quorum_view(meeting, question_quorum(meeting, question))


def known_attendance(meeting: Meeting, known: Memory) -> AttendanceView:
    parts = (meeting.attendance, meeting.registers, meeting.questions, meeting.card, meeting.status)
    return known.fragment("attendance", parts, lambda: attendance_view(meeting))


def attendance_view(meeting: Meeting) -> AttendanceView:
    may_open, why = opening_of(meeting)
    electorates = live_electorates(meeting)
    best = best_question(meeting) if electorates else None
    return AttendanceView(
        creditors_present=len(present_creditors(meeting)),
        electorate=electorates[best.id] if best else None,
        may_open=may_open,
        may_open_reason=why,
    )


def opening_of(meeting: Meeting) -> tuple[bool, str | None]:
    """Could it be opened, apart from the hour (which the client compares itself)?"""
    if meeting.status not in ("convened", "postponed"):
        return False, None
    if meeting.the_card.form != "in_person":
        return True, ABSENTEE_MAY_OPEN
    return (True, MAY_OPEN) if has_quorum(meeting) else (False, MAY_NOT_OPEN)
