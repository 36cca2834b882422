"""`sealing`: a ballot of a closed voting locked and opened by the product, beside RSA-OAEP with AES-GCM, in turn."""

from collections.abc import Callable
from dataclasses import dataclass

from load.bench.turns import Pair, Plan, Run, runs

PAIR = Pair("app.kernel.sealed_speed", baseline="plain", share=4, within_s=300)


@dataclass(frozen=True, slots=True)
class Round:
    """CPU of one ballot, without the start of the process."""

    contender: str
    count: int
    seal_ms: float
    open_ms: float
    cpu_ms: float
    kib: float


def measure(plan: Plan, say: Callable[[str], None]) -> list[Round]:
    return [_round(run) for run in runs(PAIR, plan, say)]


def _round(run: Run) -> Round:
    seal_ms, open_ms = (1000 * run.said[part] / run.count for part in ("seal_s", "open_s"))
    kib = run.said["bytes"] / run.count / 1024
    return Round(run.contender, run.count, seal_ms, open_ms, seal_ms + open_ms, kib)
