"""Databases of both engines with the newest schema, and keys, for the contract suites."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.kernel.db import Database
from app.kernel.engine import open_database
from app.kernel.keys import Keys, load_keys, make_missing_keys
from app.migrations import migrate


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
