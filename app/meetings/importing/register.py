"""Rows of a register to creditors: every fault by row and column, totals checked, nothing half read."""

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass

from app.meetings.draft import DraftLine
from app.meetings.importing import inn, limits
from app.meetings.importing.columns import Columns
from app.meetings.importing.mapping import Layout, Mapping, indexes
from app.meetings.importing.money import NotMoney, kopecks_of_number, kopecks_of_text
from app.meetings.importing.report import Faults
from app.meetings.importing.sheet import Cell, Row, folded
from app.meetings.importing.totals import Totals

SUMS = ("claim", "interest", "total", "secured", "penalties", "repaid", "repaid_secured")

_TOTAL = re.compile(r"^(итого|итог|всего|общая сумма|подытог)\b")
_SECTION = re.compile(
    r"^(раздел|часть|подраздел|очередь|требования|сведения|реестр|\d+ ?(-?я|-?ая)? очередь|(перв|втор|трет)\w+ очередь)"
)
_ORDERS = {"первая": 1, "вторая": 2, "третья": 3, "четвертая": 4}


@dataclass(frozen=True, slots=True)
class Listed:
    """A creditor and the row it came from."""

    row: int
    line: DraftLine


def read(layout: Layout, mapping: Mapping, faults: Faults) -> tuple[Listed, ...]:
    """Creditors in the order of the file. Faults tell whether they may be used: with a stop none may."""
    if layout.sheet.too_many_rows:
        faults.stop("too_many_rows", limit=limits.CREDITORS)
        return ()
    reader = _Reader(indexes(mapping), mapping, faults)
    for row in layout.sheet.rows:
        if row.number > mapping.header_row:
            reader.take(row)
    _refuse_counts(reader.listed, faults)
    _refuse_duplicates(reader.listed, mapping, faults)
    return tuple(reader.listed)


class _Reader:
    """Goes down the rows; keeps what the totals need."""

    def __init__(self, columns: Map[str, int], mapping: Mapping, faults: Faults) -> None:
        self._columns = Columns(columns, faults)
        self._mapping = mapping
        self._faults = faults
        self._totals = Totals(columns, faults)
        self.listed: list[Listed] = []

    def take(self, row: Row) -> None:
        if self._columns.has_formula(row):
            self._totals.spoil(SUMS)
            return
        if _is_numbering(row):
            return
        name = self._columns.cell(row, "name")
        if _is_total(row, self._columns.cell(row, "inn")):
            self._totals.check(row, self._sums(row))
        elif _is_section(row):
            self._faults.warn("section_skipped", row=row.number, words=row.filled[0].text[:80])
        elif name.kind not in ("text", "number"):
            self._columns.wrong(row, "name", "no_name")
            self._totals.spoil(SUMS)
        else:
            self._take_creditor(row)

    def _take_creditor(self, row: Row) -> None:
        before = self._faults.stopping
        sums = self._sums(row)
        self._require_claim(row)
        line = self._line(row, sums)
        self._totals.add(sums)
        if self._faults.stopping == before:
            self._check_sums(row, sums)
        self.listed.append(Listed(row.number, line))

    def _line(self, row: Row, sums: Map[str, int]) -> DraftLine:
        claim = _claim(sums)
        secured = sums.get("secured", 0)
        repaid, repaid_secured = self._repaid(row, claim, secured, sums)
        return DraftLine(
            creditor=f"c{len(self.listed) + 1:04d}",
            name=self._columns.text(row, "name", 300) or "",
            inn=self._inn(row),
            claim_kopecks=claim,
            secured_kopecks=secured,
            penalties_kopecks=sums.get("penalties", 0),
            repaid_kopecks=repaid,
            repaid_secured_kopecks=repaid_secured,
            order=self._order(row),
            late=self._columns.is_yes(row, "late"),
            pledge_waived=self._columns.is_yes(row, "pledge_waived"),
        )

    def _repaid(self, row: Row, claim: int, secured: int, sums: Map[str, int]) -> tuple[int, int]:
        """(of the unsecured part, of the secured part). The file's «погашено» is the whole, the pledge a part of it."""
        whole = sums.get("repaid", 0)
        if "repaid_secured" in self._columns:
            return max(whole - sums.get("repaid_secured", 0), 0), sums.get("repaid_secured", 0)
        if secured and secured == claim:
            return 0, whole
        if secured and whole:
            self._columns.wrong(row, "repaid", "repaid_of_which_part")
        return whole, 0

    def _check_sums(self, row: Row, sums: Map[str, int]) -> None:
        claim, secured = _claim(sums), sums.get("secured", 0)
        repaid, of_pledge = sums.get("repaid", 0), sums.get("repaid_secured", 0)
        if "claim" in sums and "total" in sums and sums["total"] != claim + sums.get("penalties", 0):
            self._columns.wrong(row, "total", "total_is_not_the_sum")
        if claim < 0:
            self._columns.wrong(row, "penalties", "penalties_exceed_total")
        elif secured > claim:
            self._columns.wrong(row, "secured", "secured_exceeds_claim")
        elif repaid > claim:
            self._columns.wrong(row, "repaid", "repaid_exceeds_claim")
        elif of_pledge > repaid and "repaid" in self._columns:
            self._columns.wrong(row, "repaid_secured", "repaid_secured_exceeds_repaid")
        elif of_pledge > secured:
            self._columns.wrong(row, "repaid_secured", "repaid_secured_exceeds_secured")
        elif repaid - of_pledge > claim - secured and "repaid_secured" in self._columns:
            self._columns.wrong(row, "repaid", "repaid_exceeds_unsecured")
        elif claim == 0:
            self._columns.doubtful(row, "claim", "no_votes")

    def _sums(self, row: Row) -> dict[str, int]:
        return {field: self._sum(row, field) for field in SUMS if field in self._columns}

    def _sum(self, row: Row, field: str) -> int:
        cell = self._columns.cell(row, field)
        try:
            return _kopecks(cell, self._mapping)
        except NotMoney as wrong:
            self._columns.wrong(row, field, wrong.code, typed=cell.text[:40])
            self._totals.spoil((field,))
            return 0

    def _require_claim(self, row: Row) -> None:
        fields = [field for field in ("claim", "total") if field in self._columns]
        if all(self._columns.cell(row, field).kind == "empty" for field in fields):
            self._columns.wrong(row, fields[0], "no_claim")

    def _inn(self, row: Row) -> str | None:
        number, warning = inn.of_cell(self._columns.cell(row, "inn"))
        if warning:
            self._columns.doubtful(row, "inn", warning)
        return number

    def _order(self, row: Row) -> int:
        words = folded(self._columns.cell(row, "order").text)
        if not words:
            return 3
        found = re.match(r"^([1-4])\b", words)
        order = (
            int(found[1]) if found else next((n for word, n in _ORDERS.items() if words.startswith(word)), 0)
        )
        if not order:
            self._columns.wrong(row, "order", "bad_order", typed=words[:40])
        return order or 3


