"""The minutes as a reader with eyes only has them: of each voting the totals and the table by name, out of the printed page."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

TOTALS_COLUMNS = 4
BALLOTS_COLUMNS = 5
SIGNED_COLUMNS, SERIAL = 4, "Сертификат"
NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class Minuted:
    """One voting. `totals` are (option in words, kopecks), `ballots` (creditor's name, mark in words), `signed` (name,
    serial number of the certificate), in printed order.
    """

    totals: list[tuple[str, int]] = field(default_factory=list)
    ballots: list[tuple[str, str]] = field(default_factory=list)
    signed: list[tuple[str, str]] = field(default_factory=list)


def read_minutes(html: str) -> dict[int, Minuted]:
    """By number of the voting."""
    reader = _Reader()
    reader.feed(html)
    return reader.votings


def kopecks(rubles: str) -> int:
    """«1 001,01» is 100101."""
    return int("".join(filter(str.isdigit, rubles)))


class _Reader(HTMLParser):
    """A voting begins with a heading of the fourth level; the first table of either width is the one that is meant."""

    def __init__(self) -> None:
        super().__init__()
        self.votings: dict[int, Minuted] = {}
        self._voting: Minuted | None = None
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._is_reading = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("h4", "th", "td"):
            self._cells.append("")
            self._is_reading = True
        elif tag in ("h2", "h3"):
            self._voting = None
        elif tag == "table":
            self._rows = []
        elif tag == "tr":
            self._cells = []

    def handle_data(self, data: str) -> None:
        if self._is_reading:
            self._cells[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h4", "th", "td"):
            self._is_reading = False
        if tag == "h4" and (number := NUMBER.search(self._cells.pop())):
            self._voting = self.votings.setdefault(int(number[0]), Minuted())
        elif tag == "tr":
            self._rows.append(self._cells)
        elif tag == "table" and self._voting is not None:
            self._keep(self._voting)

    def _keep(self, voting: Minuted) -> None:
        """The exact share below the totals is a fraction and no sum."""
        heads, *rows = self._rows
        if len(heads) == BALLOTS_COLUMNS and not voting.ballots:
            voting.ballots = [(row[0], row[2]) for row in rows]
        elif len(heads) == SIGNED_COLUMNS and heads[1] == SERIAL:
            voting.signed = [(row[0], row[1]) for row in rows]
        elif len(heads) == TOTALS_COLUMNS and not voting.totals:
            voting.totals = [(row[0], kopecks(row[1])) for row in rows if "/" not in row[1] and row[3]]
