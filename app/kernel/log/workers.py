"""Workers: who is alive, who has answered everything received before a deadline. Closing a voting asks both."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable

import structlog
from sqlalchemy import Connection, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.kernel.away import is_away
from app.kernel.clock import Clock, Micros
from app.kernel.db import Database
from app.kernel.errors import Refused
from app.kernel.log.draft import Workers
from app.kernel.log.tables import worker, worker_drain
from app.kernel.logging import incident

SECOND = 1_000_000
LEASE = 5 * SECOND
RENEW_EVERY_S = 1.0
FORGOTTEN_AFTER = 86_400 * SECOND
LAG_TICK_S = 0.01
LAG_KEPT = 900 * SECOND

log = structlog.get_logger(__name__)


class InFlight:
    """Commands received and not yet answered, by topic; counted from the last byte to the answer."""

    def __init__(self) -> None:
        self._received: dict[str, dict[Hold, None]] = {}
        self._fell = asyncio.Event()

    def command(self, topic: str, received_at: Micros) -> "Hold":
        """Hold this around everything between the stamp and the answer."""
        return Hold(self, topic, received_at)

    def begin(self, hold: "Hold") -> None:
        self._received.setdefault(hold.topic, {})[hold] = None

    def end(self, hold: "Hold") -> None:
        held = self._received[hold.topic]
        del held[hold]
        if not held:
            del self._received[hold.topic]
        self._fell.set()

    async def answered(self, topic: str, admit_until: Micros) -> None:
        """Returns when nothing stamped at or before `admit_until` waits any more."""
        while self.count(topic, admit_until):
            self._fell.clear()
            await self._fell.wait()

    def count(self, topic: str, admit_until: Micros) -> int:
        """How many stamped at or before `admit_until` still wait."""
        return sum(hold.received_at <= admit_until for hold in self._received.get(topic, ()))


class Hold:
    """A command in flight, as a context manager. Every vote has one, so it is as plain as can be."""

    __slots__ = ("_in_flight", "received_at", "topic")

    def __init__(self, in_flight: InFlight, topic: str, received_at: Micros) -> None:
        self._in_flight = in_flight
        self.topic = topic
        self.received_at = received_at

    def __enter__(self) -> None:
        self._in_flight.begin(self)

    def __exit__(self, *_: object) -> None:
        self._in_flight.end(self)


class LoopLag:
    """How late the event loop ran: a vote may have waited that long before it was stamped.

    Kept are only lags that no later one has reached: the first of a time is its largest, and there are never many.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lags: deque[tuple[Micros, int]] = deque()
        self.on_lag: Callable[[float], None] = lambda seconds: None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await asyncio.sleep(LAG_TICK_S)
            lag_s = max(0.0, loop.time() - begun - LAG_TICK_S)
            self.on_lag(lag_s)
            self.add(int(lag_s * 1000))

    def add(self, lag_ms: int) -> None:
        try:
            now = self._clock()
        except Refused:  # no trusted time: nothing is stamped either
            return
        while self._lags and self._lags[-1][1] <= lag_ms:
            self._lags.pop()
        self._lags.append((now, lag_ms))
        while self._lags[0][0] < now - LAG_KEPT:
            self._lags.popleft()

    def largest_since(self, at: Micros) -> int:
        """Milliseconds; 0 when nothing was measured."""
        return next((lag for when, lag in self._lags if when >= at), 0)


class Worker:
    """This process in the table of workers: a lease of 5 s renewed every second, and drain rows."""

    def __init__(
        self, database: Database, clock: Clock, build: str, reads: int, id: str | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._build = build
        self._reads = reads
        self.id = id or secrets.token_hex(8)
        self.in_flight = InFlight()
        self.lag = LoopLag(clock)

    async def start(self) -> None:
        now = self._clock()
        row = {
            "id": self.id,
            "started_at": now,
            "lease_until": now + LEASE,
            "reads": self._reads,
            "build": self._build,
        }
        await self._database.write(lambda connection: connection.execute(insert(worker), row).close())

    async def run(self) -> None:
        """Renew for ever, measure the loop; cancel to stop."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.lag.run())
            tasks.create_task(self._renew_for_ever())

    async def stop(self) -> None:
        """Leave the table, so that no closing waits for this process."""
        gone = delete(worker).where(worker.c.id == self.id)
        await self._database.write(lambda connection: connection.execute(gone).close())

    async def renew(self) -> None:
        """A worker that was away so long that it was forgotten starts anew."""
        now = self._clock()

        def work(connection: Connection) -> bool:
            mine = update(worker).where(worker.c.id == self.id).values(lease_until=now + LEASE)
            connection.execute(delete(worker).where(worker.c.lease_until < now - FORGOTTEN_AFTER))
            return connection.execute(mine).rowcount == 1

        if not await self._database.write(work):
            await self.start()

    async def drain(self, topic: int, name: str, voting: int, admit_until: Micros, lag_since: Micros) -> None:
        """After `admit_until`: answer what was received until then, and say so in a row; twice is once."""
        await asyncio.sleep(0)
        await self.in_flight.answered(name, admit_until)
        row = {
            "topic": topic,
            "voting": voting,
            "admit_until": admit_until,
            "worker": self.id,
            "lag_ms": self.lag.largest_since(lag_since),
        }
        upsert = insert_sqlite if self._database.dialect == "sqlite" else insert_postgresql
        once = upsert(worker_drain).values(row).on_conflict_do_nothing()
        await self._database.write(lambda connection: connection.execute(once).close())

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            try:
                await self.renew()
            except Refused as refused:
                log.warning("lease_not_renewed", code=refused.code)
            except Exception as error:  # the edge of this task: a lease must go on being renewed
                if not is_away(error):
                    incident(error, where="lease")
                log.warning("lease_not_renewed", cause=type(error).__name__)


async def workers_at(
    database: Database, topic: int, voting: int, opened_at: Micros, admit_until: Micros, now: Micros
) -> Workers:
    """Who had to drain for the closing at `admit_until`: workers that started before it."""
    return await database.read(
        lambda connection: _workers_at(connection, topic, voting, opened_at, admit_until, now)
    )


def _workers_at(
    connection: Connection, topic: int, voting: int, opened_at: Micros, admit_until: Micros, now: Micros
) -> Workers:
    drain = worker_drain.c
    of_closing = and_(drain.topic == topic, drain.voting == voting, drain.admit_until == admit_until)
    drained = set(connection.scalars(select(drain.worker).where(of_closing)))
    started = select(worker.c.id, worker.c.lease_until).where(worker.c.started_at <= admit_until)
    leases = {row.id: row.lease_until for row in connection.execute(started)}
    live = {id for id, until in leases.items() if until > now}
    lost = {id for id, until in leases.items() if opened_at <= until <= now} - drained
    lag = connection.scalar(select(func.max(drain.lag_ms)).where(of_closing)) or 0
    return Workers(live=len(live), drained=len(live & drained), lost=len(lost), max_lag_ms=lag)