def _is_section(row: Row) -> bool:
    filled = row.filled
    return len(filled) == 1 and filled[0].kind == "text" and bool(_SECTION.match(folded(filled[0].text)))


def _claim(sums: Map[str, int]) -> int:
    """Principal and interest for the use of money, without penalties (127-ФЗ, art. 12 p. 3)."""
    if "claim" in sums:
        return sums["claim"] + sums.get("interest", 0)
    return sums["total"] - sums.get("penalties", 0)


def _kopecks(cell: Cell, mapping: Mapping) -> int:
    if cell.number is not None:
        return kopecks_of_number(cell.number, mapping.unit)
    if cell.kind == "other":
        raise NotMoney("not_a_number")
    return kopecks_of_text(cell.text, mapping.unit)


def _is_numbering(row: Row) -> bool:
    """The row «1 2 3 4 …» that forms print under their headings."""
    texts = [cell.text.rstrip(".") for cell in row.filled]
    return len(texts) > 2 and texts == [str(number) for number in range(1, len(texts) + 1)]


def _is_total(row: Row, inn_cell: Cell) -> bool:
    words = next((cell.text for cell in row.filled if cell.kind == "text"), "")
    return inn_cell.kind == "empty" and bool(_TOTAL.match(folded(words)))


def _refuse_counts(listed: list[Listed], faults: Faults) -> None:
    if not listed and not faults.stopping:
        faults.stop("no_creditors")
    if len(listed) > limits.CREDITORS:
        faults.stop("too_many_rows", limit=limits.CREDITORS)


def _refuse_duplicates(listed: list[Listed], mapping: Mapping, faults: Faults) -> None:
    """One creditor, one line: the same ИНН, or the same name where ИНН do not tell two apart."""
    by_inn: dict[str, int] = {}
    by_name: dict[str, Listed] = {}
    for one in listed:
        number, name = one.line.inn, folded(one.line.name)
        if number and number in by_inn:
            faults.stop("duplicate_inn", row=one.row, column=mapping.columns["inn"], other=by_inn[number])
        elif name in by_name and not (number and by_name[name].line.inn):
            other = by_name[name].row
            faults.stop("duplicate_name", row=one.row, column=mapping.columns["name"], other=other)
        if number:
            by_inn.setdefault(number, one.row)
        by_name.setdefault(name, one)
