"""A part of the log is gone: the console and the minutes say so, and nobody's receipt is forgotten."""

import re

import pytest

from app.kernel.errors import Forbidden
from app.kernel.log.model import Decision, NewEvent
from app.meetings.commands import ListReceipt
from app.meetings.minutes import minutes
from app.meetings.model import SYSTEM, Role
from app.meetings.view import view
from app.meetings.view_types import AlarmView, UnrecordedRow
from tests.builders import Log, a_meeting, a_question, person_of

HASH = "ab" * 32


def a_restored_meeting(lost: int) -> Log:
    """`lost` is the head that somebody had seen, counted from the head that was put back."""
    log = a_meeting(a_question("q1"), present=("A", "B"))
    body = {"old_epoch": "00" * 8, "pos": len(log.events) + lost, "old_mark": "00" * 32}
    log.append(SYSTEM, Decision((NewEvent("history_restored", body),)))
    return log


def alarm_of(log: Log, role: Role = "organizer") -> AlarmView | None:
    return view(log.state, log.texts, role).get("alarm")  # type: ignore[return-value]


def test_the_organizer_and_the_desk_see_how_much_is_gone_and_nobody_else_does() -> None:
    log = a_restored_meeting(lost=3)

    assert alarm_of(log) == AlarmView(log.now // 1000, 3, [])
    assert alarm_of(log, "registrar") == alarm_of(log)
    assert alarm_of(log, "participant") is None
    assert alarm_of(a_meeting(a_question("q1"))) is None


def test_a_copy_with_another_end_is_an_alarm_too_though_nobody_knows_how_much_is_gone() -> None:
    alarm = alarm_of(a_restored_meeting(lost=-1))

    assert alarm is not None
    assert alarm.lost == 0


def test_a_receipt_without_a_record_is_listed_once_with_the_name_of_its_holder() -> None:
    log = a_restored_meeting(lost=2)
    shown = ListReceipt(person_of("A"), "00" * 8, 9, HASH)

    log.submit(SYSTEM, shown)
    repeated = log.submit(SYSTEM, shown)

    alarm = alarm_of(log)
    assert alarm is not None
    assert alarm.unrecorded == [UnrecordedRow(person_of("A"), "ООО «A»", 9)]
    assert repeated == Decision()


def test_nobody_can_send_such_a_listing() -> None:
    log = a_restored_meeting(lost=2)

    with pytest.raises(Forbidden):
        log.submit(person_of("A"), ListReceipt(person_of("A"), "00" * 8, 9, HASH))


@pytest.mark.parametrize(("role", "is_named"), [("organizer", True), ("participant", False)])
def test_the_minutes_tell_of_the_loss(role: Role, is_named: bool) -> None:
    log = a_restored_meeting(lost=3)
    log.submit(SYSTEM, ListReceipt(person_of("A"), "00" * 8, 9, HASH))

    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", minutes(log.state, log.texts, role)))

    assert f"сохранены записи по {len(log.events) - 2}, потеряно записей: 3" in text
    assert ("записи которой в журнале нет: ООО «A», запись 9" in text) == is_named
