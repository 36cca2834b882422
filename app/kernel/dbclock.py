"""Database time without asking for it each time: an anchor, carried by a clock that runs on in a suspended machine.

PostgreSQL: the anchor is the database's clock, measured again every 10 s; after a step, or when the loop was silent,
nothing is stamped until the next measurement. SQLite: the anchor is the wall clock; while a voting is about to end
it stays, so that a step of the wall clock moves no deadline.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, exists, select, text

from app.kernel.away import is_away
from app.kernel.clock import Clock, Micros, system_clock
from app.kernel.db import Database
from app.kernel.errors import ClockAway
from app.kernel.log.tables import log_timer
from app.kernel.logging import incident

SECOND = 1_000_000
MAX_OFFSET = 2 * SECOND
MAX_SILENCE = SECOND
HOLD = 600 * SECOND
SAMPLES = 5
SYNC_EVERY_S = 10.0
TICK_EVERY_S = 0.25
SYNC_AGAIN_S = 0.2

log = structlog.get_logger(__name__)


def carried_clock() -> Micros:
    """Counts through suspension where the system can (Linux); no relation to the calendar."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return (time.monotonic_ns() if clock is None else time.clock_gettime_ns(clock)) // 1000


@dataclass(frozen=True, slots=True)
class Measure:
    """At `carried` on the carried clock the database said `now`, give or take `error`."""

    now: Micros
    carried: Micros
    error: Micros = 0


class DatabaseClock:
    """A `Clock` to be called anywhere in the process; `run` keeps it true."""

    def __init__(
        self, database: Database, *, carried: Clock = carried_clock, wall: Clock = system_clock
    ) -> None:
        self._database = database
        self._carried = carried
        self._wall = wall
        self._anchor: Measure | None = None
        self._is_trusted = False
        self._ticked_at: Micros | None = None
        self._wanted = asyncio.Event()
        self.offset = 0

    def __call__(self) -> Micros:
        """Microseconds UTC. Raises ClockAway while the time is not trusted."""
        if self._anchor is None or not self.is_ready:
            raise ClockAway
        return self._at(self._anchor)

    @property
    def is_ready(self) -> bool:
        if self._database.dialect == "sqlite":
            return self._anchor is not None
        return self._is_trusted and not self._is_silent()

    @property
    def error_ms(self) -> int:
        """How far from the database's clock a stamp may be, rounded up."""
        return -(-self._anchor.error // 1000) if self._anchor else 0

    async def run(self) -> None:
        """Measure for ever; cancel to stop."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick())
            tasks.create_task(self._sync_for_ever())

    async def sync(self) -> None:
        """Measure and take the new anchor; a step has to be confirmed by a second measurement."""
        measure = await self._measure()
        before = self._anchor
        self.offset = measure.now - self._at(before, measure.carried) if before else 0
        is_step = abs(self.offset) > MAX_OFFSET
        if is_step:
            log.warning("clock_step", offset_ms=self.offset // 1000)
        if self._database.dialect == "sqlite" and before and await self._is_held(self._at(before)):
            return
        self._anchor = measure
        self._is_trusted = not is_step

    def ticked(self) -> None:
        """The loop is alive; after a silence the time must be measured before anything is stamped."""
        if self._is_silent():
            self._is_trusted = False
            self._wanted.set()
        self._ticked_at = self._carried()

    async def _tick(self) -> None:
        while True:
            self.ticked()
            await asyncio.sleep(TICK_EVERY_S)

    async def _sync_for_ever(self) -> None:
        while True:
            try:
                await self.sync()
            except Exception as error:  # the edge of this task: time must go on being measured
                if not is_away(error):
                    incident(error, where="clock")
                log.warning("clock_away", cause=type(error).__name__)
            with suppress(TimeoutError):  # nobody asked: the usual round
                async with asyncio.timeout(SYNC_EVERY_S if self.is_ready else SYNC_AGAIN_S):
                    await self._wanted.wait()
            self._wanted.clear()

    def _is_silent(self) -> bool:
        return self._ticked_at is not None and self._carried() - self._ticked_at > MAX_SILENCE

    def _at(self, anchor: Measure, carried: Micros | None = None) -> Micros:
        return anchor.now + (self._carried() if carried is None else carried) - anchor.carried

    async def _measure(self) -> Measure:
        if self._database.dialect == "sqlite":
            return Measure(self._wall(), self._carried())
        samples = [await self._sample() for _ in range(SAMPLES)]
        return min(samples, key=lambda sample: sample.error)

    async def _sample(self) -> Measure:
        asked = self._carried()
        now = await self._database.autocommit(_database_now)
        answered = self._carried()
        return Measure(now, (asked + answered) // 2, (answered - asked + 1) // 2)

    async def _is_held(self, now: Micros) -> bool:
        soon = exists().where(log_timer.c.name.startswith("close/"), log_timer.c.due_at <= now + HOLD)
        return bool(await self._database.read(lambda connection: connection.scalar(select(soon))))


def _database_now(connection: Connection) -> Micros:
    query = text("select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)")
    return int(connection.scalar(query) or 0)
