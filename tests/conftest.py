"""Fixtures for everybody: real servers, one a run; a fresh database a test."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import RedisProcess, postgres_database, postgres_server

_numbers = itertools.count(1)


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


@pytest.fixture(scope="session")
def _postgres() -> Iterator[tuple[Path, Path] | None]:
    if os.environ.get("KVORUM_TEST_DATABASE_URL"):
        yield None
        return
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(_postgres: tuple[Path, Path] | None) -> Iterator[str]:
    """A fresh, empty database (the given one must be empty and is the caller's to clean)."""
    if _postgres is None:
        yield os.environ["KVORUM_TEST_DATABASE_URL"]
        return
    with postgres_database(*_postgres, f"kvorum_{next(_numbers)}") as url:
        yield url
