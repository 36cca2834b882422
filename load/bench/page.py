"""`page`: docs/reference/performance.md and its plot from recorded JSON; `record`: measure everything for it first."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from load.bench.children import ChildFault, python, run
from load.bench.machine import in_words, machine
from load.bench.plot import Points, svg
from load.bench.tables import Grid, by_contender, column, grids, scenario_grid
from load.bench.targets import SCENARIOS, Reached, Results, median, reached

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
RECORDED = REFERENCE / "performance"
NOTES = "notes.md"
SIZES = (100, 300, 1000, 3000)
WITH_WORKERS = ("--workers", "2", "--stalled", "1")
EVERYTHING: dict[str, Sequence[str]] = {
    **{
        f"fanout-{size}": python(
            "load.bench", "fanout", "--n", str(size), *(WITH_WORKERS if size == 1000 else ())
        )
        for size in SIZES
    },
    "votes": python("load.bench", "votes"),
    "signatures": python("load.bench", "signatures"),
    "documents": python("load.bench", "documents"),
    "sealing": python("load.bench", "sealing"),
    "resume": python("load.bench", "resume", "--workers", "2"),
    "load-embedded": python("app.cli", "load", "--embedded", "--participants", "1000", "--burst", "1"),
    "load-burst": python("app.cli", "load", "--embedded", "--participants", "1000", "--burst", "0.1"),
    "load-workers": python("load.bench", "meeting", "--workers", "2"),
}
"""By the name of the record: the command that measures it."""

METHOD = """\
# Performance

Made by `python -m load.bench page` from `performance/*.json`; what it means is told by hand in `performance/notes.md`.
`python -m load.bench record` measures everything again on this machine (forty minutes and more, nothing else may run; needs
`pip install "picows>=2.3,<3"`, PostgreSQL and Redis) and makes the page; `record NAME…` measures only what is named. Each
section names the machine, its load average and the date of its own record. What a killed worker costs: `fault-record.md`.

**Method.** Every server is a process of its own. A server of one process (the product on SQLite or PostgreSQL, each peer) is
pinned to one core; several workers, PostgreSQL and Redis are not pinned, so «2 workers» may use both cores, and shares one with
the load client: its ratio to one process compares CPU of unlike conditions. In the meetings
(`load-…`) nothing is pinned. Elsewhere the load client is one thread on the other core,
with an epoll set and frames counted by hand, for it must cost less than what it measures. Contenders take turns within each
round; a ratio is taken within a round, and its median over the rounds is shown. A figure is the median [least–most] of
the rounds; a 99th percentile of events is taken over the events of all rounds. CPU is what the scheduler gave to all threads
and children of a server, less its rate when idle; that of PostgreSQL and Redis is not in it. Absolute figures move with the
machine; ratios move less. The product runs as its users start it: a commit to the log, folded state, views by role, the flush,
sockets. The peers only write the same number of bytes to the same number of sockets.

**The event of `fanout`** is the organizer's prolongation of a running voting, which changes the one key `voting/…` for
everybody and is urgent, so that none waits for the ten flushes a second; events are 150 ms apart. Time runs from the read of the
organizer's answer (or the first delivery, if that is earlier) to the read of the last delivery. «delivery alone» is CPU
less what the same event costs while only the organizer is connected: the command, the commit, the organizer's own view.

**A storm of `resume`** named «killed»: one of the workers gets SIGKILL; its clients come back at once, the organizer too if he
was there, and changes something; over when every client, also of the other workers, has that on his screen.

**A receipt of `votes`** is timed from the moment when the vote was due, whenever the client came to send it; «sent within»
tells what the client made of the window.
"""


def record(names: Sequence[str], say: Callable[[str], None], folder: Path = RECORDED) -> list[str]:
    """Each measurement is a run of its own, so that one begins as cold as the other. Those that failed."""
    folder.mkdir(parents=True, exist_ok=True)
    return [name for name in names or EVERYTHING if not _recorded(name, say, folder)]


def _recorded(name: str, say: Callable[[str], None], folder: Path) -> bool:
    """An older record is deleted first, so that it never passes for this one."""
    say(f"== {name}")
    path, about = folder / f"{name}.json", machine()
    path.unlink(missing_ok=True)
    try:
        code = run((*EVERYTHING[name], "--json", str(path)))
    except ChildFault as fault:
        say(f"{name}: {fault}")
        path.unlink(missing_ok=True)
        return False
    if path.exists():
        result = {"machine": about, **json.loads(path.read_text("utf-8"))}
        path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return code == 0 and path.exists()


def write(folder: Path = RECORDED, out: Path = REFERENCE) -> None:
    results = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    notes = folder / NOTES
    words = notes.read_text("utf-8") if notes.exists() else ""
    (out / "performance.md").write_text(page(results, words), "utf-8")
    lines = fanout_lines(results)
    if lines:
        plot = svg("CPU of a delivery", "listeners", "microseconds", lines)
        (out / "performance.svg").write_text(plot, "utf-8")
    else:
        (out / "performance.svg").unlink(missing_ok=True)


def page(results: Results, notes: str) -> str:
    return "\n".join(_lines(results, notes)) + "\n"


def _lines(results: Results, notes: str) -> Iterator[str]:
    yield METHOD
    missing = [name for name in EVERYTHING if name not in results]
    if missing:
        yield from (f"**Not measured:** {', '.join(missing)}.", "")
    yield from ("## Targets and what was reached", "", *_table(_targets(reached(results))), "")
    yield from (notes.strip(), "")
    if fanout_lines(results):
        yield from ("## Fan-out", "", "![CPU of a delivery by the number of listeners](performance.svg)", "")
    for name in (name for name in EVERYTHING if name in results):
        yield from _section(name, results[name])


def _section(name: str, result: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"## {name}", "")
    yield from (in_words(result["machine"]) if "machine" in result else "Machine and date: not recorded.", "")
    if name in SCENARIOS:
        yield from (*_table(scenario_grid(result)), "")
        return
    for grid in grids(result):
        yield from (f"### {grid.title}", "", *_table(grid), "")


def _targets(found: Iterator[Reached]) -> Grid:
    rows = tuple(
        (each.what, f"≤ {each.limit:g} {each.unit}".strip(), _value(each), each.verdict) for each in found
    )
    return Grid("targets", ("what", "target", "measured", ""), rows)


def _value(each: Reached) -> str:
    if each.value is None:
        return "–"
    digits = 0 if abs(each.value) >= 100 else 2
    return f"{round(each.value, digits):g} {each.unit}".strip()


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
