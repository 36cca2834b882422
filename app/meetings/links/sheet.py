"""The list of access links as CSV that office programs open: UTF-8 with a mark, semicolons, no live formulas."""

import csv
import io

from app.accounts.model import Link
from app.meetings.links.texts import CSV_HEADINGS, ROLES

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_of(links: tuple[Link, ...]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(CSV_HEADINGS)
    for link in links:
        contact = link.seat.contact
        row = (contact.name, ROLES[link.seat.role], contact.email or "", contact.phone or "", link.url)
        writer.writerow([_inert(cell) for cell in row])
    return file.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    """A name that begins like a formula must stay a name in whatever program opens the list."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
