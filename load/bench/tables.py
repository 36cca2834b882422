"""What was measured, as rows of text: the same for a terminal and for the page of the documentation."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from load.bench.documents import by_ballot, cpu_ratios
from load.bench.figures import Middle, ratios
from load.bench.machine import in_words
from load.bench.peers import FLOOR
from load.bench.signatures import ONE, OPENSSL
from load.bench.turns import PRODUCT
from load.figures import percentile

Rounds = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rounds by contender, in the order of the run."""


@dataclass(frozen=True, slots=True)
class Grid:
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(result: Mapping[str, Any]) -> Iterator[Table | str]:
    """For the terminal."""
    yield in_words(result["machine"])
    for grid in grids(result):
        table = Table(*grid.headings, title=grid.title)
        for row in grid.rows:
            table.add_row(*row)
        yield table


def grids(result: Mapping[str, Any]) -> Iterator[Grid]:
    yield from GRIDS[result["benchmark"]](result)


def by_contender(result: Mapping[str, Any]) -> Rounds:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in result["rounds"]:
        found[each["contender"]].append(each)
    return found


def column(rounds: Sequence[Mapping[str, Any]], key: str) -> list[float]:
    return [float(each[key]) for each in rounds]


def middle(values: Sequence[float], digits: int = 1) -> str:
    found = Middle.of(values)
    if found is None:
        return "–"
    if len(values) == 1:
        return f"{found.median:.{digits}f}"
    return f"{found.median:.{digits}f} [{found.least:.{digits}f}–{found.most:.{digits}f}]"


def pooled(rounds: Sequence[Mapping[str, Any]], key: str, percent: float) -> float | None:
    """The percentile of all events of all rounds."""
    values = [float(value) for each in rounds for value in each[key]]
    return percentile(values, percent) if values else None


def decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def ratio(rounds: Rounds, mine: str, theirs: str, key: str) -> Middle | None:
    """How many times `theirs`; None where one of the two was not measured."""
    return Middle.of(ratios(column(rounds.get(mine, ()), key), column(rounds.get(theirs, ()), key)))


def times(found: Middle | None) -> str:
    return "–" if found is None else f"{found.median:.2f}"


def _fanout(result: Mapping[str, Any]) -> Iterator[Grid]:
    rounds, options = by_contender(result), result["options"]
    headings = (
        "server",
        "CPU µs a delivery",
        "× floor",
        "durable → last p50 ms",
        "× floor",
        "p99 of all events ms",
        "command → last p50 ms",
        "KB a connection",
        "lost",
    )
    rows = tuple(
        (
            name,
            middle(column(mine, "cpu_us_per_delivery"), 2),
            times(ratio(rounds, name, FLOOR, "cpu_us_per_delivery")),
            middle(column(mine, "last_p50_ms")),
            times(ratio(rounds, name, FLOOR, "last_p50_ms")),
            decimal(pooled(mine, "last_ms", 99)),
            middle(column(mine, "whole_p50_ms")),
            middle(column(mine[:1], "kb_per_connection")),
            str(sum(each["lost"] for each in mine)),
        )
        for name, mine in rounds.items()
    )
    size = result["rounds"][0]["frame_bytes"]
    title = f"fanout: {options['listeners']} listeners, {options['rounds']} × {options['events']} events of {size} bytes"
    yield Grid(title, headings, rows)
    if result.get("stalled"):
        yield _stalled(result["stalled"])


def _stalled(rounds: Sequence[Mapping[str, Any]]) -> Grid:
    """Others beside stalled readers; rounds with and without them took turns."""
    headings = (
        "stalled",
        "others: last p50 ms",
        "p99 of all events ms",
        "× without",
        "memory MB",
        "closed, all rounds",
        "closed after s",
        "lost",
    )
    size = rounds[0]["patch_bytes"]
    chosen = by_contender({"rounds": [{**each, "contender": str(each["stalled"])} for each in rounds]})
    rows = tuple(
        (
            name,
            middle(column(mine, "last_p50_ms")),
            decimal(pooled(mine, "last_ms", 99)),
            times(ratio(chosen, name, "0", "last_p50_ms")),
            middle(column(mine, "memory_mb"), 2),
            f"{sum(each['closed'] for each in mine)} of {sum(each['stalled'] for each in mine)}",
            middle([each["closed_after_s"] for each in mine if each["closed_after_s"] is not None]),
            str(sum(each["lost"] for each in mine)),
        )
        for name, mine in chosen.items()
    )
    return Grid(f"readers who stopped reading, patches of {size} bytes", headings, rows)


def _votes(result: Mapping[str, Any]) -> Iterator[Grid]:
    options = result["options"]
    for engine in options["engines"]:
        for window_s in options["windows"]:
            chosen = [
                each for each in result["rounds"] if (each["engine"], each["window_s"]) == (engine, window_s)
            ]
            title = f"votes: {options['participants']} within {window_s:g} s on {engine}, {options['rounds']} rounds"
            yield Grid(title, _VOTES, tuple(_votes_rows(by_contender({"rounds": chosen}))))


def scenario_grid(result: Mapping[str, Any]) -> Grid:
    """A whole meeting as `kvorum load` tells it: every spread of milliseconds, and the number of what has no time."""
    rows = []
    for name, found in result["milliseconds"].items():
        if isinstance(found, int):
            rows.append((name, str(found), "–", "–", "–", "–"))
        elif found is not None and "p99" in found:
            rows.append((name, *(f"{found[key]:g}" for key in ("count", "p50", "p90", "p99", "max"))))
    return Grid("meeting", ("milliseconds", "count", "p50", "p90", "p99", "longest"), tuple(rows))


