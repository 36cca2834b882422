"""The fault record: outcomes as lines under var/, so that an interrupted run goes on, and the page made from them."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Self

from tests.faults.programs import ROOT
from tests.faults.trial import Kind, Outcome

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
    """The newest line of a kind and a seed counts; without a path nothing is kept. To begin anew, delete the file.

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
        row = self.rows().get((kind, seed)) if self.is_resumed else None
        return row is not None and not row["wrong"]

    def add(self, outcome: Outcome) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        row = {**asdict(outcome), "date": f"{datetime.now(UTC):%Y-%m-%d}", "commit": commit()}
        with self.path.open("a") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def rows(self) -> dict[tuple[str, int], Row]:
        if self.path is None or not self.path.exists():
            return {}
        lines = map(json.loads, self.path.read_text().splitlines())
        return {(row["kind"], row["seed"]): row for row in lines}


def commit() -> str:
    """The short name of what was run; `+` when files differ from it."""
    asked = ["git", "describe", "--always", "--dirty=+", "--abbrev=10"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def page(kinds: Sequence[Kind], rows: Iterable[Row]) -> str:
    """The whole page in Markdown; what was not run says so."""
    every = list(rows)
    of_kind = {kind.name: [row for row in every if row["kind"] == kind.name] for kind in kinds}
    lines = [_line(kind, of_kind[kind.name]) for kind in kinds]
    return "\n".join([*_introduction(kinds, of_kind), *HEADINGS, *lines, ""])


HEADINGS = (
    "| kind | what happens | stand | seeds run | acknowledged votes | lost | doubled | gaps "
    "| served again, p50 / max, s | notes |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


def _introduction(kinds: Sequence[Kind], of_kind: Mapping[str, list[Row]]) -> list[str]:
    rows = [row for each in of_kind.values() for row in each]
    run = sum(bool(each) for each in of_kind.values())
    dates = sorted({row["date"] for row in rows}) or ["never"]
    commits = ", ".join(sorted({row["commit"] for row in rows}))
    total = {name: sum(row[name] for row in rows) for name in ("acknowledged", "lost", "doubled", "gaps")}
    return [
        "# Fault record",
        "",
        "Made by `python3 dev.py test --long` from what was run, never by hand.",
        "",
        f"- Version {version('kvorum')}, {dates[0]}" + (f" to {dates[-1]}" if len(dates) > 1 else ""),
        f"- Commits: {commits}",
        f"- {run} kinds of {len(kinds)} run, {len(rows)} trials: {total['acknowledged']} acknowledged votes, "
        f"{total['lost']} lost, {total['doubled']} doubled, {total['gaps']} gaps",
        "",
        "A trial is a meeting of its own: 40 creditors come, register and vote on two questions (one open, one closed),",
        "some of them losing the network while they vote. The fault begins at a seeded moment of the first burst of votes.",
        "The servers are real processes, every link goes through a relay of ours. Judges: the checker of the load harness",
        "(lost, changed, doubled, phantom ballots, gaps, stale screens, sums, forged receipts), the number of live ballots",
        "in the database, the verification of the log. «Served again»: from the end of the fault (where one of three",
        "workers ends, from its end) until four clients that have nothing else to do each got a command answered by the log.",
        "Lost clients come back after up to 0.5 s, doubling with every failure up to 4 s; browsers wait up to 2 and 30 s.",
        "Clients and servers share one machine.",
        "",
        "One trial again: `KVORUM_LONG=1 KVORUM_FAULT_SEED=3 pytest tests/faults -k worker-killed`.",
        "",
    ]


def _line(kind: Kind, rows: list[Row]) -> str:
    begin = f"| `{kind.name}` | {kind.what} | {STANDS[kind.layout.name]} "
    if not rows:
        return begin + f"| 0 | | | | | | not run{_why(kind)} |"
    counts = [sum(row[name] for row in rows) for name in ("acknowledged", "lost", "doubled", "gaps")]
    cells = [str(len(rows)), *map(str, counts), _recovery(rows), _notes(rows)]
    return begin + "| " + " | ".join(cells) + " |"


def _why(kind: Kind) -> str:
    missing = kind.layout.missing()
    return f": needs {missing}" if missing else ""


def _recovery(rows: list[Row]) -> str:
    seconds = [each for row in rows for each in row["recovered_s"]]
    return f"{median(seconds):.1f} / {max(seconds):.1f}" if seconds else ""


def _notes(rows: list[Row]) -> str:
    """Failures first, each with its seed; of the other notes every one once."""
    failures = [f"**seed {row['seed']}: {'; '.join(row['wrong'])[:300]}**" for row in rows if row["wrong"]]
    notes = dict.fromkeys(note for row in rows for note in row["notes"])
    return "; ".join([*failures, *list(notes)[:2]]).replace("|", "/").replace("\n", " ")
