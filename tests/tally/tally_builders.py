"""Small registers, meetings and ballots for the tests of the count."""

from collections.abc import Mapping
from typing import Any

from tally import Attendance, Ballot, MeetingContext, Question, RegisterLine, TallyResult, count

LIQUIDATION = MeetingContext("liquidation")
OBSERVATION = MeetingContext("observation")


def a_question(rule: str = "simple_present", topic: str = "general", **more: Any) -> Question:
    return Question("q1", topic, rule, **more)


def a_committee(seats: int = 3, candidates: tuple[str, ...] = ("x", "y", "z")) -> Question:
    return a_question("cumulative", "committee", seats=seats, candidates=candidates)


def a_register(**claims: int) -> tuple[RegisterLine, ...]:
    """Creditors by name with claims in kopecks."""
    return tuple(RegisterLine(creditor, claim) for creditor, claim in claims.items())


def everybody(register: tuple[RegisterLine, ...]) -> tuple[Attendance, ...]:
    return tuple(Attendance(line.id, (line.id,)) for line in register)


def marks(**by_creditor: str) -> tuple[Ballot, ...]:
    """One mark a creditor: A="for"."""
    return tuple(Ballot(creditor, (mark,)) for creditor, mark in by_creditor.items())


def distributions(**by_creditor: Mapping[str, int]) -> tuple[Ballot, ...]:
    return tuple(Ballot(creditor, distribution=votes) for creditor, votes in by_creditor.items())


def counted(
    question: Question,
    register: tuple[RegisterLine, ...],
    ballots: tuple[Ballot, ...],
    context: MeetingContext = LIQUIDATION,
    attendance: tuple[Attendance, ...] | None = None,
) -> TallyResult:
    """Count with everybody of the register present, unless the journal is given."""
    return count(
        question, context, register, everybody(register) if attendance is None else attendance, ballots
    )
