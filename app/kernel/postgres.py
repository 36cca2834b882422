"""PostgreSQL through asyncpg: short transactions under READ COMMITTED, with limits on how long anything may wait."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

import structlog
from sqlalchemy import URL, Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

T = TypeVar("T")
POOL_SIZE = 8
CLIENT_TIMEOUT_S = 3.0
SESSION = {
    "application_name": "kvorum",
    "idle_in_transaction_session_timeout": "2s",
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "synchronous_commit": "on",
    "tcp_user_timeout": "5s",
    "timezone": "UTC",
}


log = structlog.get_logger(__name__)


class WrongIsolation(Exception):
    """Compare-and-set needs READ COMMITTED: under another level a waiter reads an old head or fails."""


class PostgresDatabase:
    """A `Database` over a pool of connections."""

    dialect: Literal["postgresql"] = "postgresql"

    def __init__(self, url: URL) -> None:
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            pool_size=POOL_SIZE,
            max_overflow=0,
            hide_parameters=True,
            pool_timeout=CLIENT_TIMEOUT_S,
            connect_args={
                "server_settings": SESSION,
                "command_timeout": CLIENT_TIMEOUT_S,
                "timeout": CLIENT_TIMEOUT_S,
            },
        )
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self.autocommit(work)  # under READ COMMITTED each statement has its own snapshot anyway

    async def write(self, work: Callable[[Connection], T]) -> T:
        with _no_socket_is_no_connection():
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)

    async def autocommit(self, work: Callable[[Connection], T]) -> T:
        with _no_socket_is_no_connection():
            async with self._autocommit.connect() as connection:
                return await connection.run_sync(work)

    async def close(self) -> None:
        """A server that does not answer is left behind: without an end to this the process would have none."""
        try:
            async with asyncio.timeout(CLIENT_TIMEOUT_S):
                await self._engine.dispose()
        except TimeoutError:
            log.warning("database_not_closed")

    async def check_isolation(self) -> None:
        level = await self.autocommit(
            lambda connection: connection.scalar(text("show transaction_isolation"))
        )
        if level != "read committed":
            raise WrongIsolation(f"the database works under {level}; set default_transaction_isolation")


@contextmanager
def _no_socket_is_no_connection() -> Iterator[None]:
    """A server that is down has no unix socket: not a missing file of ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise ConnectionRefusedError(str(error)) from error
