"""A table as people made it: rows with text in them, cells with their address; the same for XLSX and CSV."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from app.kernel.writing import hidden
from app.meetings.importing.limits import CELL_CHARS

Kind = Literal["empty", "text", "number", "formula", "other", "too_long", "hidden"]

_SPACES = re.compile("[\\s\u00a0\u200b\u202f\ufeff]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is what people read; `number` is set for numeric cells only. `other` is a date, a truth value or an error."""

    kind: Kind
    text: str = ""
    number: Decimal | None = None


EMPTY = Cell("empty")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank; `number` is the one people see, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def at(self, index: int) -> Cell:
        return self.cells[index] if index < len(self.cells) else EMPTY

    @property
    def filled(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind != "empty")


@dataclass(frozen=True, slots=True)
class Sheet:
    """`name` is None for CSV. `too_many_rows`: reading stopped at the limit, so the sheet is not whole."""

    name: str | None
    rows: tuple[Row, ...]
    too_many_rows: bool = False


def typed(text: str) -> Cell:
    """A cell of text: spaces of all kinds made one, composed letters (NFC); a leading `=` is a formula; of a `hidden` one only the sign is kept."""
    if len(text) > CELL_CHARS:
        return Cell("too_long", text[:40] + "…")
    cleaned = _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
    if not cleaned:
        return EMPTY
    if sign := hidden(cleaned):
        return Cell("hidden", sign)
    return Cell("formula" if cleaned.startswith("=") else "text", cleaned)


def letter(index: int) -> str:
    """Column name of a zero-based index: 0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def index_of(name: str) -> int:
    """Zero-based index of a column name of one to three capital Latin letters."""
    index = 0
    for char in name:
        index = index * 26 + ord(char) - ord("A") + 1
    return index - 1


def folded(text: str) -> str:
    """For comparing words: one case, ё as е, quotes and double spaces gone."""
    plain = re.sub(r"[«»„“”\"'`]", "", text.casefold().replace("ё", "е"))
    return _SPACES.sub(" ", plain).strip()
