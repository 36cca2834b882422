"""Fixtures for everybody: real servers, one a run; a fresh database a test."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import postgres_database, postgres_server, redis_server

_numbers = itertools.count(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The counts that issues name run only with `dev.py test --long`."""
    if os.environ.get("KVORUM_LONG") == "1":
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    given = os.environ.get("KVORUM_TEST_REDIS_URL")
    if given:
        yield given
        return
    with redis_server() as url:
        yield url


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
