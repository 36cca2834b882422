"""XLSX to sheets: openpyxl in read-only mode over defusedxml, formulas kept as formulas."""

import io
import math
import zipfile
import zlib
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException

from app.meetings.importing import archive, limits
from app.meetings.importing.money import number_of_float
from app.meetings.importing.report import FileRefused
from app.meetings.importing.sheet import EMPTY, Cell, Row, Sheet, typed

if not openpyxl.DEFUSEDXML:
    raise ImportError("openpyxl reads without defusedxml: unset OPENPYXL_DEFUSEDXML")

_BROKEN = (
    ParseError,
    DefusedXmlException,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    NotImplementedError,
    OSError,  # «no valid workbook part»; the bytes are in memory, so nothing else can
    zlib.error,
)
"""What openpyxl lets out of a damaged file; it has no error class of its own for most of it."""


def read(data: bytes) -> tuple[Sheet, ...]:
    """Visible sheets that have text. Raises `FileRefused` (`broken_workbook`, `archive_bomb`, …)."""
    archive.check(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        try:
            sheets = tuple(
                _sheet(page) for page in book.worksheets[: limits.SHEETS] if page.sheet_state == "visible"
            )
        finally:
            book.close()
    except _BROKEN as broken:
        raise FileRefused("broken_workbook") from broken
    return tuple(sheet for sheet in sheets if sheet.rows)


def _sheet(page: Any) -> Sheet:
    page.reset_dimensions()
    rows: list[Row] = []
    for number, cells in enumerate(page.iter_rows(max_col=limits.COLUMNS), start=1):
        if number > limits.ROWS_LOOKED_AT:
            raise FileRefused("long_tail", row=limits.ROWS_LOOKED_AT)
        row = Row(number, _trimmed(_cell(cell) for cell in cells))
        if row.cells:
            rows.append(row)
        if len(rows) > limits.ROWS_WITH_TEXT:
            return Sheet(page.title, tuple(rows), too_many_rows=True)
    return Sheet(page.title, tuple(rows))


def _trimmed(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    kept = list(cells)
    while kept and kept[-1].kind == "empty":
        kept.pop()
    return tuple(kept)


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return EMPTY
    if cell.data_type == "f":
        return Cell("formula", str(getattr(value, "text", value)))
    if isinstance(value, bool) or cell.data_type == "e":
        return Cell("other", str(value))
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, (datetime, date, time, timedelta)):
        return Cell("other", _shown_date(value))
    text = typed(str(value))
    return Cell("text", text.text) if text.kind == "formula" else text


def _number(value: int | float) -> Cell:
    if isinstance(value, float):
        if not math.isfinite(value):
            return Cell("other", str(value))
        number = number_of_float(value)
    else:
        number = Decimal(value)
    return Cell("number", f"{number:f}", number)


def _shown_date(value: datetime | date | time | timedelta) -> str:
    if isinstance(value, datetime):
        return value.strftime("%d.%m.%Y")
    return str(value)
