"""Big registers by a formula, so that a golden case of a thousand creditors is a few numbers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tally.attendance import Attendance
from tally.ballots import Ballot
from tally.errors import TallyError
from tally.money import is_whole
from tally.question import Question
from tally.register import RegisterLine
from tally.rules import FOR_AGAINST
from tally.shape import list_at, object_at

NUMBERS = ("n", "mod", "pen_div", "per_rep")
FACTORS = ("mul", "add")
LARGEST = 100_000
PERIODS = ("secured_every", "repaid_every", "absent_every", "missing_every", "spoil_every")


@dataclass(frozen=True, slots=True)
class Generator:
    """Creditor i of 1…n: `C0001`, with a claim of ((i·mul + add) mod mod) roubles and some kopecks.

    A period "every k" holds for i divisible by k; several periods mean divisible by any of them.
    """

    n: int
    mul: int
    add: int
    mod: int
    pen_div: int
    per_rep: int
    pattern: tuple[str, ...]
    periods: Mapping[str, tuple[int, ...]]

    def claim_kopecks(self, i: int) -> int:
        return (i * self.mul + self.add) % self.mod * 100 + i % 100 + 1

    def is_every(self, period: str, i: int) -> bool:
        return any(i % every == 0 for every in self.periods[period])

    def register(self) -> tuple[RegisterLine, ...]:
        return tuple(self._line(i) for i in range(1, self.n + 1))

    def attendance(self) -> tuple[Attendance, ...]:
        """Those who are not absent, `per_rep` creditors of the register to a representative."""
        here = (i for i in range(1, self.n + 1) if not self.is_every("absent_every", i))
        groups = groupby(here, key=lambda i: (i - 1) // self.per_rep + 1)
        return tuple(Attendance(f"P{rep:04d}", tuple(map(_creditor, group))) for rep, group in groups)

    def ballots(self, question: Question) -> tuple[Ballot, ...]:
        voters = (
            i
            for i in range(1, self.n + 1)
            if not self.is_every("absent_every", i) and not self.is_every("missing_every", i)
        )
        spoiled = (question.options or FOR_AGAINST)[:2]
        return tuple(
            Ballot(
                _creditor(i),
                spoiled if self.is_every("spoil_every", i) else (self.pattern[i % len(self.pattern)],),
            )
            for i in voters
        )

    def _line(self, i: int) -> RegisterLine:
        claim = self.claim_kopecks(i)
        secured = claim if self.is_every("secured_every", i) else 0
        repaid = claim // 2 if self.is_every("repaid_every", i) and not secured else 0
        return RegisterLine(_creditor(i), claim, secured, claim // self.pen_div, repaid)


def read_generator(value: Any, where: str) -> Generator:
    """A generator from parsed JSON. Raises `malformed`."""
    given = object_at(value, where)
    numbers = {name: _number(given.get(name), f"{where}.{name}") for name in NUMBERS}
    factors = {name: _number(given.get(name), f"{where}.{name}", least=0) for name in FACTORS}
    if numbers["n"] > LARGEST:
        raise TallyError("malformed", f"{where}.n is above {LARGEST}")
    periods = {name: _periods(given[name], f"{where}.{name}") if name in given else () for name in PERIODS}
    pattern = list_at(given.get("pattern"), f"{where}.pattern")
    if not pattern or not all(isinstance(mark, str) for mark in pattern):
        raise TallyError("malformed", f"{where}.pattern has no marks")
    return Generator(pattern=tuple(pattern), periods=periods, **numbers, **factors)


def checksum(register: tuple[RegisterLine, ...]) -> dict[str, Any]:
    """What `generator_check` of a case says about the register that was generated."""
    text = "\n".join(
        f"{line.id};{line.claim_kopecks};{line.secured_kopecks};{line.penalties_kopecks};{line.repaid_kopecks}"
        for line in register
    )
    return {
        "creditors": len(register),
        "claims_sum_kopecks": sum(line.claim_kopecks for line in register),
        "register_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def _creditor(i: int) -> str:
    return f"C{i:04d}"


def _periods(value: Any, where: str) -> tuple[int, ...]:
    return tuple(_number(every, where) for every in (value if isinstance(value, list) else [value]))


def _number(value: Any, where: str, least: int = 1) -> int:
    if not is_whole(value) or value < least:
        raise TallyError("malformed", f"{where} is not a whole number of {least} or more")
    return value
