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
PRODUCT = ("app", "realtime", "tally", "requirements.txt")
JUDGES = ("load", "tests/faults", "tests/servers.py", "tests/builders.py")
STANDS = {
    "sqlite": "one process, SQLite",
    "cluster": "3 workers, PostgreSQL, Redis",
    "family": "`serve --workers 3`, PostgreSQL, Redis",
}
SIGNED = ", signed ballots"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Versions:
    """What was tried and who judged it: the last commits that changed the one and the other."""

    product: str
    judges: str

    @classmethod
    def of_this_tree(cls) -> Self:
        return cls(commit(*PRODUCT), commit(*JUDGES))

    @property
    def are_committed(self) -> bool:
        return "+" not in self.product + self.judges

    @classmethod
    def of_row(cls, row: Row) -> Self:
        return cls(str(row.get("product")), str(row.get("judges")))

    def have_made(self, row: Row) -> bool:
        return self.of_row(row) == self


def commit(*paths: str) -> str:
    """The short name of the last one that changed something there; `+` when files differ from it."""
    last = _git("log", "-1", "--format=%h", "--abbrev=10", "--", *paths)
    return last + ("+" if _git("status", "--porcelain", "--", *paths) else "")


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


@dataclass(frozen=True, slots=True)
class Record:
    """Of the lines of one product and its judges the newest of a kind and a seed counts, and an earlier failure of it
    is told; lines of others are kept, but never taken for these: a kind that they tried is tried again.

    Without a path nothing is kept. Where it `is_resumed`, what was good is not tried again; a seed that is asked for is,
    and so is everything while files differ from their commit.
    """

    path: Path | None
    versions: Versions
    is_resumed: bool = True

    @classmethod
    def of_this_machine(cls) -> Self:
        """Kept only in the long run, which needs the history of the code."""
        if os.environ.get("KVORUM_LONG") != "1":
            return cls(None, Versions("", ""))
        return cls(LINES, Versions.of_this_tree(), is_resumed=not os.environ.get("KVORUM_FAULT_SEED"))

    def has_good(self, kind: str, seed: int) -> bool:
        if not (self.is_resumed and self.versions.are_committed):
            return False
        row = newest(filter(self.versions.have_made, self.lines())).get((kind, seed))
        return row is not None and not row["wrong"]

    def add(self, outcome: Outcome) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        told = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}", "load": round(os.getloadavg()[0], 1)}
        with self.path.open("a") as file:
            row = {**asdict(outcome), **told, **asdict(self.versions)}
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


# --- the page ---


def page(kinds: Sequence[Kind], record: Record, lanes: int) -> str:
    """The whole page in Markdown: of each kind the trials of the newest versions that tried it; what was not run says so."""
    every = record.lines()
    of_kind = {kind.name: [row for row in every if row["kind"] == kind.name] for kind in kinds}
    own = {name: newest_versions(rows) for name, rows in of_kind.items()}
    lots = list(dict.fromkeys(Versions.of_row(row) for rows in own.values() for row in rows))
    facts = _facts(kinds, own, lots, len(every) - sum(map(len, own.values())))
    told = [_line(kind, own[kind.name], of_kind[kind.name], lots) for kind in kinds]
    return "\n".join([*TITLE, *facts, *_explanation(lanes), *HEADINGS, *told, ""])


def newest_versions(rows: Sequence[Row]) -> list[Row]:
    """A kind is judged whole: trials of older products or judges do not fill up what the newest have not tried."""
    return [row for row in rows if Versions.of_row(rows[-1]).have_made(row)]


TITLE = ("# Fault record", "", "Made by `python3 dev.py test --long` from what was run, never by hand.", "")
HEADINGS = (
    "| kind | what happens | stand | lot | seeds run | acknowledged votes | lost | doubled | gaps "
    "| served again, p50 / max, s | notes |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
)


def _facts(
    kinds: Sequence[Kind], of_kind: Mapping[str, list[Row]], lots: Sequence[Versions], left_out: int
) -> list[str]:
    lines = [row for each in of_kind.values() for row in each]
    rows, before = list(newest(lines).values()), outlived(lines)
    run = sum(bool(each) for each in of_kind.values())
    total = {name: sum(row[name] for row in rows) for name in ("acknowledged", "lost", "doubled", "gaps")}
    return [
        f"- Version {version('kvorum')}, {_days(rows)}",
        f"- Tried: the product ({_named(PRODUCT)}); by judges: {_named(JUDGES)}. Each kind by the newest commits that",
        "  have tried it, which make a lot:",
        *(_lot(number, lot, rows) for number, lot in enumerate(lots, 1)),
        f"- Trials of other commits or judges, kept apart and not on this page: {left_out}",
        f"- {run} kinds of {len(kinds)} run, {len(rows)} trials: {total['acknowledged']} acknowledged votes, "
        f"{total['lost']} lost, {total['doubled']} doubled, {total['gaps']} gaps",
        f"- Failures of trials that were tried again later, not summed above: {len(before)}",
        f"- Served again: {_recovery(rows) or 'not measured'}",
        f"- Load average of the machine ({os.cpu_count()} processors) at the end of a trial: {_load(rows)}",
        "",
    ]


