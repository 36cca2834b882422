"""Heavy requests take turns: a few at a time, and those of one person one after another, so that nobody holds up the rest."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary


class Turns:
    def __init__(self, at_once: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._own: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def of(self, person: str) -> AsyncIterator[None]:
        own = self._own.setdefault(person, asyncio.Lock())
        async with own, self._all:
            yield
