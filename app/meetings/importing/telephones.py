"""Who is who: a code must go to the person who signs, so one person has one telephone, and he alone; and one СНИЛС."""

from collections.abc import Mapping

from app.meetings.draft import DraftLine
from app.meetings.importing.people import groups
from app.meetings.importing.report import Faults

LISTED = 10
"""Rows that a fault names at most."""


def check(lines: tuple[DraftLine, ...], rows: Mapping[str, int], faults: Faults, *, by_code: bool) -> None:
    """Two telephones of one person stop the import where ballots are signed by codes; else they are only told.

    Two СНИЛС always stop it: the one that was taken would decide whose certificate may vote.
    """
    people: dict[str, list[DraftLine]] = {}
    for person in groups(lines):
        _must_have_one_snils(person, rows, faults)
        told = [line for line in person if line.phone]
        phones = {line.phone: line for line in reversed(told)}
        if len(phones) > 1:
            name = (told[0].representative or told[0].name)[:80]
            facts = {"name": name, "rows": _rows(told, rows)}
            faults.note(
                "fault" if by_code else "warning", "person_with_two_phones", facts, row=rows[told[0].creditor]
            )
        for phone, line in phones.items():
            people.setdefault(phone or "", []).append(line)
    for several in people.values():
        if len(several) > 1:
            faults.warn("phone_of_several", row=rows[several[0].creditor], rows=_rows(several, rows))


def _must_have_one_snils(person: list[DraftLine], rows: Mapping[str, int], faults: Faults) -> None:
    told = [line for line in person if line.snils]
    if len({line.snils for line in told}) > 1:
        first = told[0]
        name = (first.representative or first.name)[:80]
        facts = {"name": name, "rows": _rows(told, rows)}
        faults.note("fault", "person_with_two_snils", facts, row=rows[first.creditor])


def _rows(lines: list[DraftLine], rows: Mapping[str, int]) -> str:
    numbers = sorted(rows[line.creditor] for line in lines)
    return ", ".join(map(str, numbers[:LISTED])) + (", …" if len(numbers) > LISTED else "")
