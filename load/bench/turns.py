"""The product and a baseline in turn, each run a process of its own: what `documents` and `sealing` have in common."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from load.bench.children import ChildFault, python

PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Plan:
    n: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Pair:
    """`python -m PROGRAM COUNT` runs the product, the same with `--BASELINE` the baseline; either prints JSON."""

    program: str
    baseline: str
    share: int
    """The baseline has so many times fewer ballots: its cost is a ballot's, not a crowd's."""
    within_s: float


@dataclass(frozen=True, slots=True)
class Run:
    contender: str
    count: int
    said: dict[str, Any]


def runs(pair: Pair, plan: Plan, say: Callable[[str], None]) -> Iterator[Run]:
    """Contenders take turns, so that a busy neighbour slows both of a round."""
    for number in range(1, plan.rounds + 1):
        say(f"round {number} of {plan.rounds}")
        yield _run(pair, PRODUCT, plan.n)
        yield _run(pair, pair.baseline, max(1, plan.n // pair.share), f"--{pair.baseline}")


def _run(pair: Pair, contender: str, count: int, *options: str) -> Run:
    command = python(pair.program, str(count), *options)
    try:
        done = subprocess.run(command, capture_output=True, timeout=pair.within_s, check=False)
    except subprocess.TimeoutExpired:
        raise ChildFault(f"{contender} took longer than {pair.within_s:g} s") from None
    if done.returncode:
        raise ChildFault(f"{contender} ended with code {done.returncode}")
    return Run(contender, count, json.loads(done.stdout))
