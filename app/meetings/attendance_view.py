"""Who has come, and the quorum of every electorate: small keys, because each registration changes them for everybody."""

from collections.abc import Iterator

from app.meetings.memory import Memory
from app.meetings.model import Meeting, Question
from app.meetings.outcome import quorum_view
from app.meetings.quorum import best_question, electorate_of, has_quorum, present_creditors, question_quorum
from app.meetings.texts import ABSENTEE_MAY_OPEN, MAY_NOT_OPEN, MAY_OPEN
from app.meetings.view_types import AttendanceView, QuorumView


def known_attendance(meeting: Meeting, known: Memory) -> AttendanceView:
    parts = (meeting.attendance, meeting.registers, meeting.questions, meeting.card, meeting.status)
    return known.fragment("attendance", parts, lambda: attendance_view(meeting))


def known_quorums(meeting: Meeting, known: Memory) -> Iterator[tuple[str, QuorumView]]:
    """By electorate, of questions that may still be put. An absentee meeting has its quorum at the count only."""
    if not meeting.registers or meeting.the_card.form != "in_person":
        return
    open_ = (question for question in meeting.questions.values() if question.stage in LIVE)
    for electorate in dict.fromkeys(electorate_of(meeting, question) for question in open_):
        question = meeting.questions[electorate]
        parts = (meeting.attendance, meeting.registers, meeting.card, question)
        yield electorate, known.fragment(f"quorum/{electorate}", parts, lambda q=question: live(meeting, q))


LIVE = ("waiting", "no_quorum")
"""Stages in which a question may still be put to the vote."""


def live(meeting: Meeting, question: Question) -> QuorumView:
    return quorum_view(meeting, question_quorum(meeting, question))


def live_electorate(meeting: Meeting, question: Question) -> str | None:
    """Under which key the quorum of the question stands now; None when it has no changing one."""
    in_person = bool(meeting.registers) and meeting.the_card.form == "in_person"
    if not in_person or meeting.is_over or question.stage not in LIVE:
        return None
    return electorate_of(meeting, question)


def attendance_view(meeting: Meeting) -> AttendanceView:
    may_open, why = opening_of(meeting)
    in_person = bool(meeting.registers) and meeting.the_card.form == "in_person"
    best = best_question(meeting) if in_person else None
    return AttendanceView(
        creditors_present=len(present_creditors(meeting)),
        electorate=electorate_of(meeting, best) if best else None,
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
