"""A PostgreSQL and a Redis of the benchmark's own, from the programs on PATH, in a temporary folder, durable as installed."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from load.bench.children import Child, free_port, started

READY_WITHIN_S = 60
PROBED_WITHIN_S = 5


class StoreMissing(Exception):
    """A program is not installed; the message names it."""


@dataclass(frozen=True, slots=True)
class Stores:
    database_url: str
    dsn: str
    redis_url: str | None
    database: Child


@contextlib.contextmanager
def stores(*, redis: bool = True) -> Iterator[Stores]:
    """Both running when the block begins, ended with it. Raises StoreMissing."""
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="kvorum-stores-")))
        port, postgres = free_port(), _program("postgres")
        _make_cluster(folder)
        options = ("-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "log_min_messages=panic")
        command = _as_nobody((str(postgres), "-D", str(folder / "data"), *options, "-k", ""))
        database = held.enter_context(started("postgresql", command, port, pinned=False))
        _wait_until_ready(port)
        redis_url = None
        if redis:
            redis_url = f"redis://127.0.0.1:{held.enter_context(_redis(folder)).port}/0"
        dsn = f"postgres@127.0.0.1:{port}/postgres"
        yield Stores(f"postgresql+asyncpg://{dsn}", f"postgresql://{dsn}", redis_url, database)


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[Child]:
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    command = (str(_program("redis-server")), *options, "--dir", str(folder))
    with started("redis", command, port, pinned=False) as child:
        yield child


def _make_cluster(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o755)
        shutil.chown(data, "nobody")
    options = ("-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8")
    command = _as_nobody((str(_program("initdb")), *options))
    try:
        done = subprocess.run(command, capture_output=True, cwd="/", timeout=READY_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise StoreMissing(f"initdb took longer than {READY_WITHIN_S} s") from None
    if done.returncode:
        raise StoreMissing(f"initdb: {done.stderr.decode()[-300:]}")


def _as_nobody(command: Sequence[str]) -> tuple[str, ...]:
    """PostgreSQL refuses to run as root."""
    return (
        ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command)
        if os.geteuid() == 0
        else tuple(command)
    )


def _program(name: str) -> Path:
    found = [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}")]
    if found:
        return max(found, key=lambda path: int(path.parent.parent.name))
    on_path = shutil.which(name)
    if on_path is None:
        raise StoreMissing(f"{name} is not installed")
    return Path(on_path)


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    probe = (
        str(_program("psql")),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-U",
        "postgres",
        "-q",
        "-c",
        "select 1",
    )
    while not _succeeds(probe):
        if time.monotonic() > deadline:
            raise StoreMissing(f"PostgreSQL was not ready in {READY_WITHIN_S} s")
        time.sleep(0.1)


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return not subprocess.run(
            command, capture_output=True, timeout=PROBED_WITHIN_S, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return False
