"""One way to both engines: functions over a SQLAlchemy `Connection`, run on SQLite's writer thread or on PostgreSQL."""

from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]


class Database(Protocol):
    """Rows of slices. Writes are transactions: committed when `work` returns, rolled back when it raises.

    `work` is an ordinary synchronous function of a SQLAlchemy Connection and must not keep it.
    On SQLite every write of the process goes through one thread, so keep a write under 500 rows.
    """

    @property
    def dialect(self) -> Dialect: ...

    async def read(self, work: Callable[[Connection], T]) -> T: ...

    async def write(self, work: Callable[[Connection], T]) -> T: ...

    async def autocommit(self, work: Callable[[Connection], T]) -> T:
        """One statement that commits by itself: no BEGIN, no round trip under a lock. On SQLite the same as `write`."""
        ...

    async def close(self) -> None: ...
