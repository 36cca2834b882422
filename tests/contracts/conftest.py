"""A PostgreSQL of our own for the contract suites, and databases of both engines."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from app.kernel.db import Database
from app.kernel.engine import open_database
from app.kernel.keys import Keys, load_keys, make_missing_keys
from app.migrations import migrate

INITDB_PLACES = "/usr/lib/postgresql/*/bin/initdb"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """`KVORUM_TEST_DATABASE_URL`, or a server started for this session on a socket of its own."""
    given = os.environ.get("KVORUM_TEST_DATABASE_URL")
    if given:
        yield given
        return
    bin_folder = _postgres_binaries()
    if bin_folder is None:
        advice = "no PostgreSQL here: install postgresql or set KVORUM_TEST_DATABASE_URL"
        pytest.fail(advice) if os.environ.get("CI") == "true" else pytest.skip(advice)
    with _running_postgres(bin_folder) as url:
        yield url


@pytest.fixture
async def postgres_database_url(postgres_url: str) -> AsyncIterator[str]:
    """A fresh database on the server, dropped afterwards."""
    name = f"t_{os.urandom(6).hex()}"
    await _administer(postgres_url, f"create database {name}")
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    await _administer(postgres_url, f"drop database {name} with (force)")


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
async def postgres_database(postgres_database_url: str) -> AsyncIterator[Database]:
    database = await open_database(postgres_database_url)
    await migrate(database)
    yield database
    await database.close()


async def _administer(url: str, statement: str) -> None:
    database = await open_database(url)
    await database.autocommit(lambda connection: connection.execute(text(statement)) and None)
    await database.close()


def _postgres_binaries() -> Path | None:
    found = sorted(Path("/").glob(INITDB_PLACES.lstrip("/")))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).parent if on_path else None


@contextmanager
def _running_postgres(bin_folder: Path) -> Iterator[str]:
    """Durability is not what these suites test, so nothing is flushed to the disk."""
    with tempfile.TemporaryDirectory(prefix="kvorum-pg-", ignore_cleanup_errors=True) as folder:
        data = f"{folder}/data"
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        run = [*_as_nobody(), str(bin_folder / "initdb"), "-D", data, "-U", "kvorum", "-A", "trust", "-N"]
        subprocess.run([*run, "-E", "UTF8", "--no-locale"], check=True, capture_output=True, cwd=folder)
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off"
        control = [*_as_nobody(), str(bin_folder / "pg_ctl"), "-D", data, "-w"]
        start = [*control, "-o", options, "-l", f"{folder}/log", "start"]
        subprocess.run(start, check=True, capture_output=True, cwd=folder)
        try:
            yield f"postgresql://kvorum@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder)


def _as_nobody() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ["runuser", "-u", pwd.getpwnam("nobody").pw_name, "--"]
