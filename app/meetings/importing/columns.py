"""Fields of a row by name, and faults that name the row and the column."""

from collections.abc import Mapping as Map

from app.meetings.importing.report import Faults
from app.meetings.importing.sheet import EMPTY, Cell, Row, folded, letter

_YES = frozenset({"да", "+", "1", "true", "x", "х", "есть"})
_NO = frozenset({"", "нет", "-", "–", "—", "0", "false"})
_REFUSED = {"formula": "formula", "too_long": "cell_too_long", "hidden": "hidden_character"}


class Columns:
    """`indexes` is field → zero-based column; a field without a column reads as empty."""

    def __init__(self, indexes: Map[str, int], faults: Faults) -> None:
        self._indexes = indexes
        self._faults = faults

    def __contains__(self, field: str) -> bool:
        return field in self._indexes

    def cell(self, row: Row, field: str) -> Cell:
        index = self._indexes.get(field)
        return EMPTY if index is None else row.at(index)

    def wrong(self, row: Row, field: str, code: str, **facts: object) -> None:
        self._faults.note("fault", code, facts, row=row.number, column=self._letter(field))

    def doubtful(self, row: Row, field: str, code: str, **facts: object) -> None:
        self._faults.note("warning", code, facts, row=row.number, column=self._letter(field))

    def text(self, row: Row, field: str, limit: int) -> str | None:
        typed = self.cell(row, field).text
        if len(typed) > limit:
            self.wrong(row, field, "text_too_long", limit=limit)
        return typed or None

    def is_yes(self, row: Row, field: str) -> bool:
        word = folded(self.cell(row, field).text)
        if word not in _YES and word not in _NO:
            self.wrong(row, field, "not_yes_or_no", typed=word[:40])
        return word in _YES

    def has_formula(self, row: Row) -> bool:
        """Formulas are refused anywhere in the table: what they would show depends on the program that opens it.

        So are cells that are too long or have a character nobody sees.
        """
        bad = [(i, cell.kind) for i, cell in enumerate(row.cells) if cell.kind in _REFUSED]
        for index, kind in bad:
            address = f"{letter(index)}{row.number}"
            self._faults.stop(
                _REFUSED[kind], row=row.number, column=letter(index), cell=address, sign=row.at(index).text
            )
        return bool(bad)

    def _letter(self, field: str) -> str | None:
        index = self._indexes.get(field)
        return None if index is None else letter(index)
