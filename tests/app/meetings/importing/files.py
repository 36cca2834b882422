"""Files as people make them, built in memory for the tests of importing."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal

import openpyxl

from app.meetings.importing.dry_run import RegisterRun, run_register
from app.meetings.importing.report import Fault

HEADINGS = (
    "№ п/п",
    "Наименование кредитора",
    "ИНН",
    "Сумма требования, руб.",
    "в т.ч. обеспечено залогом",
    "Неустойки",
    "Погашено",
)
ROW = (1, "ООО «Ромашка»", "7707083893", "1 000,00", "", "", "")
AGENDA = """
собрание:
  должник: ООО «Должник»
  дело: А40-1/2026
  суд: Арбитражный суд города Москвы
  процедура: конкурсное производство
  форма: очная
  начало: 2026-12-10 11:00
  место: г. Москва
  организатор: Петров Пётр Петрович
  телефон: +7 495 123-45-67
повестка:
"""
QUESTION = """
  - тема: прочее
    заголовок: Отчёт
    формулировка: Принять отчёт к сведению
"""

Value = str | int | float | Decimal | None


def xlsx(rows: Iterable[Sequence[object]], merged: Iterable[str] = ()) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def csv(rows: Iterable[Sequence[object]], delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    lines = [delimiter.join("" if value is None else str(value) for value in row) for row in rows]
    return "\r\n".join(lines).encode(encoding)


def a_register(*rows: Sequence[object], headings: Sequence[object] = HEADINGS) -> bytes:
    return xlsx([headings, *rows])


def tried(register: bytes, contacts: bytes | None = None, *, by_code: bool = False) -> RegisterRun:
    return run_register(register, contacts, None, {}, by_code=by_code)


def stops(run: RegisterRun) -> list[tuple[str, int | None, str | None]]:
    """(code, row, column) of every fault that stops the import."""
    return [place(fault) for fault in run.report.faults if fault.severity == "fault"]


def warnings(run: RegisterRun) -> list[tuple[str, int | None, str | None]]:
    return [place(fault) for fault in run.report.faults if fault.severity == "warning"]


def place(fault: Fault) -> tuple[str, int | None, str | None]:
    return fault.code, fault.row, fault.column


def rezipped(workbook: bytes, name: str, body: bytes) -> bytes:
    """The same workbook with one part replaced or added."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, body)
    return file.getvalue()


def part_of(workbook: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(name)
