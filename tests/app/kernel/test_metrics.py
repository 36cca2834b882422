"""Metrics: what the live engine counted arrives once, and only who may read them does."""

import asyncio
import fcntl
import itertools
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.kernel.clock import system_clock
from app.kernel.log.workers import LAG_KEPT, LoopLag
from app.kernel.metrics import LOCK, Metrics, bury, routes
from realtime.counts import Counts


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_what_was_counted_is_brought_once() -> None:
    metrics, counts = Metrics(), Counts()
    counts.full_maps += 3
    counts.refusals["late"] += 1

    metrics.take(counts, sockets=7, bus_is_up=True)
    counts.full_maps += 1
    metrics.take(counts, sockets=5, bus_is_up=False)

    assert value(metrics, "kvorum_full_maps_total") == 4
    assert value(metrics, "kvorum_refusals_total", code="late") == 1
    assert value(metrics, "kvorum_sockets") == 5
    assert value(metrics, "kvorum_bus_up") == 0


def test_the_dead_lie_in_one_file_and_their_counts_in_every_sum(tmp_path: Path) -> None:
    for process in (11, 12, 13):
        count_in(tmp_path, process, 10.0 + process)
    (tmp_path / "histogram_12.db").touch()

    bury(11, tmp_path)
    bury(12, tmp_path)

    assert {file.name for file in tmp_path.glob("*.db")} == {"counter_dead.db", "counter_13.db"}
    assert counted_in(tmp_path) == 66.0


def test_nobody_is_buried_while_somebody_reads(tmp_path: Path) -> None:
    count_in(tmp_path, 11, 1.0)

    with (tmp_path / LOCK).open("w") as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        with pytest.raises(BlockingIOError):
            bury(11, tmp_path)

    assert counted_in(tmp_path) == 1.0
    bury(11, tmp_path)
    assert counted_in(tmp_path) == 1.0


def count_in(folder: Path, process: int, count: float) -> None:
    """As a worker of this number does."""
    file = MmapedDict(folder / f"counter_{process}.db")  # type: ignore[no-untyped-call]
    key = mmap_key("kvorum_votes", "kvorum_votes_total", [], [], "Votes.")
    file.write_value(key, count, 0.0)  # type: ignore[no-untyped-call]
    file.close()  # type: ignore[no-untyped-call]


def counted_in(folder: Path) -> float | None:
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
    return together.get_sample_value("kvorum_votes_total")


async def test_a_loop_that_stood_still_is_seen_by_the_closing_and_by_the_metrics() -> None:
    metrics, lag, begun = Metrics(), LoopLag(system_clock), system_clock()
    lag.on_lag = metrics.take_lag
    sampling = asyncio.create_task(lag.run())
    await asyncio.sleep(0.02)

    asyncio.get_running_loop().call_soon(time.sleep, 0.1)
    await asyncio.sleep(0.2)
    sampling.cancel()

    largest = value(metrics, "kvorum_loop_lag_max_seconds")
    assert largest is not None
    assert largest > 0.08
    assert lag.largest_since(begun) == int(largest * 1000)


def test_the_largest_lag_since_any_time_is_known_and_forgotten_in_the_end() -> None:
    times = itertools.chain(range(1, 6), itertools.repeat(5 + LAG_KEPT))
    lag = LoopLag(lambda: next(times))

    for lag_ms in (9, 3, 5, 1, 0):
        lag.add(lag_ms)
    since = [lag.largest_since(at) for at in range(1, 7)]
    lag.add(0)

    assert since == [9, 5, 5, 1, 0, 0]
    assert lag.largest_since(0) == 0


@pytest.mark.parametrize(
    ("client", "status"), [("127.0.0.1", 200), ("10.1.2.3", 200), ("192.0.2.1", 404), ("no-ip", 404)]
)
def test_metrics_exist_for_the_networks_of_the_setting_only(client: str, status: int) -> None:
    app = Starlette(routes=routes(Metrics(), ("127.0.0.1", "10.0.0.0/8")))

    answer = TestClient(app, client=(client, 50000)).get("/metrics")

    assert answer.status_code == status
    assert ("kvorum_sockets" in answer.text) == (status == 200)
