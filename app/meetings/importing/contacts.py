"""The contacts file: address, phone and representative of creditors, joined to the register by ИНН or by name."""

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace

from app.meetings.draft import DraftLine
from app.meetings.importing import headings as heading
from app.meetings.importing import inn
from app.meetings.importing.columns import Columns
from app.meetings.importing.register import Listed
from app.meetings.importing.report import Faults
from app.meetings.importing.sheet import Row, Sheet, folded
from app.meetings.phones import normal_phone

_EMAIL = re.compile(r"^[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,185}\.[^@\s,;<>\".]{2,63}$")
_FORMS = (
    (r"^общество с ограниченной ответственностью\b", "ооо"),
    (r"^публичное акционерное общество\b", "пао"),
    (r"^(закрытое )?акционерное общество\b", "ао"),
    (r"^индивидуальный предприниматель\b", "ип"),
)


@dataclass(frozen=True, slots=True)
class Joined:
    """`rows`: in which row of the file the contacts of a creditor stand."""

    lines: tuple[DraftLine, ...]
    rows: Map[str, int]


def join(sheets: tuple[Sheet, ...], listed: tuple[Listed, ...], faults: Faults) -> Joined:
    """Lines with what the file knows of them. Whoever is not in it keeps no contacts; faults tell the rest."""
    lines = {one.line.creditor: one.line for one in listed}
    found = _layout(sheets, faults)
    if found is None:
        return Joined(tuple(lines.values()), {})
    sheet, heading_row, columns = found
    if sheet.too_many_rows:
        faults.stop("too_many_rows_in_contacts")
    joiner = _Joiner(columns, listed, faults)
    for row in sheet.rows:
        if row.number > heading_row:
            lines.update(joiner.take(row, lines))
    _warn_of_namesakes(tuple(lines.values()), faults)
    return Joined(tuple(lines.values()), joiner.rows)


def normal_name(name: str) -> str:
    """A name for comparing: one case, no quotes, the long form of a company's kind shortened."""
    words = re.sub(r"[.,]", " ", folded(name))
    words = re.sub(r"\s+", " ", words).strip()
    for long, short in _FORMS:
        words = re.sub(long, short, words)
    return words


def is_email(typed: str) -> bool:
    return bool(_EMAIL.match(typed))


SNILS_DIGITS = 11


def normal_snils(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed)


def is_snils(typed: str) -> bool:
    """The last two digits are a check sum over the first nine; numbers up to 001-001-998 have none."""
    digits = normal_snils(typed)
    if not re.fullmatch(r"[0-9]{11}", digits):
        return False
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9]))
    return int(digits[:9]) <= 1_001_998 or total % 101 % 100 == int(digits[9:])


def _layout(sheets: tuple[Sheet, ...], faults: Faults) -> tuple[Sheet, int, Columns] | None:
    """The first sheet with headings of contacts, the row of the headings, the columns."""
    for sheet in sheets:
        headings = heading.find(sheet, heading.CONTACTS)
        guessed = heading.guessed(headings, heading.CONTACTS) if headings else {}
        if headings and guessed.keys() & {"inn", "name"}:
            heading.refuse_twins(headings, guessed, faults)
            columns = {field: indexes[0] for field, indexes in guessed.items()}
            return sheet, headings.row, Columns(columns, faults)
    faults.stop("no_contact_headings")
    return None


class _Joiner:
    """Finds the creditor of a row and fills in its contacts, once for each creditor."""

    def __init__(self, columns: Columns, listed: tuple[Listed, ...], faults: Faults) -> None:
        self._columns = columns
        self._faults = faults
        self._by_inn = {one.line.inn: one.line.creditor for one in listed if one.line.inn}
        self._by_name: dict[str, list[str]] = {}
        for one in listed:
            self._by_name.setdefault(normal_name(one.line.name), []).append(one.line.creditor)
        self.rows: dict[str, int] = {}

    def take(self, row: Row, lines: Map[str, DraftLine]) -> dict[str, DraftLine]:
        if self._columns.has_formula(row):
            return {}
        creditor = self._creditor(row)
        if creditor is None:
            return {}
        if creditor in self.rows:
            self._faults.stop("duplicate_contact", row=row.number, other=self.rows[creditor])
            return {}
        self.rows[creditor] = row.number
        return {creditor: self._filled(row, lines[creditor])}

    def _creditor(self, row: Row) -> str | None:
        number, warning = inn.of_cell(self._columns.cell(row, "inn"))
        if warning == "inn_not_ten_or_twelve_digits":
            self._columns.doubtful(row, "inn", warning)
        if number in self._by_inn:
            return self._by_inn[number]
        name = self._columns.cell(row, "name").text
        named = self._by_name.get(normal_name(name), []) if name else []
        if len(named) > 1:
            self._faults.stop("contact_of_which", row=row.number, name=name[:80])
        elif not named:
            self._faults.warn("contact_of_nobody", row=row.number, name=(name or number or "—")[:80])
        return named[0] if len(named) == 1 else None

    def _filled(self, row: Row, line: DraftLine) -> DraftLine:
        return replace(
            line,
            email=self._email(row),
            phone=self._phone(row),
            representative=self._columns.text(row, "representative", 200),
            power_of_attorney=self._columns.text(row, "power_of_attorney", 300),
            may_vote_settlement=self._columns.is_yes(row, "may_vote_settlement"),
            snils=self._snils(row),
        )

    def _snils(self, row: Row) -> str | None:
        """Eleven digits; of whoever will sign. With a wrong check sum it could equal no certificate's."""
        cell = self._columns.cell(row, "snils")
        if not cell.text:
            return None
        snils = normal_snils(cell.text)
        if cell.kind == "number" and len(snils) < SNILS_DIGITS:
            snils = snils.zfill(SNILS_DIGITS)
            self._columns.doubtful(row, "snils", "snils_zero_restored")
        if not is_snils(snils):
            self._columns.wrong(row, "snils", "bad_snils", typed=cell.text[:40])
            return None
        return snils

    def _email(self, row: Row) -> str | None:
        typed = self._columns.cell(row, "email").text
        if typed and not is_email(typed):
            self._columns.wrong(row, "email", "bad_email", typed=typed[:60])
            return None
        return typed or None

    def _phone(self, row: Row) -> str | None:
        typed = self._columns.cell(row, "phone").text
        phone = normal_phone(typed) if typed else None
        if typed and phone is None:
            self._columns.wrong(row, "phone", "bad_phone", typed=typed[:40])
        return phone


def _warn_of_namesakes(lines: tuple[DraftLine, ...], faults: Faults) -> None:
    """One representative with two addresses gets two links: perhaps two people, perhaps a slip."""
    emails: dict[str, set[str]] = {}
    for line in lines:
        if line.representative:
            emails.setdefault(line.representative, set()).add((line.email or "").casefold())
    for name, addresses in emails.items():
        if len(addresses) > 1:
            faults.warn("representative_with_two_emails", name=name[:80])
