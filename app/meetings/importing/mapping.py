"""Which column holds what: guessed from headings, shown by the page, sent back, remembered by the headings' signature."""

import hashlib
import json
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from app.meetings.importing import headings as heading
from app.meetings.importing.headings import Headings
from app.meetings.importing.money import Unit
from app.meetings.importing.report import Faults
from app.meetings.importing.sheet import Sheet, folded, index_of, letter

FIELDS = (
    "name",
    "inn",
    "order",
    "claim",
    "interest",
    "total",
    "secured",
    "penalties",
    "repaid",
    "repaid_secured",
    "late",
    "pledge_waived",
)
"""What a register may tell of a creditor; `name` and one of `claim`, `total` must be there."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """`columns` is field → column letter; `header_row` the last row of headings (0: none); `sheet` None takes the first."""

    columns: dict[str, str]
    header_row: int
    unit: Unit = "rubles"
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A sheet with its headings; `signature` is the same for files with the same headings, None without any."""

    sheet: Sheet
    headings: Headings
    signature: str | None = field(repr=False)


def layout_of(sheets: tuple[Sheet, ...], mapping: Mapping | None) -> Layout:
    """The sheet of the register: the one named if it is there, else the one whose headings tell most."""
    if mapping is None:
        return _best(sheets)
    named = next((sheet for sheet in sheets if sheet.name == mapping.sheet), None) or _best(sheets).sheet
    return _layout(named, heading.at(named, mapping.header_row))


def recalled(sheets: tuple[Sheet, ...], remembered: Map[str, Mapping]) -> tuple[Layout, Mapping] | None:
    """The remembered mapping whose headings stand in this file, where they stood then."""
    for signature, mapping in remembered.items():
        layout = layout_of(sheets, mapping)
        if layout.signature == signature:
            return layout, mapping
    return None


def guess(layout: Layout, faults: Faults) -> Mapping | None:
    """A mapping from the headings, or None with faults that say what a person must point at."""
    if not layout.headings.texts:
        faults.stop("no_headings")
        return None
    found = heading.guessed(layout.headings, heading.REGISTER)
    heading.refuse_twins(layout.headings, found, faults)
    columns = {name: letter(indexes[0]) for name, indexes in found.items()}
    return Mapping(columns, layout.headings.row, _unit(layout.headings, columns), layout.sheet.name)


def check(mapping: Mapping, faults: Faults) -> bool:
    """Is the mapping enough to read creditors? Faults say what is not."""
    before = faults.stopping
    for name, column in mapping.columns.items():
        if name not in FIELDS or not re.fullmatch(r"[A-Z]{1,2}", column):
            faults.stop("bad_mapping", field=name, letters=column)
    if len(set(mapping.columns.values())) < len(mapping.columns):
        faults.stop("column_used_twice")
    if "name" not in mapping.columns:
        faults.stop("no_name_column")
    if not mapping.columns.keys() & {"claim", "total"}:
        faults.stop("no_claim_column")
    return faults.stopping == before


def indexes(mapping: Mapping) -> Map[str, int]:
    return {name: index_of(column) for name, column in mapping.columns.items()}


def _best(sheets: tuple[Sheet, ...]) -> Layout:
    found = [(sheet, heading.find(sheet, heading.REGISTER)) for sheet in sheets]
    sheet, headings = max(found, key=lambda pair: _fields(pair[1]))
    return _layout(sheet, headings or Headings(0, ()))


def _fields(headings: Headings | None) -> int:
    return len(heading.guessed(headings, heading.REGISTER)) if headings else 0


def _layout(sheet: Sheet, headings: Headings) -> Layout:
    words = [folded(text) for text in headings.texts]
    if not any(words):
        return Layout(sheet, headings, None)
    canonical = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    return Layout(sheet, headings, hashlib.sha256(canonical).hexdigest())


def _unit(headings: Headings, columns: Map[str, str]) -> Unit:
    column = columns.get("claim") or columns.get("total")
    words = headings.texts[index_of(column)].casefold() if column else ""
    return "kopecks" if "коп" in words and "руб" not in words else "rubles"
