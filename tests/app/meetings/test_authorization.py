"""Who may command what: every command × every role × every status of a meeting, against a table written by hand."""

from dataclasses import dataclass
from typing import get_args

import pytest

from app.kernel.errors import Refused
from app.kernel.texts import TITLES
from app.meetings import commands as c
from app.meetings.model import SYSTEM
from app.meetings.texts.refusals import REFUSALS
from app.meetings.view_types import MeetingStatus
from tests.builders import (
    OBSERVER,
    ORGANIZER,
    REGISTRAR,
    SCREEN,
    START,
    Log,
    a_meeting,
    a_question,
    person_of,
)

HOUR_MS = 3_600_000
LATER_MS = START // 1000 + 24 * HOUR_MS
PERSONS = {
    "organizer": ORGANIZER,
    "registrar": REGISTRAR,
    "participant": person_of("A"),
    "observer": OBSERVER,
    "screen": SCREEN,
    "stranger": "p_nobody",
    "system": SYSTEM,
}
MAY: dict[str, tuple[str, ...]] = {
    "convene": ("organizer",),
    "open_meeting": ("organizer",),
    "start_voting": ("organizer",),
    "prolong": ("organizer",),
    "stop_voting": ("organizer",),
    "cancel_voting": ("organizer",),
    "annul_ballot": ("organizer",),
    "review_owner": ("organizer",),
    "set_aside_damaged": ("organizer",),
    "hurry_minutes": ("organizer",),
    "withdraw_question": ("organizer",),
    "bar_question": ("organizer",),
    "recess": ("organizer",),
    "resume": ("organizer",),
    "postpone": ("organizer",),
    "cancel_meeting": ("organizer",),
    "declare_failed": ("organizer",),
    "end_meeting": ("organizer",),
    "correct_line": ("organizer",),
    "register_present": ("organizer", "registrar"),
    "register_departure": ("organizer", "registrar"),
    "receive_paper": ("organizer", "registrar"),
    "read_paper": ("organizer", "registrar"),
    "change_phone": ("organizer", "registrar"),
    "attend": ("participant",),
    "leave": ("participant",),
    "try_signing": ("participant",),
    "cast": ("participant",),
    "close": ("system",),
    "count": ("system",),
}
"""Command → roles that may give it; to everybody else it is `forbidden`, whatever the meeting does."""

SAMPLES: tuple[c.Command, ...] = (
    c.Convene(),
    c.OpenMeeting(),
    c.StartVoting("q2"),
    c.Prolong(1, 60),
    c.StopVoting(1),
    c.CancelVoting(1, "ошибка в формулировке"),
    c.AnnulBallot(1, "A", "по заявлению"),
    c.ReviewOwner("p_A", "0" * 64, True, "паспорт"),
    c.SetAsideDamaged(1, "A", "копии нет"),
    c.HurryMinutes("срочно"),
    c.WithdrawQuestion("q2", "снят"),
    c.BarQuestion("q2", "Арбитражный суд", "А40-1/2026", "2026-01-01"),
    c.Recess(LATER_MS, "обед"),
    c.Resume(),
    c.Postpone(LATER_MS, "нет зала"),
    c.CancelMeeting("отмена"),
    c.DeclareFailed(),
    c.EndMeeting(),
    c.CorrectLine("A", "опечатка", claim_kopecks="100"),
    c.RegisterPresent(["C"], "паспорт"),
    c.RegisterDeparture(["A"]),
    c.ReceivePaper(1, "B"),
    c.ReadPaper(1, "B", 1, ["for"]),
    c.ChangePhone("p_A", "+7 916 765-43-21", "опечатка"),
    c.Attend(["C"]),
    c.Leave(["A"]),
    c.TrySigning(b"{}", b""),
    c.Cast(1, [c.SignedBallot(b"{}")]),
    c.Close(1),
    c.Count(1),
)


def at_draft() -> Log:
    return a_meeting(*QUESTIONS, until="draft")


def at_convened() -> Log:
    return a_meeting(*QUESTIONS, until="convened")


def at_running() -> Log:
    log = a_meeting(*QUESTIONS)
    log.start("q1")
    log.cast(1, "A", "for")
    return log


def at_recess() -> Log:
    log = a_meeting(*QUESTIONS)
    log.by_organizer(c.Recess(LATER_MS, "обед"))
    return log


def at_postponed() -> Log:
    log = at_convened()
    log.by_organizer(c.Postpone(LATER_MS, "нет зала"))
    return log


def at_cancelled() -> Log:
    log = at_convened()
    log.by_organizer(c.CancelMeeting("отмена"))
    return log


def at_failed() -> Log:
    log = at_convened()
    log.by_organizer(c.DeclareFailed())
    return log


def at_ended() -> Log:
    log = a_meeting(*QUESTIONS)
    log.decide("q1", "A", "B")
    log.by_organizer(c.EndMeeting())
    return log


QUESTIONS = (a_question("q1"), a_question("q2"))
STATUSES = {
    "draft": at_draft,
    "convened": at_convened,
    "running": at_running,
    "recess": at_recess,
    "postponed": at_postponed,
    "cancelled": at_cancelled,
    "failed": at_failed,
    "ended": at_ended,
}


@dataclass(frozen=True, slots=True)
class Cell:
    role: str
    command: c.Command

    @property
    def op(self) -> str:
        return str(self.command.__struct_config__.tag)

    @property
    def is_allowed(self) -> bool:
        return self.role in MAY[self.op]


CELLS = [Cell(role, command) for role in PERSONS for command in SAMPLES]


def test_the_table_names_every_command_and_status() -> None:
    assert {cell.op for cell in CELLS} == MAY.keys()
    assert {type(sample) for sample in SAMPLES} == {*c.SENT_BY_PEOPLE, c.Close, c.Count}
    assert set(get_args(MeetingStatus)) == STATUSES.keys()


@pytest.mark.parametrize("status", STATUSES)
def test_whoever_may_not_command_is_forbidden_and_nothing_happens(status: str) -> None:
    log = STATUSES[status]()
    assert log.status == status
    before, state = len(log.events), log.state

    outcomes = {(cell.op, cell.role): outcome(log, cell) for cell in CELLS if not cell.is_allowed}

    assert {cell: code for cell, code in outcomes.items() if code != "forbidden"} == {}
    assert (len(log.events), log.state) == (before, state)


@pytest.mark.parametrize("status", STATUSES)
def test_whoever_may_command_is_obeyed_or_told_why_not(status: str) -> None:
    for cell in CELLS:
        if cell.is_allowed:
            log = STATUSES[status]()
            before, state = len(log.events), log.state

            code = outcome(log, cell)

            assert code != "forbidden", cell
            assert code is None or code in REFUSALS or code in TITLES, (cell, code)
            if code is not None:
                assert (len(log.events), log.state) == (before, state), cell


@pytest.mark.parametrize("status", ["ended", "failed", "cancelled"])
def test_after_its_end_nothing_happens_any_more(status: str) -> None:
    log = STATUSES[status]()
    before, state = len(log.events), log.state

    for cell in CELLS:
        outcome(log, cell)

    assert (len(log.events), log.state) == (before, state)


def outcome(log: Log, cell: Cell) -> str | None:
    """The code of the refusal, None for what was done."""
    outside = log.outside(1) if 1 in log.state.votings else {}
    try:
        log.submit(PERSONS[cell.role], cell.command, outside=outside)
    except Refused as refused:
        return refused.code
    return None
