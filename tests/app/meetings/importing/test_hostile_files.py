"""Files that are too large, broken or made to do harm: refused with a report, nothing half read."""

import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.meetings.importing import limits, tree
from app.meetings.importing.report import FileRefused
from tests.app.meetings.importing.files import HEADINGS, ROW, a_register, csv, part_of, rezipped, stops, tried

SHEET = "xl/worksheets/sheet1.xml"


def many(count: int) -> list[tuple[object, ...]]:
    return [(i, f"Кредитор {i}", "", i) for i in range(1, count + 1)]


def test_sixty_thousand_rows_are_refused_soon() -> None:
    file = csv([HEADINGS, *many(60_000)])

    started = time.process_time()
    run = tried(file)

    assert stops(run) == [("too_many_rows", None, None)]
    assert run.lines is None
    assert time.process_time() - started < 5


def test_sixty_thousand_rows_of_a_workbook_are_refused() -> None:
    body = b"".join(
        b'<row r="%d"><c r="A%d"><v>%d</v></c><c r="B%d"><v>7</v></c></row>' % (i, i, i, i)
        for i in range(2, 60_002)
    )
    sheet = part_of(a_register(), SHEET).replace(b"</sheetData>", body + b"</sheetData>")

    run = tried(rezipped(a_register(), SHEET, sheet))

    assert stops(run) == [("too_many_rows", None, None)]


def test_five_thousand_creditors_are_accepted_and_one_more_is_not() -> None:
    assert tried(csv([HEADINGS, *many(5_000)])).report.ok
    assert stops(tried(csv([HEADINGS, *many(5_001)]))) == [("too_many_rows", None, None)]


def test_a_row_far_below_is_neither_lost_nor_walked_to() -> None:
    sheet = part_of(a_register(ROW), SHEET)
    far = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'

    run = tried(rezipped(a_register(ROW), SHEET, sheet.replace(b"</sheetData>", far)))

    assert stops(run) == [("long_tail", None, None)]


def test_a_cell_of_a_mebibyte_is_refused() -> None:
    assert stops(tried(b"x" * limits.MIB)) == [("broken_csv", None, None)]


def test_a_zip_bomb_is_not_opened() -> None:
    bomb = rezipped(a_register(ROW), SHEET, b"0" * (30 * limits.MIB))
    assert len(bomb) < limits.TABLE_BYTES

    assert stops(tried(bomb)) == [("archive_ratio", None, None)]


def test_a_large_archive_is_not_opened() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(60):
            archive.writestr(f"xl/part{number}.xml", b"0" * (limits.MIB - 1))

    assert stops(tried(file.getvalue())) == [("archive_unpacked", None, None)]


def test_an_archive_of_a_thousand_parts_is_not_opened() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(1_000):
            archive.writestr(f"part{number}", b"")

    assert stops(tried(file.getvalue())) == [("archive_parts", None, None)]


def test_a_rare_packing_is_not_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")

    assert stops(tried(file.getvalue())) == [("broken_workbook", None, None)]


def test_entities_in_xml_are_not_expanded() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="str"><v>&b;</v></c></row></sheetData></worksheet>'
    )

    assert stops(tried(rezipped(a_register(), SHEET, bomb))) == [("broken_workbook", None, None)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n;;\n", "empty_file"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 600, "old_or_protected_workbook"),
        (b"PK\x03\x04 not a zip", "broken_workbook"),
        (b"%PDF-1.7\n\x00\x01", "unknown_file"),
        (b"\x98\x98\xff;\xfe", "unknown_encoding"),
        ('Кредитор;Сумма\n"ООО;1\n'.encode(), "broken_csv"),
        (b"a" * (limits.TABLE_BYTES + 1), "file_too_large"),
    ],
)
def test_what_is_no_table_is_named(data: bytes, code: str) -> None:
    run = tried(data)

    assert [fault[0] for fault in stops(run)] == [code]
    assert run.lines is None


def test_an_archive_that_is_no_workbook_is_named() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", b"hello")

    assert stops(tried(file.getvalue())) == [("not_a_workbook", None, None)]


WORKBOOK = a_register(ROW)


@pytest.mark.filterwarnings("ignore::UserWarning")  # openpyxl speaks up about dates out of range
@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WORKBOOK) - 1), st.integers(1, 255))
def test_a_damaged_workbook_gives_a_report_and_never_a_traceback(place: int, change: int) -> None:
    damaged = bytearray(WORKBOOK)
    damaged[place] ^= change

    run = tried(bytes(damaged))

    assert run.report.ok or stops(run)


def test_a_workbook_without_a_workbook_part_is_broken() -> None:
    types = part_of(WORKBOOK, "[Content_Types].xml").replace(b"sheet.main+xml", b"other+xml")

    run = tried(rezipped(WORKBOOK, "[Content_Types].xml", types))

    assert stops(run) == [("broken_workbook", None, None)]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_report(data: bytes) -> None:
    run = tried(data)

    assert not run.report.ok
    assert stops(run)


def test_no_more_than_five_hundred_faults_are_shown_but_all_are_counted() -> None:
    rows = [(i, f"Кредитор {i}", "", "x") for i in range(700)]

    report = tried(csv([HEADINGS, *rows])).report

    assert len(report.faults) == 500
    assert report.faults_total == 700


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200f", "\x1b"])
def test_a_name_with_a_character_nobody_sees_is_a_fault_of_its_row(sign: str) -> None:
    run = tried(csv([HEADINGS, (1, f"ООО «Ромашка{sign}»", *ROW[2:])]))

    assert stops(run) == [("hidden_character", 2, "B")]
    assert f"U+{ord(sign):04X}" in run.report.faults[0].text


def test_marks_of_files_and_spaces_of_all_kinds_are_read_as_spaces() -> None:
    run = tried(csv([HEADINGS, (1, "\ufeffООО\u00a0«Ромашка»\u200b", *ROW[2:])]))

    assert run.lines is not None
    assert run.lines[0].name == "ООО «Ромашка»"


@pytest.mark.parametrize("text", ['{"a": "\\u202e"}', '{"a": "\\ud800"}', 'a: ["\\u2066"]', "a: b\u200fc"])
def test_an_agenda_with_a_character_nobody_sees_is_refused(text: str) -> None:
    with pytest.raises(FileRefused, match="agenda_hidden_character"):
        tree.read(text.encode())
