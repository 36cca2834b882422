"""P5: a process that dies at any await of append and answer loses no yes that was told; on both engines."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.kernel.keys import Keys
from app.kernel.log import writer
from app.kernel.log.draft import Draft, Prepared
from app.kernel.log.model import Answer
from app.kernel.log.topics import Topic, Topics
from tests.contracts.history import History, check
from tests.contracts.places import Agree, Miss, Places, State, Take, Write

T = TypeVar("T")
COMMANDS: tuple[Any, ...] = (Take("c1"), Take("c1"), Take("c2"), Miss(), Agree(), Write(("p_a",)))


class Mortal:
    """A database of a process that dies at its n-th breath: just before or just after one of its calls."""

    def __init__(self, database: Database, breaths: int) -> None:
        self._database = database
        self._breaths = breaths
        self.is_dead = asyncio.Event()
        self.dialect = database.dialect
        self.close = database.close

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._alive(lambda: self._database.read(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._alive(lambda: self._database.write(work))

    async def autocommit(self, work: Callable[[Connection], T]) -> T:
        return await self._alive(lambda: self._database.autocommit(work))

    async def _alive(self, call: Callable[[], Awaitable[T]]) -> T:
        await self._breathe()
        done = await call()
        await self._breathe()
        return done

    async def _breathe(self) -> None:
        if self._breaths == 0:
            self.is_dead.set()
            await asyncio.Event().wait()  # for ever: a dead process does nothing any more
        self._breaths -= 1


async def asked_of_a_mortal(
    history: History, topic: Topic[State], mortal: Mortal, commands: Sequence[Any]
) -> bool:
    """Everything at once; True if the process died before it had answered all."""
    asking = [
        asyncio.create_task(history.ask(topic, f"p_{n}", bytes([n]) * 16, command))
        for n, command in enumerate(commands)
    ]
    dying = asyncio.create_task(mortal.is_dead.wait())
    living = asyncio.gather(*asking)
    either: tuple[asyncio.Future[Any], ...] = (dying, living)
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    died = dying.done()
    for task in (dying, *asking):
        task.cancel()
    await asyncio.gather(dying, living, return_exceptions=True)
    running = topic._writer._running
    if running is not None:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return died


async def lives(database: Database, keys: Keys) -> int:
    """Die at every breath in turn, then let another process answer the same commands; how often one died."""
    for breaths in range(100):
        name, history = new_id("place"), History()
        heir = await Topics(database, keys, system_clock, [Places()]).create(name, "places-1")
        mortal = Mortal(database, breaths=10**9)
        topic = await Topics(mortal, keys, system_clock, [Places()]).open(name)
        mortal._breaths = breaths
        died = await asked_of_a_mortal(history, topic, mortal, COMMANDS)
        await heir.catch_up()
        for n, command in enumerate(COMMANDS):
            await history.ask(heir, f"p_{n}", bytes([n]) * 16, command)
        await check(history, database, keys, heir)
        if not died:
            return breaths
    raise AssertionError("it never lived")


class Killed:
    async def test_a_yes_that_was_told_outlives_the_process_wherever_it_dies(
        self, database: Database, keys: Keys
    ) -> None:
        assert await lives(database, keys) >= 4

    async def test_planted_an_answer_before_the_append_is_seen(
        self, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        attempt = writer.Writer._attempt

        async def hasty(
            self: writer.Writer[State], batch: Sequence[writer.Waiting], *, with_lock: bool
        ) -> Draft[State] | None:
            queue = [waiting.queued for waiting in batch]
            draft = self._decide(self._reader.fold, Prepared({}, {}), queue)
            for waiting in batch:
                outcome = draft.outcomes.get(waiting.queued.key)
                if isinstance(outcome, Answer):
                    waiting.answer.set_result(outcome)
            await asyncio.sleep(0)
            return await attempt(self, batch, with_lock=with_lock)

        monkeypatch.setattr(writer.Writer, "_attempt", hasty)

        with pytest.raises(AssertionError, match=r"told yes, not in the log|another answer"):
            await lives(database, keys)


class TestKilledOnSqlite(Killed):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestKilledOnPostgres(Killed):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database
