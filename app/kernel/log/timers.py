"""Timers: rows set by events, found by every worker; whoever fires one sends the same command id."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, func, select

from app.kernel.away import is_away
from app.kernel.canonical import canonical
from app.kernel.clock import Clock, Micros
from app.kernel.db import Database
from app.kernel.errors import Refused
from app.kernel.log.model import Answer
from app.kernel.log.tables import log_timer, log_topic
from app.kernel.logging import incident

SWEEP_EVERY_S = 1.0
AGAIN_S = 0.1
"""A closing that waits for the drain of another worker is tried again so soon; and after a closing comes its count."""
SHORTEST_PAUSE_S = 0.01
MAX_DUE = 200
REST_AFTER_FAILURE = 30_000_000
FOR_EVER = 2**62

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A timer whose hour has come. `command_id` is the same on every worker: N that fire it are one command."""

    topic: int
    topic_name: str
    name: str
    due_at: Micros

    @property
    def command_id(self) -> bytes:
        return timer_command_id(self.topic, self.name, self.due_at)


Handler = Callable[[Due], Awaitable[Answer | None]]
"""Given by the slice: submits a command with `due.command_id` as actor `system`; None means nothing to do now."""


def timer_command_id(topic: int, name: str, due_at: Micros) -> bytes:
    return hashlib.blake2b(canonical([topic, name, due_at]), digest_size=16).digest()


class Timers:
    """Every worker sweeps, so a topic that nobody has open closes too."""

    def __init__(self, database: Database, clock: Clock, handler: Handler) -> None:
        self._database = database
        self._clock = clock
        self._handler = handler
        self._resting: dict[bytes, Micros] = {}

    async def run(self) -> None:
        """Sweep every second, and at the very moment when the next timer is due; cancel to stop."""
        while True:
            try:
                await asyncio.sleep(await self.sweep())
            except Refused:  # no trusted time, so nothing is due
                await asyncio.sleep(SWEEP_EVERY_S)
            except Exception as error:  # the edge of this task: a failed sweep must not end all closings
                _told(error, where="timers")
                await asyncio.sleep(SWEEP_EVERY_S)

    async def sweep(self) -> float:
        """Fire what is due; returns seconds until it is worth looking again."""
        now = self._clock()
        due, next_at = await self._database.read(lambda connection: _due(connection, now))
        ids = {each.command_id for each in due}
        self._resting = {id: until for id, until in self._resting.items() if id in ids}
        ready = [each for each in due if self._resting.get(each.command_id, 0) <= now]
        if not all(await asyncio.gather(*(self._fire(each) for each in ready))):
            return AGAIN_S
        if any(self._resting.get(each.command_id) == FOR_EVER for each in ready):
            return AGAIN_S  # what fired may have set the next: a closing is followed by its count
        ahead = SWEEP_EVERY_S if next_at is None else (next_at - self._clock()) / 1_000_000
        return min(SWEEP_EVERY_S, max(SHORTEST_PAUSE_S, ahead))

    async def _fire(self, due: Due) -> bool:
        """False: nothing was decided yet, and soon it may be."""
        try:
            answer = await self._handler(due)
        except Refused as refused:  # nothing was decided: the row stays, the next sweep tries again
            if not refused.final:
                return False
            self._resting[due.command_id] = FOR_EVER
        except Exception as error:  # an edge: the other timers must fire
            _told(error, where="timer", topic=due.topic_name, timer=due.name)
            self._resting[due.command_id] = self._clock() + REST_AFTER_FAILURE
        else:
            if answer and answer.final:
                self._resting[due.command_id] = FOR_EVER
        return True


def _told(error: Exception, **where: object) -> None:
    if is_away(error):
        log.warning("timers_wait", cause=type(error).__name__, **where)
    else:
        incident(error, **where)


def _due(connection: Connection, now: Micros) -> tuple[tuple[Due, ...], Micros | None]:
    """Due timers, oldest first, and when the next one comes."""
    timer, topic = log_timer.c, log_topic.c
    query = (
        select(timer.topic, topic.name, timer.name, timer.due_at)
        .join(log_topic, topic.topic == timer.topic)
        .where(timer.due_at <= now, topic.status < 2)
        .order_by(timer.due_at)
        .limit(MAX_DUE)
    )
    rows = connection.execute(query).all()
    next_at = connection.scalar(select(func.min(timer.due_at)).where(timer.due_at > now))
    return tuple(Due(*row) for row in rows), next_at
