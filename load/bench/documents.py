"""`documents`: ballots to PDF by the product's renderer, beside the same without what it keeps (fonts, layout), in turn."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from load.bench.children import ChildFault, python
from load.bench.figures import ratios

WITHIN_S = 600.0
COLD_SHARE = 10
"""The baseline renders a tenth of the ballots: its cost is a ballot's, not a crowd's."""


@dataclass(frozen=True, slots=True)
class Plan:
    n: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Round:
    """A run of one contender in a process of its own; CPU is that process's, its start included."""

    contender: str
    count: int
    wall_s: float
    cpu_s: float
    peak_kib: int


def measure(plan: Plan, say: Callable[[str], None]) -> list[Round]:
    """Contenders take turns, so that a busy neighbour slows both of a round."""
    rounds: list[Round] = []
    for number in range(1, plan.rounds + 1):
        say(f"round {number} of {plan.rounds}")
        rounds.append(_run("product", plan.n))
        rounds.append(_run("cold", max(1, plan.n // COLD_SHARE), "--cold"))
    return rounds


def _run(contender: str, count: int, *options: str) -> Round:
    command = python("app.documents", str(count), *options)
    try:
        done = subprocess.run(command, capture_output=True, timeout=WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise ChildFault(f"{contender} took longer than {WITHIN_S:g} s") from None
    if done.returncode:
        raise ChildFault(f"{contender} ended with code {done.returncode}")
    said = json.loads(done.stdout)
    return Round(contender, count, said["wall_s"], said["cpu_s"], said["peak_kib"])


def by_ballot(rounds: list[dict[str, Any]], contender: str, key: str) -> list[float]:
    """Milliseconds of a ballot, round by round."""
    return [1000 * each[key] / each["count"] for each in rounds if each["contender"] == contender]


def cpu_ratios(rounds: list[dict[str, Any]]) -> list[float]:
    """CPU of a ballot: the product's against the baseline's of the same round; below one it is cheaper."""
    return ratios(by_ballot(rounds, "product", "cpu_s"), by_ballot(rounds, "cold", "cpu_s"))
