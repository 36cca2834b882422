"""What the server tells of itself at /metrics: how late its event loop runs, how many views it has built."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from load.http import HttpLine, Place, Refusal

LAG = "kvorum_loop_lag_seconds_bucket"
BUILDS = "kvorum_view_builds_total"
LINE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>[^}]*)\})?\s+(?P<value>\S+)")
BOUND = re.compile(r'le="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Metrics:
    """Sums over all labels. `lag` counts samples at or below each bound in seconds; None where a server has no such metric."""

    lag: Mapping[float, float] = field(default_factory=dict)
    view_builds: int | None = None


async def read_metrics(place: Place) -> Metrics:
    """Of a server without metrics, or one that keeps them to itself: nothing."""
    line = HttpLine(place)
    try:
        answer = await line.send("GET", "/metrics", None, {})
    except (Refusal, OSError):
        return Metrics()
    finally:
        line.close()
    return parsed(answer.body.decode("utf-8", "replace"))


def parsed(text: str) -> Metrics:
    lag: defaultdict[float, float] = defaultdict(float)
    builds = None
    for line in map(LINE.match, text.splitlines()):
        if line is not None and line["name"] == BUILDS:
            builds = (builds or 0) + int(float(line["value"]))
        elif line is not None and line["name"] == LAG and (bound := BOUND.search(line["labels"] or "")):
            lag[float(bound[1])] += float(line["value"])
    return Metrics(lag, builds)


def lag_ms(before: Metrics, after: Metrics, percent: int = 99) -> float | None:
    """The bound of the bucket that holds this percentile of the samples in between; the finite bound if it is the last."""
    is_same = all(count >= before.lag.get(bound, 0) for bound, count in after.lag.items())
    since = before.lag if is_same else {}  # a server that was started anew counts from zero
    samples = {bound: count - since.get(bound, 0) for bound, count in sorted(after.lag.items())}
    total = max(samples.values(), default=0)
    if not total:
        return None
    bound = next(bound for bound, count in samples.items() if count >= total * percent / 100)
    finite = [bound for bound in samples if bound != float("inf")]
    return 1000 * (bound if bound in finite else max(finite, default=0.0))


def builds_between(before: Metrics, after: Metrics) -> int | None:
    if after.view_builds is None:
        return None
    builds = after.view_builds - (before.view_builds or 0)
    return builds if builds >= 0 else after.view_builds
