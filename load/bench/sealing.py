"""`sealing`: a ballot of a closed voting locked and opened by the product, beside RSA-OAEP with AES-GCM, in turn."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from load.bench.children import ChildFault, python

WITHIN_S = 300.0
PLAIN_SHARE = 4
"""The baseline locks a quarter of the ballots: its cost is a ballot's, not a crowd's."""


@dataclass(frozen=True, slots=True)
class Plan:
    n: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Round:
    """A run of one contender in a process of its own; CPU of one ballot, without the start of the process."""

    contender: str
    count: int
    seal_ms: float
    open_ms: float
    cpu_ms: float
    kib: float


def measure(plan: Plan, say: Callable[[str], None]) -> list[Round]:
    """Contenders take turns, so that a busy neighbour slows both of a round."""
    rounds: list[Round] = []
    for number in range(1, plan.rounds + 1):
        say(f"round {number} of {plan.rounds}")
        rounds.append(_run("product", plan.n))
        rounds.append(_run("plain", max(1, plan.n // PLAIN_SHARE), "--plain"))
    return rounds


def _run(contender: str, count: int, *options: str) -> Round:
    command = python("app.kernel.sealed_speed", str(count), *options)
    try:
        done = subprocess.run(command, capture_output=True, timeout=WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise ChildFault(f"{contender} took longer than {WITHIN_S:g} s") from None
    if done.returncode:
        raise ChildFault(f"{contender} ended with code {done.returncode}")
    said = json.loads(done.stdout)
    seal_ms, open_ms = (1000 * said[part] / count for part in ("seal_s", "open_s"))
    return Round(contender, count, seal_ms, open_ms, seal_ms + open_ms, said["bytes"] / count / 1024)
