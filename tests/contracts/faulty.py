"""Databases that misbehave as networks and other processes do: slow, losing the answer, committing late."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from sqlalchemy import Connection

from app.kernel.db import Database

T = TypeVar("T")
Fault = Literal["none", "lost_before", "lost_after", "zombie"]


class FaultyDatabase:
    """Passes work on after `pauses` (seconds, before and after each call), with `faults` on its appends."""

    def __init__(self, database: Database, pauses: Iterator[float], faults: Iterator[Fault]) -> None:
        self._database = database
        self._pauses = pauses
        self._faults = faults
        self._zombies: list[asyncio.Task[object]] = []
        self.late_by_s = 0.0
        """After so long a statement that was given up commits all the same."""
        self.appends = 0
        self.locks = 0

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        return self._database.dialect

    async def read(self, work: Callable[[Connection], T]) -> T:
        await self._pause()
        result = await self._database.read(work)
        await self._pause()
        return result

    async def write(self, work: Callable[[Connection], T]) -> T:
        self.locks += 1
        await self._pause()
        return await self._database.write(work)

    async def autocommit(self, work: Callable[[Connection], T]) -> T:
        self.appends += 1
        await self._pause()
        fault = next(self._faults, "none")
        if fault == "lost_before":
            raise ConnectionError("lost before anything was sent")
        if fault == "zombie":
            self._zombies.append(asyncio.create_task(self._later(work)))
            raise ConnectionError("lost, and still on its way")
        result = await self._database.autocommit(work)
        if fault == "lost_after":
            raise ConnectionError("lost after the commit")
        await self._pause()
        return result

    async def close(self) -> None:
        """Waits for what is still on its way; the database itself belongs to the caller."""
        await asyncio.gather(*self._zombies, return_exceptions=True)

    async def _later(self, work: Callable[[Connection], T]) -> T:
        await asyncio.sleep(self.late_by_s)
        await self._pause()
        return await self._database.autocommit(work)

    async def _pause(self) -> None:
        await asyncio.sleep(next(self._pauses, 0.0))
