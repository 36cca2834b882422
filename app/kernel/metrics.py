"""Numbers for Prometheus: no names, no ids, no personal data. With several workers any of them answers for all.

Several workers write into files of one folder (`PROMETHEUS_MULTIPROC_DIR`, set by `app/serving.py`).
"""

import asyncio
import fcntl
import os
from collections import Counter as Numbers
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from realtime.counts import Counts

SHARED = "PROMETHEUS_MULTIPROC_DIR"
DEAD, LOCK = "dead", "lock"
TAKE_S = 1.0
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
SECONDS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """One a process; a registry of its own, so that several may live in one test."""

    def __init__(self) -> None:
        r = self.registry = CollectorRegistry()
        self.batch_commands = Histogram(
            "kvorum_append_batch_commands", "Commands settled by one append.", buckets=BATCHES, registry=r
        )
        self.command_seconds = Histogram(
            "kvorum_command_seconds",
            "From the writer's queue to the durable commit.",
            buckets=SECONDS,
            registry=r,
        )
        self.commit_seconds = Histogram(
            "kvorum_commit_seconds",
            "From deciding a batch to its commit, lost races included.",
            buckets=SECONDS,
            registry=r,
        )
        self.lost_races = Counter("kvorum_lost_races", "Appends that another writer forestalled.", registry=r)
        self.row_locks = Counter(
            "kvorum_row_locks", "Attempts under the row lock, after two lost races.", registry=r
        )
        self.clashes = Counter(
            "kvorum_clashes", "Appends that met a row which another writer had put there.", registry=r
        )
        self.unknown_outcomes = Counter(
            "kvorum_unknown_outcomes",
            "Appends whose answer was lost; the log told what became of them.",
            registry=r,
        )
        self.overloaded = Counter(
            "kvorum_overloaded", "Commands turned away because too many waited.", registry=r
        )
        self.history_lost = Counter(
            "kvorum_history_lost",
            "Times that this worker met another history than it had folded.",
            registry=r,
        )
        self.flush_seconds = Histogram(
            "kvorum_flush_seconds", "Views built, compared, encoded, written.", buckets=SECONDS, registry=r
        )
        self.fanout_writes = Counter(
            "kvorum_fanout_writes", "Writes of frames encoded once for a view class.", registry=r
        )
        self.full_maps = Counter("kvorum_full_maps", "Whole maps sent instead of patches.", registry=r)
        self.view_builds = Counter(
            "kvorum_view_builds", "Maps built, by `view_class`.", ["view_class"], registry=r
        )
        self.aborted_laggards = Counter(
            "kvorum_aborted_laggards", "Connections ended because they did not read.", registry=r
        )
        self.suspicions = Counter(
            "kvorum_suspicions", "Clients that named a place which the log does not have.", registry=r
        )
        self.refusals = Counter(
            "kvorum_refusals", "Live commands answered with no, by `code`.", ["code"], registry=r
        )
        self.sockets = Gauge(
            "kvorum_sockets", "Open live connections.", registry=r, multiprocess_mode="livesum"
        )
        self.bus_up = Gauge(
            "kvorum_bus_up",
            "1 while every worker hears itself on the bus.",
            registry=r,
            multiprocess_mode="livemin",
        )
        self.lag_seconds = Histogram(
            "kvorum_loop_lag_seconds",
            "How late the event loop ran, sampled every 10 ms.",
            buckets=SECONDS,
            registry=r,
        )
        self.lag_max_seconds = Gauge(
            "kvorum_loop_lag_max_seconds",
            "The largest of these since the worker started.",
            registry=r,
            multiprocess_mode="livemax",
        )
        self._taken = Counts()
        self._largest_lag_s = 0.0

    def take(self, counts: Counts, sockets: int, bus_is_up: bool) -> None:
        """Bring what the live engine has counted since the last call."""
        self.sockets.set(sockets)
        self.bus_up.set(bus_is_up)
        for name in ("fanout_writes", "full_maps", "aborted_laggards", "suspicions"):
            now = getattr(counts, name)
            getattr(self, name).inc(now - getattr(self._taken, name))
            setattr(self._taken, name, now)
        _bring(self.view_builds, counts.view_builds, self._taken.view_builds)
        _bring(self.refusals, counts.refusals, self._taken.refusals)

    def take_lag(self, lag_s: float) -> None:
        """One sample of how late the loop ran."""
        self.lag_seconds.observe(lag_s)
        if lag_s > self._largest_lag_s:
            self._largest_lag_s = lag_s
            self.lag_max_seconds.set(lag_s)

    def text(self) -> bytes:
        """Of this process, or of all workers."""
        if SHARED not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        with _locked(Path(os.environ[SHARED]), fcntl.LOCK_SH):
            return generate_latest(together)


def bury(process: int, folder: Path) -> None:
    """What a dead worker counted stays in every sum, in one file for all the dead; its own files go.

    What it measured live goes with `mark_process_dead`. Raises BlockingIOError while somebody reads.
    """
    with _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
        for file in folder.glob(f"*_{process}.db"):
            kind, _, _ = file.name.partition("_")
            _add(file, folder / f"{kind}_{DEAD}.db")
            file.unlink()


def _add(file: Path, to: Path) -> None:
    if not file.stat().st_size:  # its worker died as it was made
        return
    kept = MmapedDict(to)  # type: ignore[no-untyped-call]
    for key, value, at, _ in MmapedDict.read_all_values_from_file(file):  # type: ignore[no-untyped-call]
        before, _ = kept.read_value(key)  # type: ignore[no-untyped-call]
        kept.write_value(key, before + value, at)  # type: ignore[no-untyped-call]
    kept.close()  # type: ignore[no-untyped-call]


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Nobody counts a worker twice or not at all while its files are added to those of the dead."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, how)
        yield


def routes(metrics: Metrics, allowed: Iterable[str]) -> list[BaseRoute]:
    """`/metrics` for these networks; to anybody else it does not exist."""
    networks = [ip_network(network) for network in allowed]

    async def answer(request: Request) -> Response:
        client = _address(request)
        if client is None or not any(client in network for network in networks):
            return Response(status_code=404)
        return Response(await asyncio.to_thread(metrics.text), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", answer)]


def _address(request: Request) -> IPv4Address | IPv6Address | None:
    """None: it has none, as on a unix socket."""
    try:
        return ip_address(request.client.host) if request.client else None
    except ValueError:
        return None


def _bring(metric: Counter, now: Mapping[str, int], taken: "Numbers[str]") -> None:
    for label, number in now.items():
        if number != taken[label]:
            metric.labels(label).inc(number - taken[label])
            taken[label] = number
