"""`page`: docs/reference/performance.md and its plot from recorded JSON; `record`: measure everything for it first."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from load.bench.children import python, run
from load.bench.machine import in_words
from load.bench.plot import Points, svg
from load.bench.tables import Grid, by_contender, column, grids
from load.bench.targets import SCENARIO, Reached, Results, median, reached

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
RECORDED = REFERENCE / "performance"
NOTES = "notes.md"
SIZES = (100, 300, 1000, 3000)
EVERYTHING: Mapping[str, Sequence[str]] = {
    **{
        f"fanout-{size}": (
            "fanout",
            "--n",
            str(size),
            *(("--workers", "2", "--stalled", "1") if size == 1000 else ()),
        )
        for size in SIZES
    },
    "votes": ("votes",),
    "resume": ("resume", "--workers", "2"),
}

METHOD = """\
# Performance

Made by `python -m load.bench page` from `performance/*.json`; what it means is told by hand in `performance/notes.md`.
`python -m load.bench record` measures everything again on this machine (forty minutes, nothing else may run; needs
`pip install "picows>=2.3,<3"`, PostgreSQL and Redis) and makes the page. What a killed worker costs: `fault-record.md`.

**Machine.** {machine}

**Method.** Every server is a process of its own, pinned to one core; the load client is one thread on the other core, with
an epoll set and frames counted by hand, for it must cost less than what it measures. Contenders take turns within each
round; a ratio is taken within a round, and its median over the rounds is shown. A figure is the median [least–most] of
the rounds. CPU is what the scheduler gave to all threads of a server, less its rate when idle. Absolute figures move with
the machine; ratios move less. The product runs as its users start it: a commit to the log, folded state, views by role, the
flush, sockets. The peers only write the same number of bytes to the same number of sockets.

**The event of `fanout`** is the organizer's prolongation of a running voting, which changes the one key `voting/…` for
everybody; events are 150 ms apart, so that none waits for the ten flushes a second. Time runs from the read of the
organizer's answer (or the first delivery, if that is earlier) to the read of the last delivery. «delivery alone» is CPU
less what the same event costs while only the organizer is connected: the command, the commit, the organizer's own view.
"""


def record(say: Callable[[str], None], folder: Path = RECORDED) -> None:
    """Each measurement is a run of its own, so that one begins as cold as the other."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, arguments in EVERYTHING.items():
        say(f"== {name}")
        run(python("load.bench", *arguments, "--json", str(folder / f"{name}.json")))
    say(f"== {SCENARIO}")
    scenario = ("load", "--embedded", "--participants", "1000", "--json", str(folder / f"{SCENARIO}.json"))
    run(python("app.cli", *scenario))


def write(folder: Path = RECORDED, out: Path = REFERENCE) -> None:
    results = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    notes = folder / NOTES
    words = notes.read_text("utf-8") if notes.exists() else ""
    (out / "performance.md").write_text(page(results, words), "utf-8")
    lines = fanout_lines(results)
    if lines:
        plot = svg("CPU of a delivery", "listeners", "microseconds", lines)
        (out / "performance.svg").write_text(plot, "utf-8")


def page(results: Results, notes: str) -> str:
    return "\n".join(_lines(results, notes)) + "\n"


def _lines(results: Results, notes: str) -> Iterator[str]:
    machines = [result["machine"] for result in results.values() if "machine" in result]
    yield METHOD.format(machine=in_words(machines[0]) if machines else "Nothing has been recorded yet.")
    yield from (
        "## Targets and what was reached",
        "",
        *_table(_targets(reached(results))),
        "",
        notes.strip(),
        "",
    )
    if fanout_lines(results):
        yield from ("## Fan-out", "", "![CPU of a delivery by the number of listeners](performance.svg)", "")
    for grid in (grid for name in _order(results) for grid in grids(results[name])):
        yield from (f"### {grid.title}", "", *_table(grid), "")


def _order(results: Results) -> list[str]:
    return [name for name in EVERYTHING if name in results]


def _targets(found: Iterator[Reached]) -> Grid:
    rows = tuple(
        (each.what, f"≤ {each.limit:g} {each.unit}".strip(), _value(each), each.verdict) for each in found
    )
    return Grid("targets", ("what", "target", "measured", ""), rows)


def _value(each: Reached) -> str:
    return "–" if each.value is None else f"{each.value:.3g} {each.unit}".strip()


def _table(grid: Grid) -> Iterator[str]:
    yield "| " + " | ".join(grid.headings) + " |"
    yield "|" + "---|" * len(grid.headings)
    for row in grid.rows:
        yield "| " + " | ".join(row) + " |"


def fanout_lines(results: Results) -> dict[str, Points]:
    """CPU of a delivery over the number of listeners, by contender."""
    lines: dict[str, list[tuple[float, float]]] = {}
    measured: list[Mapping[str, Any]] = [
        results[f"fanout-{size}"] for size in SIZES if f"fanout-{size}" in results
    ]
    for result in measured:
        for name, rounds in by_contender(result).items():
            value = median(rounds, "cpu_us_per_delivery")
            if value is not None and min(column(rounds, "cpu_us_per_delivery")) > 0:
                lines.setdefault(name, []).append((result["options"]["listeners"], value))
    return {name: points for name, points in lines.items() if points}
