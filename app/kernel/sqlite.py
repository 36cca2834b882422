"""SQLite for one process: every write through one thread, reads apart, WAL with full durability."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Literal, TypeVar

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, StaticPool, create_engine, event
from sqlalchemy.exc import OperationalError

T = TypeVar("T")
READERS = 4
BUSY_TIMEOUT_MS = 5000


class AlreadyOpen(Exception):
    """Another process has this database open; SQLite serves exactly one."""


class SqliteDatabase:
    """A `Database` over one file. Work runs in threads; the writer thread is the only one that writes."""

    dialect: Literal["sqlite"] = "sqlite"

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock_file(path)
        self._writing = _engine(path, begin="BEGIN IMMEDIATE", pool=StaticPool)
        self._reading = _engine(path, begin="BEGIN", pool=QueuePool)
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write, work)

    async def autocommit(self, work: Callable[[Connection], T]) -> T:
        return await self.write(work)

    async def close(self) -> None:
        """Idempotent; waits for the work already begun."""
        await asyncio.to_thread(self._writer.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        self._reading.dispose()
        self._writing.dispose()
        self._lock.close()

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._reading.begin() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._writing.begin() as connection:
                return work(connection)
        except OperationalError:
            self._writing.dispose()  # after an I/O error in COMMIT only a fresh connection tells the truth
            raise


def _engine(path: Path, begin: str, pool: type[StaticPool | QueuePool | NullPool]) -> Engine:
    arguments: dict[str, Any] = {"isolation_level": None, "check_same_thread": False}
    sizes = {"pool_size": READERS, "max_overflow": 0} if pool is QueuePool else {}
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url, poolclass=pool, connect_args=arguments, hide_parameters=True, **sizes)
    event.listen(engine, "connect", lambda raw, _: _prepare(raw, begin == "BEGIN"))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare(raw: Any, is_reader: bool) -> None:
    raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("PRAGMA foreign_keys=ON")
    if is_reader:
        raw.execute("PRAGMA query_only=ON")


def _lock_file(path: Path) -> IO[bytes]:
    """Held until `close`, freed by the system when the process dies."""
    file = path.with_name(path.name + ".lock").open("ab")
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError as error:
        file.close()
        raise AlreadyOpen(f"{path} is open in another process") from error
    return file