_VOTES = (
    "server",
    "sent within s",
    "receipt p50 ms",
    "p99 ms",
    "p99 × naive",
    "longest ms",
    "CPU µs a vote",
    "PostgreSQL µs a vote",
    "patches a second",
    "largest patch, bytes",
    "missing",
)


def _votes_rows(rounds: Rounds) -> Iterator[tuple[str, ...]]:
    for name, mine in rounds.items():
        yield (
            name,
            middle(column(mine, "sent_within_s"), 2),
            middle(column(mine, "receipt_p50_ms")),
            middle(column(mine, "receipt_p99_ms")),
            times(ratio(rounds, name, "naive", "receipt_p99_ms")),
            f"{max(column(mine, 'receipt_max_ms')):.1f}",
            middle(column(mine, "cpu_us_per_vote"), 0),
            middle(column(mine, "store_us_per_vote"), 0),
            middle(column(mine, "patches_a_second")),
            str(max(each["largest_patch_bytes"] for each in mine)),
            str(sum(each["missing"] for each in mine)),
        )


_RESUME = (
    "server",
    "storm",
    "came",
    "all in step, s",
    "of it tickets, s",
    "a client p50 ms",
    "p99 ms",
    "patches",
    "full maps",
    "view builds",
    "CPU ms",
    "memory MB",
    "not in step",
)


def _resume(result: Mapping[str, Any]) -> Iterator[Grid]:
    options = result["options"]
    title = f"resume: {options['clients']} at once, {options['rounds']} rounds"
    yield Grid(title, _RESUME, tuple(_resume_rows(result)))


def _resume_rows(result: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    chosen: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for each in result["rounds"]:
        chosen[each["contender"], each["storm"]].append(each)
    for (name, storm), mine in chosen.items():
        builds = [each["view_builds"] for each in mine if each["view_builds"] is not None]
        yield (
            name,
            storm,
            middle(column(mine, "came"), 0),
            middle(column(mine, "in_step_s"), 2),
            middle(column(mine, "tickets_s"), 2),
            middle(column(mine, "p50_ms"), 0),
            middle(column(mine, "p99_ms"), 0),
            middle(column(mine, "patches"), 0),
            middle(column(mine, "full_maps"), 0),
            middle(builds, 0),
            middle(column(mine, "cpu_ms"), 0),
            middle(column(mine, "memory_mb"), 0),
            str(sum(each["clients"] - each["in_step"] for each in mine)),
        )


_DOCUMENTS = ("renderer", "ballots", "s in all", "CPU ms a ballot", "memory, MB", "CPU against the baseline")


def _documents(result: Mapping[str, Any]) -> Iterator[Grid]:
    title = f"documents: ballots to PDF, {result['options']['rounds']} rounds"
    yield Grid(title, _DOCUMENTS, tuple(_documents_rows(result)))


def _documents_rows(result: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, mine in by_contender(result).items():
        yield (
            name,
            str(mine[0]["count"]),
            middle(column(mine, "wall_s"), 1),
            middle(by_ballot(result["rounds"], name, "cpu_s")),
            middle([each["peak_kib"] / 1024 for each in mine], 0),
            middle(cpu_ratios(result["rounds"]), 2) if name == PRODUCT else "1",
        )


_SEALING = ("way", "ballots", "CPU ms to lock", "CPU ms to open", "KiB", "CPU against the baseline")


def _sealing(result: Mapping[str, Any]) -> Iterator[Grid]:
    rounds = by_contender(result)
    rows = tuple(
        (
            name,
            str(mine[0]["count"]),
            middle(column(mine, "seal_ms"), 3),
            middle(column(mine, "open_ms"), 3),
            middle(column(mine, "kib"), 1),
            times(ratio(rounds, name, "plain", "cpu_ms")),
        )
        for name, mine in rounds.items()
    )
    yield Grid(f"sealing: a ballot of a closed voting, {result['options']['rounds']} rounds", _SEALING, rows)


_SIGNATURES = (
    "verifier",
    "a second and core",
    "CPU ms",
    "ms",
    "CPU × openssl cms",
    "ms × one thread",
)


def _signatures(result: Mapping[str, Any]) -> Iterator[Grid]:
    options = result["options"]
    for algorithm in options["algorithms"]:
        rounds = by_contender({"rounds": [r for r in result["rounds"] if r["algorithm"] == algorithm]})
        rows = tuple(
            (
                name,
                middle([1000 / each["cpu_ms"] for each in mine], 0),
                middle(column(mine, "cpu_ms"), 2),
                middle(column(mine, "wall_ms"), 2),
                times(ratio(rounds, name, OPENSSL, "cpu_ms")),
                times(ratio(rounds, name, ONE, "wall_ms")),
            )
            for name, mine in rounds.items()
        )
        yield Grid(f"signatures: {algorithm}, {options['rounds']} rounds", _SIGNATURES, rows)


GRIDS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Grid]]] = {
    "fanout": _fanout,
    "votes": _votes,
    "resume": _resume,
    "documents": _documents,
    "sealing": _sealing,
    "signatures": _signatures,
}
