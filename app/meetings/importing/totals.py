"""Totals as people write them: «Итого» must equal the rows since the last total, or all rows so far."""

from collections.abc import Iterable
from collections.abc import Mapping as Map

from app.meetings.importing.money import rubles
from app.meetings.importing.report import Faults
from app.meetings.importing.sheet import Row, letter


class Totals:
    """Running sums of the sum columns."""

    def __init__(self, columns: Map[str, int], faults: Faults) -> None:
        self._columns = columns
        self._faults = faults
        self._all: dict[str, int] = {}
        self._since: dict[str, int] = {}
        self._spoiled: set[str] = set()

    def add(self, sums: Map[str, int]) -> None:
        for field, kopecks in sums.items():
            self._all[field] = self._all.get(field, 0) + kopecks
            self._since[field] = self._since.get(field, 0) + kopecks

    def spoil(self, fields: Iterable[str]) -> None:
        """A sum of these could not be read: their totals would only repeat that fault."""
        self._spoiled.update(fields)

    def check(self, row: Row, stated: Map[str, int]) -> None:
        """A total that equals neither sum is a fault; an empty place in it says nothing."""
        for field, kopecks in stated.items():
            index = self._columns[field]
            expected = (self._since.get(field, 0), self._all.get(field, 0))
            if field not in self._spoiled and row.at(index).kind != "empty" and kopecks not in expected:
                self._faults.stop(
                    "wrong_total",
                    row=row.number,
                    column=letter(index),
                    stated=rubles(kopecks),
                    counted=rubles(expected[1]),
                )
        self._since.clear()
