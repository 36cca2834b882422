"""`documents`: ballots to PDF by the product's renderer, beside the same without what it keeps (fonts, layout), in turn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from load.bench.figures import ratios
from load.bench.turns import PRODUCT, Pair, Plan, runs

PAIR = Pair("app.documents", baseline="cold", share=10, within_s=600)


@dataclass(frozen=True, slots=True)
class Round:
    """CPU is that of the whole process, its start included."""

    contender: str
    count: int
    wall_s: float
    cpu_s: float
    peak_kib: int


def measure(plan: Plan, say: Callable[[str], None]) -> list[Round]:
    return [
        Round(run.contender, run.count, run.said["wall_s"], run.said["cpu_s"], run.said["peak_kib"])
        for run in runs(PAIR, plan, say)
    ]


def by_ballot(rounds: list[dict[str, Any]], contender: str, key: str) -> list[float]:
    """Milliseconds of a ballot, round by round."""
    return [1000 * each[key] / each["count"] for each in rounds if each["contender"] == contender]


def cpu_ratios(rounds: list[dict[str, Any]]) -> list[float]:
    """CPU of a ballot: the product's against the baseline's of the same round; below one it is cheaper."""
    return ratios(by_ballot(rounds, PRODUCT, "cpu_s"), by_ballot(rounds, PAIR.baseline, "cpu_s"))
