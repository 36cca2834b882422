"""Writes the example files of this folder again, byte for byte the same, but for agenda.yaml, which is written by hand.

Run: python3 examples/make_examples.py
"""

import io
import re
import sys
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import openpyxl  # noqa: E402 - after the path is set
from openpyxl.styles import Alignment, Font  # noqa: E402
from openpyxl.worksheet.worksheet import Worksheet  # noqa: E402

from examples import creditors  # noqa: E402

MADE_ON = datetime(2026, 11, 1)  # noqa: DTZ001 - a fixed mark inside the workbooks, nobody's local time
SMALL = 5
AGENDA = Path(__file__).with_name("agenda.yaml")
SAVED_AT = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def main(folder: Path) -> None:
    listed = creditors.creditors()
    (folder / "register-300.xlsx").write_bytes(register_workbook(listed))
    (folder / "contacts.xlsx").write_bytes(contacts_workbook(listed))
    (folder / "register-5.csv").write_bytes(
        creditors.csv_of(creditors.register_rows(creditors.creditors(SMALL)))
    )
    (folder / "agenda-small.yaml").write_text(small_agenda(), "utf-8")


def register_workbook(listed: Sequence[creditors.Creditor]) -> bytes:
    """As practitioners make it: a title, headings merged over two rows, a row of numbers, a total."""
    sheet = new_sheet("Реестр")
    sheet.append(["Реестр требований кредиторов АО «Полярный комбинат», третья очередь"])
    sheet.append([])
    sheet.append([*creditors.REGISTER_HEADINGS[:4], "Сумма требований, руб.", None, None, "Погашено", None])
    sheet.append(
        [None] * 4
        + ["основной долг", "в т.ч. обеспечено залогом", "неустойки, штрафы, пени", "всего", "по залогу"]
    )
    for merged in ("A1:I1", "A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:G3", "H3:I3"):
        sheet.merge_cells(merged)
    sheet.append(list(range(1, 10)))
    for row in creditors.register_rows(listed)[1:]:
        sheet.append([*row[:4], *(number(cell) for cell in row[4:])])
    dress(sheet, widths=(6, 46, 15, 9, 18, 18, 18, 18, 18), headings=4)
    for sums in sheet.iter_rows(min_row=6, min_col=5, max_col=9):
        for cell in sums:
            cell.number_format = "#,##0.00"
    return saved(sheet)


def contacts_workbook(listed: Sequence[creditors.Creditor]) -> bytes:
    sheet = new_sheet("Контакты")
    for row in creditors.contact_rows(listed):
        sheet.append(list(row))
    dress(sheet, widths=(46, 15, 30, 20, 32, 24, 18), headings=1)
    return saved(sheet)


def small_agenda() -> str:
    """The card and the first question of the large one."""
    text = AGENDA.read_text("utf-8")
    return "\n".join(text.split("\n\n")[:2]) + "\n"


def number(cell: str) -> float | None:
    return float(cell.replace("\u00a0", "").replace(",", ".")) if cell else None


def new_sheet(title: str) -> Worksheet:
    book = openpyxl.Workbook()
    book.properties.created = MADE_ON
    sheet = book.worksheets[0]
    sheet.title = title
    return sheet


def dress(sheet: Worksheet, widths: Sequence[int], headings: int) -> None:
    for index, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + index)].width = width
    for cells in sheet.iter_rows(max_row=headings):
        for cell in cells:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.freeze_panes = f"A{headings + 1}"


def saved(sheet: Worksheet) -> bytes:
    """The workbook with fixed times in the archive and its properties, so that the same rows give the same bytes."""
    raw, file = io.BytesIO(), io.BytesIO()
    workbook_of(sheet).save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in sorted(old.infolist(), key=lambda part: part.filename):
            same = zipfile.ZipInfo(part.filename, MADE_ON.timetuple()[:6])
            same.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(same, SAVED_AT.sub(rb"\g<1>2026-11-01T00:00:00Z", old.read(part)))
    return file.getvalue()


def workbook_of(sheet: Worksheet) -> openpyxl.Workbook:
    book = sheet.parent
    if not isinstance(book, openpyxl.Workbook):
        raise TypeError("a sheet without a workbook")
    return book


if __name__ == "__main__":
    main(Path(__file__).parent)
