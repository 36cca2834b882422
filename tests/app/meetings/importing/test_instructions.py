"""Instructions of a representative: names, ИНН, numbers and answers as people type them; nobody else's creditor."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.meetings.importing import limits
from app.meetings.importing.instructions import Asked, Instruction, Principal, Principals, read
from tests.app.meetings.importing.files import csv, part_of, rezipped, xlsx

MARKS = {"for": "За", "against": "Против", "abstain": "Воздержался"}
MINE = Principals(
    creditors=(
        Principal("c0001", "ООО «Семёрка»", "7707083893"),
        Principal("c0002", "Петров Сергей Ильич", "500100732259"),
        Principal("c0003", "АО «Двойник»", "5027089703"),
        Principal("c0004", "АО «Двойник»", None),
    ),
    questions=(
        Asked("q1", "1", MARKS),
        Asked("q31", "3.1", MARKS),
        Asked("q4", "4", {"a1": "Союз «А»", "a2": "Союз «Б»", "abstain": "Воздержался"}),
    ),
)
HEADINGS = ("Доверитель", "ИНН", "Вопрос", "Решение доверителя")
SHEET = "xl/worksheets/sheet1.xml"


def understood(row: Instruction) -> tuple[str | None, str | None, str | None, str | None]:
    return (row.creditor, row.question, row.option, row.fault)


@pytest.mark.parametrize("made_by", [xlsx, csv])
def test_a_table_with_headings_is_read_by_them(made_by: object) -> None:
    rows = [
        ("Поручения",),
        HEADINGS,
        ('Общество с ограниченной ответственностью "Семерка"', "", 1, "за"),
        ("", "500100732259", "Вопрос № 3.1.", " ПРОТИВ "),
        ("АО «Двойник»", "5027089703", "4", "союз Б"),
    ]

    report = read(made_by(rows), MINE)  # type: ignore[operator]

    assert not report.faults
    assert [understood(row) for row in report.rows] == [
        ("c0001", "q1", "for", None),
        ("c0002", "q31", "against", None),
        ("c0003", "q4", "a2", None),
    ]
    assert [row.row for row in report.rows] == [3, 4, 5]


def test_three_columns_need_no_headings() -> None:
    report = read(csv([("7707083893", "q1", "for"), ("Петров Сергей Ильич", 1, "abstain")]), MINE)

    assert [understood(row) for row in report.rows] == [
        ("c0001", "q1", "for", None),
        ("c0002", "q1", "abstain", None),
    ]


def test_each_row_that_cannot_be_followed_says_why_and_keeps_what_was_typed() -> None:
    rows = [
        ("ООО «Чужой»", 1, "за"),
        ("АО «Двойник»", 1, "за"),
        ("ООО «Семёрка»", 9, "за"),
        ("ООО «Семёрка»", 1, "как все"),
        ("ООО «Семёрка»", 1, "за"),
        ("ООО «Семёрка»", 3.1, ""),
    ]

    report = read(xlsx(rows), MINE)

    assert [(row.fault, row.typed, row.option) for row in report.rows] == [
        ("instruction_of_nobody", "за", None),
        ("instruction_of_which", "за", None),
        ("instruction_for_no_question", "за", None),
        ("instruction_without_answer", "как все", None),
        ("instruction_twice", "за", None),
        ("instruction_without_answer", "", None),
    ]
    assert all(row.text for row in report.rows)


def test_a_destroyed_name_is_found_by_nothing() -> None:
    gone = Principals((Principal("c0001", "", None),), MINE.questions)

    (row,) = read(csv([("", 1, "за")]), gone).rows

    assert row.fault == "instruction_of_nobody"


def test_a_formula_is_refused_with_its_cell() -> None:
    report = read(xlsx([HEADINGS, ("ООО «Семёрка»", "", 1, '=IF(1,"за","против")')]), MINE)

    assert not report.rows
    assert [(fault.file, fault.code, fault.row, fault.column) for fault in report.faults] == [
        ("instructions", "formula", 2, "D")
    ]


def test_sixty_thousand_rows_are_cut_off_soon_and_it_is_said() -> None:
    started = time.process_time()
    report = read(csv([("x", 1, "за")] * 60_000), MINE)

    assert [fault.code for fault in report.faults] == ["too_many_instructions"]
    assert len(report.rows) <= limits.ROWS_WITH_TEXT + 1
    assert time.process_time() - started < 5


def test_a_zip_bomb_is_not_opened() -> None:
    bomb = rezipped(xlsx([("x", 1, "за")]), SHEET, b"0" * (30 * limits.MIB))

    report = read(bomb, MINE)

    assert [fault.code for fault in report.faults] == ["archive_ratio"]
    assert not report.rows


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_give_a_report(data: bytes) -> None:
    report = read(data, MINE)

    assert report.rows or report.faults or not data.strip()


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0), change=st.integers(1, 255))
def test_a_damaged_workbook_gives_a_report(place: int, change: int) -> None:
    sheet = bytearray(part_of(xlsx([HEADINGS, ("ООО «Семёрка»", "", 1, "за")]), SHEET))
    sheet[place % len(sheet)] ^= change

    report = read(rezipped(xlsx([HEADINGS]), SHEET, bytes(sheet)), MINE)

    assert {row.creditor for row in report.rows} <= {"c0001", None}
