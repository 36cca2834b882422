"""The targets that the project set itself, and what the recorded measurements say of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from load.bench.fanout import OURS, OURS_WORKERS
from load.bench.figures import Middle
from load.bench.peers import FLOOR
from load.bench.signatures import ONE, TWO
from load.bench.tables import by_contender, column, pooled, ratio

Results = Mapping[str, Mapping[str, Any]]
"""Recorded JSON by the name of its file."""

FANOUT, VOTES, RESUME, SIGNATURES = "fanout-1000", "votes", "resume", "signatures"
SIGNATURE_MS = {"p256": 1000 / 800, "gost256": 1000 / 600}
"""CPU of a full verification."""
SCENARIOS = {
    "load-embedded": "one process",
    "load-burst": "one process, votes in 0.1 s",
    "load-workers": "2 workers",
}
"""Whole meetings played by `kvorum load`, and how the page calls them."""
RECEIPT_MS = {"load-embedded": 50.0, "load-burst": 150.0, "load-workers": 50.0}
VOTES_MS = {1.0: 50.0, 0.1: 150.0}


@dataclass(frozen=True, slots=True)
class Reached:
    """`value` is None where it was not measured; `limit` is the largest that is good."""

    what: str
    limit: float
    unit: str
    value: float | None

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        return "reached" if self.value <= self.limit else "missed"


def reached(results: Results) -> Iterator[Reached]:
    yield from _fanout(results.get(FANOUT, {"rounds": []}))
    yield from _votes(results.get(VOTES, {"rounds": []}))
    yield from _storms(results.get(RESUME, {"rounds": []}))
    yield from _stalled(results.get(FANOUT, {}).get("stalled", ()))
    yield from _signatures(results.get(SIGNATURES, {"rounds": []}))
    for name in SCENARIOS:
        yield from _scenario(name, results.get(name, {}))


def _fanout(result: Mapping[str, Any]) -> Iterator[Reached]:
    rounds = by_contender(result)
    cpu, last = "cpu_us_per_delivery", "last_p50_ms"
    many = next((name for name in rounds if name.endswith("workers")), OURS_WORKERS.format(workers=2))
    yield Reached("CPU a delivery, N = 1000", 1.5, "× floor", _middle(ratio(rounds, OURS, FLOOR, cpu)))
    yield Reached("the same", 1.0, "× websockets.broadcast", _middle(ratio(rounds, OURS, "websockets", cpu)))
    yield Reached(
        "the same", 0.4, "× Starlette gather", _middle(ratio(rounds, OURS, "starlette-gather", cpu))
    )
    yield Reached(
        "durable to the last of 1000 reads, p50", 1.6, "× floor", _middle(ratio(rounds, OURS, FLOOR, last))
    )
    yield Reached("the same, p99", 40, "ms", pooled(rounds.get(OURS, ()), "last_ms", 99))
    yield Reached(
        "CPU a delivery of 2 workers (not pinned), stores apart",
        1.6,
        "× one process on one core",
        _middle(ratio(rounds, many, OURS, cpu)),
    )
    memory = [each["kb_per_connection"] for each in rounds.get(OURS, ())[:1]]
    yield Reached("memory a connection", 40, "KB", memory[0] if memory else None)
    yield Reached("deliveries lost", 0, "", total(rounds.get(OURS, ()), "lost"))


def _votes(result: Mapping[str, Any]) -> Iterator[Reached]:
    for engine in ("sqlite", "postgresql"):
        for window_s, limit_ms in VOTES_MS.items():
            chosen = [r for r in result["rounds"] if (r["engine"], r["window_s"]) == (engine, window_s)]
            rounds = by_contender({"rounds": chosen})
            ours = rounds.get("kvorum", ())
            what = f"1000 votes within {window_s:g} s on {engine}: receipt p99"
            yield Reached(what, limit_ms, "ms", median(ours, "receipt_p99_ms"))
            yield Reached(
                "the same", 0.4, "× naive", _middle(ratio(rounds, "kvorum", "naive", "receipt_p99_ms"))
            )
    ours = [each for each in result["rounds"] if each["contender"] == "kvorum"]
    yield Reached("meanwhile: patches to a participant", 10, "a second", greatest(ours, "patches_a_second"))
    yield Reached("meanwhile: the largest of them", 2048, "bytes", greatest(ours, "largest_patch_bytes"))
    yield Reached("votes without a receipt", 0, "", total(ours, "missing"))


def _storms(result: Mapping[str, Any]) -> Iterator[Reached]:
    for storm, what in (("join", "join storm of 1000"), ("resume", "resume of 1000 at once")):
        mine = [r for r in result["rounds"] if (r["contender"], r["storm"]) == ("kvorum-sqlite", storm)]
        yield Reached(f"{what}: all in step", 5, "s", median(mine, "in_step_s"))
        counted = [r for r in mine if r["view_builds"] is not None]
        yield Reached("the same: view builds", 1, "a worker", greatest(counted, "view_builds"))
    killed = [each for each in result["rounds"] if each["storm"] == "killed"]
    yield Reached("resume of 1000 after a worker is killed: all in step", 5, "s", median(killed, "in_step_s"))


def _stalled(rounds: Sequence[Mapping[str, Any]]) -> Iterator[Reached]:
    chosen = by_contender({"rounds": [{**r, "contender": str(bool(r["stalled"]))} for r in rounds]})
    with_one = chosen.get("True", ())
    slower = _middle(ratio(chosen, "True", "False", "last_p50_ms"))
    yield Reached("one stalled of 1000: the others' last read, p50", 1.3, "× without", slower)
    grown = _difference(with_one, chosen.get("False", ()), "memory_mb")
    yield Reached("the same: memory", 0.5, "MB", grown)
    left = [{"open": r["stalled"] - r["closed"]} for r in with_one]
    yield Reached("the same: not closed", 0, "", total(left, "open"))


def _signatures(result: Mapping[str, Any]) -> Iterator[Reached]:
    for algorithm, limit_ms in SIGNATURE_MS.items():
        rounds = by_contender({"rounds": [r for r in result["rounds"] if r["algorithm"] == algorithm]})
        what = f"a full verification of a signature, {algorithm}: CPU"
        yield Reached(what, limit_ms, "ms", median(rounds.get(ONE, ()), "cpu_ms"))
        yield Reached(
            "the same: time with two threads", 1 / 1.6, "× one", _middle(ratio(rounds, TWO, ONE, "wall_ms"))
        )


def _scenario(name: str, result: Mapping[str, Any]) -> Iterator[Reached]:
    """What `kvorum load --json` wrote (`load/report.py`, to_json); a part that was not measured there is None."""
    times, server = result.get("milliseconds") or {}, result.get("server") or {}
    burst, storm = result.get("burst") or {}, result.get("storm") or {}
    checker = result.get("checker") or {}
    join, receipt = times.get("join") or {}, times.get("receipt") or {}
    meeting = f"a meeting of {result.get('participants', 1000)}, {SCENARIOS[name]}"
    joined_s = join["p99"] / 1000 if join else None
    yield Reached(f"{meeting}: join p99", 5, "s", joined_s)
    yield Reached("the same: receipt p99", RECEIPT_MS[name], "ms", receipt.get("p99"))
    patches, sizes = burst.get("patches_a_second") or {}, burst.get("bytes_a_patch") or {}
    yield Reached("the same: patches to a participant while all vote", 10, "a second", patches.get("max"))
    yield Reached("the same: the largest of them", 2048, "bytes", sizes.get("max"))
    yield Reached("the same: all in step after a storm", 5, "s", storm.get("all_in_step_s"))
    yield Reached("the same: event-loop lag p99", 20, "ms", server.get("loop_lag_p99_ms"))
    yield Reached("the same: memory a connection", 40, "KB", server.get("pss_kb_a_connection"))
    for kind in ("lost", "doubled", "gaps"):
        yield Reached(f"the same: {kind}", 0, "", checker.get(kind))
    yield Reached("the same: failed as a whole", 0, "", float(result["failed"]) if result else None)


# --- small readings ----------------------------------------------------------------------------------------------


def median(rounds: Sequence[Mapping[str, Any]], key: str) -> float | None:
    return _middle(Middle.of(column(rounds, key)))


def greatest(rounds: Sequence[Mapping[str, Any]], key: str) -> float | None:
    return max(column(rounds, key), default=None)


def total(rounds: Sequence[Mapping[str, Any]], key: str) -> float | None:
    return sum(column(rounds, key)) if rounds else None


def _middle(found: Middle | None) -> float | None:
    return None if found is None else found.median


def _difference(
    mine: Sequence[Mapping[str, Any]], theirs: Sequence[Mapping[str, Any]], key: str
) -> float | None:
    more, less = median(mine, key), median(theirs, key)
    return None if more is None or less is None else more - less
