"""CSV to a sheet: UTF-8, UTF-16 with a mark, or cp1251; semicolon, comma or tab."""

import codecs
import csv
import io
from collections.abc import Iterator
from statistics import median_high

from app.meetings.importing import limits
from app.meetings.importing.report import FileRefused
from app.meetings.importing.sheet import Row, Sheet, typed

_DELIMITERS = (";", "\t", ",")
_LOOKED_AT = 20


def read(data: bytes) -> tuple[Sheet, ...]:
    """One sheet without a name, or none if there is no text. Raises `FileRefused`.

    Quotes are read strictly: an unclosed one would swallow all creditors after it.
    """
    text = decoded(data)
    if "\0" in text:
        raise FileRefused("unknown_file")
    sheet = _sheet(text, _delimiter(text))
    return (sheet,) if sheet.rows else ()


def decoded(data: bytes) -> str:
    """The text of a file typed on any office computer. Raises `FileRefused`."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded_as(data, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decoded_as(data, "cp1251")


def _decoded_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as broken:
        raise FileRefused("unknown_encoding") from broken


def _delimiter(text: str) -> str:
    """The sign that cuts a usual row into most cells; a comma loses a draw, for it also stands in sums."""

    def cells(sign: str) -> int:
        records = csv.reader(text.splitlines()[:_LOOKED_AT], delimiter=sign)
        try:
            return median_high([len(record) for record in records if record] or [0])
        except csv.Error:
            return 0  # a cell of a megabyte: whoever reads the whole file says where

    return max(_DELIMITERS, key=cells)


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as broken:
        raise FileRefused("broken_csv", line=reader.line_num) from broken


def _sheet(text: str, delimiter: str) -> Sheet:
    rows: list[Row] = []
    for number, record in enumerate(_records(text, delimiter), start=1):
        row = Row(number, tuple(typed(value) for value in record[: limits.COLUMNS]))
        if row.filled:
            rows.append(row)
        if len(rows) > limits.ROWS_WITH_TEXT or number > limits.ROWS_LOOKED_AT:
            return Sheet(None, tuple(rows), too_many_rows=True)
    return Sheet(None, tuple(rows))
