"""Fixtures for everybody: real servers, one a run; a fresh database a test."""

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import HealthCheck, settings

from app.kernel.away import is_away
from app.kernel.db import Database
from app.kernel.engine import open_database
from app.kernel.keys import Keys, load_keys, make_missing_keys
from app.migrations import migrate, migrate_url
from tests.servers import PostgresProcess, RedisProcess, postgres_process, postgres_server
from tests.servers import postgres_database as copied_database
from tests.watchdog import LONG_PATIENCE_S, PATIENCE_S, watched

MIGRATED = "migrated"
settings.register_profile(
    "kvorum",
    deadline=None,  # a machine that others share may stand still
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("KVORUM_LONG") != "1",  # the long run searches, the short one repeats
    print_blob=True,
)
settings.load_profile("kvorum")
_numbers = itertools.count(1)


_stderr = pytest.StashKey[TextIO]()


def pytest_configure(config: pytest.Config) -> None:
    """The real stderr, before a test's is captured."""
    config.stash[_stderr] = open(os.dup(sys.stderr.fileno()), "w")  # noqa: SIM115 as long as the process


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    patience_s = PATIENCE_S if item.get_closest_marker("long") is None else LONG_PATIENCE_S
    with watched(item.nodeid, item.config.stash[_stderr], patience_s):
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The counts that issues name run only with `dev.py test --long`."""
    if os.environ.get("KVORUM_LONG") == "1":
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    given = os.environ.get("KVORUM_TEST_REDIS_URL")
    if given:
        yield given
        return
    with RedisProcess(tmp_path_factory.mktemp("redis")) as redis:
        yield redis.url


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisProcess]:
    """A Redis that the test may stop and start."""
    with RedisProcess(tmp_path) as redis:
        yield redis


@pytest.fixture
def own_postgres() -> Iterator[PostgresProcess]:
    """A PostgreSQL that the test may kill and start."""
    with postgres_process() as process:
        yield process


@pytest.fixture(scope="session")
def _postgres() -> Iterator[tuple[Path, Path] | None]:
    """A server with the database `migrated`, which others are copied from: a migration a test would cost a second."""
    if os.environ.get("KVORUM_TEST_DATABASE_URL"):
        yield None
        return
    with postgres_server() as server, copied_database(*server, MIGRATED) as url:
        with ThreadPoolExecutor(1) as apart:  # a loop of its own, whatever loop the tests have
            apart.submit(asyncio.run, _migrated(url)).result()
        yield server


async def _migrated(url: str) -> None:
    """What the product gives up after three seconds would fail every test here."""
    for _ in range(4):
        try:
            return await migrate_url(url)
        except Exception as error:
            if not is_away(error):
                raise
    await migrate_url(url)


@pytest.fixture
def postgres_url(_postgres: tuple[Path, Path] | None) -> Iterator[str]:
    """A fresh database with the newest schema (a given one is the caller's to clean)."""
    if _postgres is None:
        yield os.environ["KVORUM_TEST_DATABASE_URL"]
        return
    with copied_database(*_postgres, f"kvorum_{next(_numbers)}", MIGRATED) as url:
        yield url


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    make_missing_keys(folder)
    return load_keys(folder)


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(f"sqlite:///{tmp_path}/kvorum.db")
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture
async def postgres_database(postgres_url: str) -> AsyncIterator[Database]:
    database = await open_database(postgres_url)
    await migrate(database)
    yield database
    await database.close()