def _lot(number: int, lot: Versions, rows: Sequence[Row]) -> str:
    own = [row for row in rows if lot.have_made(row)]
    kinds = len({row["kind"] for row in own})
    doubt = "" if lot.are_committed else "; **`+`: files differed from that commit**"
    return (
        f"  - lot {number}: product {lot.product}, judges {lot.judges}; {kinds} kinds, {len(own)} trials, "
        f"{_days(own)}{doubt}"
    )


def _explanation(lanes: int) -> list[str]:
    return [
        "A trial is a meeting of its own: 40 creditors come, register and vote on two questions (one open, one closed),",
        "some of them losing the network while they vote. The fault begins at a seeded moment of the first burst of votes.",
        "The servers are real processes, every link goes through a relay of ours. Judges: the checker of the load harness",
        "(lost, changed, doubled, phantom ballots, gaps, stale screens, sums, forged receipts), the number of live ballots",
        "in the database, the verification of the log. «Served again»: from the end of the fault (where one of three",
        "workers ends, from its end; where strangers attack, from the attack) until four clients that have nothing else to",
        "do each got a command refused by the log;",
        f"more than {BOUND_S:.0f} s is a failure, as are fewer than two votings, a ballot that was not cast, a gap on a probe.",
        "Where ballots are signed forty people cast two hundred in a voting, by certificates of a demonstration authority;",
        "each must come out of the database, unsealed where it was sealed, with a good signature over the very same bytes.",
        "Lost clients come back after up to 0.5 s, doubling with every failure up to 4 s; browsers wait up to 2 and 30 s.",
        f"Clients and servers share one machine, where {lanes} trials run side by side.",
        "",
        "One trial again: `KVORUM_LONG=1 KVORUM_FAULT_SEED=3 pytest tests/faults -k worker-killed`.",
        "",
    ]


def _days(rows: list[Row]) -> str:
    days = sorted({row["at"][:10] for row in rows}) or ["never"]
    return " to ".join(dict.fromkeys((days[0], days[-1])))


def _named(paths: Sequence[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths)


def _load(rows: list[Row]) -> str:
    loads = [row["load"] for row in rows]
    return f"p50 {percentile(loads, 50):.1f}, max {max(loads):.1f}" if loads else "not measured"


def _line(kind: Kind, lines: list[Row], every: list[Row], lots: Sequence[Versions]) -> str:
    stand = STANDS[kind.layout.name] + (SIGNED if kind.layout.is_signed else "")
    begin = f"| `{kind.name}` | {kind.what} | {stand} "
    if not lines:
        return begin + f"| | 0 | | | | | | not run{_why(kind)} |"
    rows = list(newest(lines).values())
    counts = [sum(row[name] for row in rows) for name in ("acknowledged", "lost", "doubled", "gaps")]
    seconds = _seconds(rows)
    recovery = f"{percentile(seconds, 50):.1f} / {max(seconds):.1f}" if seconds else ""
    lot = lots.index(Versions.of_row(lines[0])) + 1
    notes = _notes(rows, outlived(lines), [row for row in every if row not in lines])
    return begin + "| " + " | ".join([str(lot), str(len(rows)), *map(str, counts), recovery, notes]) + " |"


def _why(kind: Kind) -> str:
    missing = kind.layout.missing()
    return f": needs {missing}" if missing else ""


def _recovery(rows: list[Row]) -> str:
    seconds = _seconds(rows)
    if not seconds:
        return ""
    p50, p99 = percentile(seconds, 50), percentile(seconds, 99)
    return f"p50 {p50:.1f} s, p99 {p99:.1f} s, max {max(seconds):.1f} s of {len(seconds)} answers to probes"


def _seconds(rows: list[Row]) -> list[float]:
    return [each for row in rows for each in row["recovered_s"]]


def _notes(rows: list[Row], before: list[Row], of_others: list[Row]) -> str:
    """Failures first, each with its seed, and how often others failed; of the other notes every one once."""
    failures = [f"**seed {row['seed']}: {'; '.join(row['wrong'])[:300]}**" for row in rows if row["wrong"]]
    failures += [
        f"**failed earlier, seed {row['seed']} at {row['at']}: {'; '.join(row['wrong'])[:200]}**"
        for row in before
    ]
    failures += _failed_elsewhere(of_others)
    notes = dict.fromkeys(note for row in rows for note in row["notes"])
    told = "; ".join([*failures, *list(notes)[:2]])
    return " ".join(told.replace("|", "/").split())


def _failed_elsewhere(rows: list[Row]) -> list[str]:
    """By older products or judges, with one of the reasons."""
    told = []
    for versions in dict.fromkeys(map(Versions.of_row, rows)):
        own = [row for row in rows if versions.have_made(row)]
        bad = [row for row in own if row["wrong"]]
        if bad:
            reason = "; ".join(bad[-1]["wrong"])[:200]
            made = f"product {versions.product}, judges {versions.judges}"
            told.append(f"**{len(bad)} of {len(own)} failed before ({made}): {reason}**")
    return told
