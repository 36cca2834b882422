"""Several processes behind one port: a dead one is replaced, a restart rolls, and nobody outlives the parent."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import texts
from tests.app.serving import Served, served, until
from tests.conftest import MIGRATED
from tests.servers import postgres_database


@pytest.fixture(scope="module")
def lasting(
    tmp_path_factory: pytest.TempPathFactory, _postgres: tuple[Path, Path] | None, redis_url: str
) -> Iterator[Served]:
    """Two workers for all tests that leave two behind: a start costs seconds."""
    with contextlib.ExitStack() as opened:
        url = os.environ.get("KVORUM_TEST_DATABASE_URL", "")
        if _postgres is not None:
            url = opened.enter_context(postgres_database(*_postgres, "serving", MIGRATED))
        yield opened.enter_context(served(tmp_path_factory.mktemp("serving"), 2, url, redis_url))


@pytest.fixture
def two(tmp_path: Path, postgres_url: str, redis_url: str) -> Iterator[Served]:
    with served(tmp_path, 2, postgres_url, redis_url) as server:
        yield server


def test_a_killed_worker_is_replaced_while_the_other_serves(lasting: Served) -> None:
    before = lasting.workers()
    killed, starts = min(before), lasting.told('"serving"')

    os.kill(killed, signal.SIGKILL)
    statuses = {lasting.get("/healthz") for _ in range(20)}
    until(lambda: len(lasting.workers() - {killed}) == 2 and lasting.told('"serving"') > starts, lasting.log)

    assert len(before) == 2
    assert statuses == {200}
    assert lasting.is_ready()
    assert before - {killed} < lasting.workers()


def test_one_answer_of_metrics_speaks_for_all_workers_and_for_the_dead_too(lasting: Served) -> None:
    until(lambda: lasting.metric("kvorum_bus_up") == 1.0, lasting.log)

    ends, starts = lasting.told('"worker_ended"'), lasting.told('"serving"')
    before = [lasting.metric("kvorum_loop_lag_seconds_count") for _ in range(20)]
    os.kill(min(lasting.workers()), signal.SIGKILL)
    until(lambda: lasting.told('"worker_ended"') > ends, lasting.log)
    after = [lasting.metric("kvorum_loop_lag_seconds_count") for _ in range(5)]

    assert before + after == sorted(before + after)
    assert lasting.metric("kvorum_sockets") == 0.0
    until(lambda: lasting.told('"serving"') > starts, lasting.log)


def test_a_suspended_worker_holds_up_no_new_connection(lasting: Served) -> None:
    suspended = min(lasting.workers())

    os.kill(suspended, signal.SIGSTOP)
    try:
        statuses = {lasting.get("/healthz") for _ in range(20)}
    finally:
        os.kill(suspended, signal.SIGCONT)

    assert statuses == {200}


def test_a_hangup_replaces_the_workers_one_by_one_and_somebody_always_serves(lasting: Served) -> None:
    before = lasting.workers()

    statuses = set()

    def has_restarted() -> bool:
        statuses.add(lasting.get("/healthz"))
        return lasting.told('"restarted"') == 1

    lasting.process.send_signal(signal.SIGHUP)
    until(has_restarted, lasting.log)

    assert statuses == {200}
    assert len(lasting.workers()) == 2
    assert not lasting.workers() & before


def test_a_polite_end_leaves_no_process(two: Served) -> None:
    workers = two.workers()

    two.process.send_signal(signal.SIGTERM)
    code = two.process.wait(30)

    assert code == 0, two.log.read_text()
    assert not any(map(is_alive, workers))
    assert two.told('"stopping"') == 2


def test_workers_do_not_outlive_a_killed_parent(two: Served) -> None:
    workers = two.workers()

    two.process.kill()
    until(lambda: not any(map(is_alive, workers)), two.log)

    assert two.get("/healthz") is None


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_waits_for_its_database_then_says_so_and_ends(
    tmp_path: Path, redis_url: str, workers: str
) -> None:
    places = {"DATABASE_URL": f"postgresql://nobody@/none?host={tmp_path}", "REDIS_URL": redis_url}
    done = serve("--workers", workers, KEYS_DIR=str(tmp_path / "keys"), **places)

    assert done.returncode == 1
    assert "database_awaited" in done.stderr
    assert done.stderr.strip().endswith(texts.DATABASE_SILENT.format(reason="ConnectionRefusedError"))


@pytest.mark.parametrize(
    "places",
    [
        {"DATABASE_URL": "sqlite:///never.db", "REDIS_URL": "redis://127.0.0.1:1/0"},
        {"DATABASE_URL": "postgresql://kvorum@127.0.0.1:1/kvorum"},
    ],
)
def test_several_workers_need_postgresql_and_redis(places: dict[str, str]) -> None:
    done = serve("--workers", "2", **places)

    assert done.returncode == 1
    assert done.stderr.strip() == texts.WORKERS_NEED.format(workers=2)


def serve(*options: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """With little patience for the database."""
    program = "from app import cli, main; main.PATIENCE_S, main.AGAIN_S = 0.2, 0.1; cli.main()"
    env = {**os.environ, **{f"KVORUM_{name}": value for name, value in settings.items()}}
    command = [sys.executable, "-c", program, "serve", *options]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=180)


def is_alive(pid: int) -> bool:
    """A zombie has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
