"""ИНН as it stands in a cell: digits, a leading zero that a spreadsheet ate, check digits."""

import re

from stdnum.ru import inn as check

from app.meetings.importing.sheet import Cell


def of_cell(cell: Cell) -> tuple[str | None, str | None]:
    """(ИНН or None, code of a warning or None). An empty cell is (None, None)."""
    if cell.kind == "empty":
        return None, None
    digits = re.sub(r"\s", "", cell.text)
    if cell.kind == "number" and len(digits) in (9, 11) and check.is_valid("0" + digits):
        return "0" + digits, "inn_zero_restored"
    if not re.fullmatch(r"[0-9]{10}|[0-9]{12}", digits):
        return None, "inn_not_ten_or_twelve_digits"
    return digits, None if check.is_valid(digits) else "inn_check_digits"
