"""The fault record: outcomes as lines under var/, so that an interrupted run goes on, and the page made from them."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from load.figures import percentile
from tests.faults.programs import ROOT
from tests.faults.trial import BOUND_S, Kind, Outcome

LINES = ROOT / "var/faults.jsonl"
PAGE = ROOT / "docs/reference/fault-record.md"
STANDS = {
    "sqlite": "one process, SQLite",
    "cluster": "3 workers, PostgreSQL, Redis",
    "family": "`serve --workers 3`, PostgreSQL, Redis",
}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """The newest line of a kind and a seed counts, and an earlier failure of it is told until the file is begun anew.

    To begin anew, delete the file; without a path nothing is kept.
    Where it `is_resumed`, what was good is not tried again; a seed that is asked for is.
    """

    path: Path | None
    is_resumed: bool = True

    @classmethod
    def of_this_machine(cls) -> Self:
        """Kept only in the long run."""
        is_long = os.environ.get("KVORUM_LONG") == "1"
        return cls(LINES if is_long else None, is_resumed=not os.environ.get("KVORUM_FAULT_SEED"))

    def has_good(self, kind: str, seed: int) -> bool:
        row = newest(self.lines()).get((kind, seed)) if self.is_resumed else None
        return row is not None and not row["wrong"]

    def add(self, outcome: Outcome) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        row = {**asdict(outcome), "date": f"{datetime.now(UTC):%Y-%m-%d}", "commit": commit()}
        with self.path.open("a") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def lines(self) -> list[Row]:
        """Every trial in the order of running."""
        if self.path is None or not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text().splitlines()]


def newest(lines: Iterable[Row]) -> dict[tuple[str, int], Row]:
    return {(row["kind"], row["seed"]): row for row in lines}


def outlived(lines: Iterable[Row]) -> list[Row]:
    """Failures whose seed was tried again later."""
    every = list(lines)
    last = newest(every)
    return [row for row in every if row["wrong"] and row is not last[row["kind"], row["seed"]]]


def commit() -> str:
    """The short name of what was run; `+` when files differ from it."""
    asked = ["git", "describe", "--always", "--dirty=+", "--abbrev=10"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def page(kinds: Sequence[Kind], lines: Iterable[Row]) -> str:
    """The whole page in Markdown; what was not run says so."""
    every = list(lines)
    of_kind = {kind.name: [row for row in every if row["kind"] == kind.name] for kind in kinds}
    told = [_line(kind, of_kind[kind.name]) for kind in kinds]
    return "\n".join([*_introduction(kinds, of_kind), *HEADINGS, *told, ""])


HEADINGS = (
    "| kind | what happens | stand | commits | seeds run | acknowledged votes | lost | doubled | gaps "
    "| served again, p50 / max, s | notes |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
)


def _introduction(kinds: Sequence[Kind], of_kind: Mapping[str, list[Row]]) -> list[str]:
    lines = [row for each in of_kind.values() for row in each]
    rows, before = list(newest(lines).values()), outlived(lines)
    run = sum(bool(each) for each in of_kind.values())
    dates = sorted({row["date"] for row in rows}) or ["never"]
    total = {name: sum(row[name] for row in rows) for name in ("acknowledged", "lost", "doubled", "gaps")}
    return [
        "# Fault record",
        "",
        "Made by `python3 dev.py test --long` from what was run, never by hand.",
        "",
        f"- Version {version('kvorum')}, {dates[0]}" + (f" to {dates[-1]}" if len(dates) > 1 else ""),
        f"- Commits: {_commits(rows)}",
        f"- {run} kinds of {len(kinds)} run, {len(rows)} trials: {total['acknowledged']} acknowledged votes, "
        f"{total['lost']} lost, {total['doubled']} doubled, {total['gaps']} gaps",
        f"- Failures of trials that were tried again later, not summed above: {len(before)}",
        f"- Served again: {_recovery(rows) or 'not measured'}",
        "",
        "A trial is a meeting of its own: 40 creditors come, register and vote on two questions (one open, one closed),",
        "some of them losing the network while they vote. The fault begins at a seeded moment of the first burst of votes.",
        "The servers are real processes, every link goes through a relay of ours. Judges: the checker of the load harness",
        "(lost, changed, doubled, phantom ballots, gaps, stale screens, sums, forged receipts), the number of live ballots",
        "in the database, the verification of the log. «Served again»: from the end of the fault (where one of three",
        "workers ends, from its end) until four clients that have nothing else to do each got a command refused by the log;",
        f"more than {BOUND_S:.0f} s is a failure, as are fewer than two votings, a ballot that was not cast, a gap on a probe.",
        "Lost clients come back after up to 0.5 s, doubling with every failure up to 4 s; browsers wait up to 2 and 30 s.",
        "Clients and servers share one machine.",
        "",
        "One trial again: `KVORUM_LONG=1 KVORUM_FAULT_SEED=3 pytest tests/faults -k worker-killed`.",
        "",
    ]


def _line(kind: Kind, lines: list[Row]) -> str:
    begin = f"| `{kind.name}` | {kind.what} | {STANDS[kind.layout.name]} "
    if not lines:
        return begin + f"| | 0 | | | | | | not run{_why(kind)} |"
    rows = list(newest(lines).values())
    counts = [sum(row[name] for row in rows) for name in ("acknowledged", "lost", "doubled", "gaps")]
    seconds = _seconds(rows)
    recovery = f"{percentile(seconds, 50):.1f} / {max(seconds):.1f}" if seconds else ""
    cells = [_commits(rows), str(len(rows)), *map(str, counts), recovery, _notes(rows, outlived(lines))]
    return begin + "| " + " | ".join(cells) + " |"


def _why(kind: Kind) -> str:
    missing = kind.layout.missing()
    return f": needs {missing}" if missing else ""


def _commits(rows: list[Row]) -> str:
    return ", ".join(sorted({row["commit"] for row in rows}))


def _recovery(rows: list[Row]) -> str:
    seconds = _seconds(rows)
    if not seconds:
        return ""
    p50, p99 = percentile(seconds, 50), percentile(seconds, 99)
    return f"p50 {p50:.1f} s, p99 {p99:.1f} s, max {max(seconds):.1f} s of {len(seconds)} answers to probes"


def _seconds(rows: list[Row]) -> list[float]:
    return [each for row in rows for each in row["recovered_s"]]


def _notes(rows: list[Row], before: list[Row]) -> str:
    """Failures first, each with its seed; of the other notes every one once."""
    failures = [f"**seed {row['seed']}: {'; '.join(row['wrong'])[:300]}**" for row in rows if row["wrong"]]
    failures += [
        f"**failed earlier, seed {row['seed']} at {row['commit']}: {'; '.join(row['wrong'])[:200]}**"
        for row in before
    ]
    notes = dict.fromkeys(note for row in rows for note in row["notes"])
    told = "; ".join([*failures, *list(notes)[:2]])
    return " ".join(told.replace("|", "/").split())
