"""Snapshots of a fold: a cache, so that opening a topic need not fold its whole log. The log stays the truth.

One is taken every 5000 events and after the kinds that the machine names; the newest two are kept. A snapshot is
used only where the log has its very mark at its position; otherwise, or when it cannot be read, the log is folded.
"""

import asyncio
import zlib
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Connection, and_, delete, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.kernel.away import is_away
from app.kernel.db import Database
from app.kernel.log.chain import StoredEvent
from app.kernel.log.fold import Fold
from app.kernel.log.model import Keeping, Position
from app.kernel.log.tables import log_event, log_snapshot
from app.kernel.logging import incident

S = TypeVar("S")

EVERY = 5000
"""Folding so many takes a third of a second; taken oftener, they fall into the middle of large votings."""
KEPT = 2
FAST = 1

log = structlog.get_logger(__name__)


class Snapshots(Generic[S]):
    """Of one topic in one process; without `keeping` there are none."""

    def __init__(self, database: Database, topic: int, keeping: Keeping[S] | None) -> None:
        self._database = database
        self._topic = topic
        self._keeping = keeping
        self._task: asyncio.Task[None] | None = None

    async def newest(self) -> Fold[S] | None:
        """The fold of the newest snapshot that the log confirms."""
        keeping = self._keeping
        if keeping is None:
            return None
        row = await self._database.read(lambda connection: _newest(connection, self._topic, keeping.version))
        if row is None:
            return None
        position, at, body = row
        try:
            return Fold(await asyncio.to_thread(_loaded, keeping, body), position, at)
        except Exception as error:  # a cache: whatever is wrong with it, the log has everything
            incident(error, where="snapshot", topic=self._topic, at=position.at)
            return None

    def committed(self, before: int, events: tuple[StoredEvent, ...], fold: Fold[S]) -> None:
        """After each append: take a snapshot beside the writer when it is time, one at a time."""
        keeping = self._keeping
        if keeping is None or (self._task and not self._task.done()):
            return
        is_round = fold.position.at // EVERY > before // EVERY
        if is_round or any(event.kind in keeping.kinds for event in events):
            self._task = asyncio.create_task(self._keep(keeping, fold))

    async def finish(self) -> None:
        if self._task:
            await self._task

    async def _keep(self, keeping: Keeping[S], fold: Fold[S]) -> None:
        try:
            body = await asyncio.to_thread(_dumped, keeping, fold.state)
            await self._database.write(
                lambda connection: _put(connection, self._topic, keeping.version, fold.position, body)
            )
        except Exception as error:  # the edge of a task that nobody awaits; the next one will do
            if not is_away(error):
                incident(error, where="snapshot", topic=self._topic)
            log.warning("snapshot_not_kept", topic=self._topic, cause=type(error).__name__)


def _dumped(keeping: Keeping[S], state: S) -> bytes:
    return zlib.compress(keeping.dump(state), FAST)


def _loaded(keeping: Keeping[S], body: bytes) -> S:
    return keeping.load(zlib.decompress(body))


def _newest(connection: Connection, topic: int, version: int) -> tuple[Position, int, bytes] | None:
    of_log = and_(
        log_event.c.topic == log_snapshot.c.topic,
        log_event.c.pos == log_snapshot.c.pos,
        log_event.c.hash == log_snapshot.c.mark,
    )
    query = (
        select(log_event.c.epoch, log_event.c.pos, log_event.c.hash, log_event.c.at, log_snapshot.c.body)
        .join(log_event, of_log)
        .where(log_snapshot.c.topic == topic, log_snapshot.c.state_version == version)
        .order_by(log_snapshot.c.pos.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return row and (Position(row.epoch, row.pos, row.hash), row.at, row.body)


def _put(connection: Connection, topic: int, version: int, position: Position, body: bytes) -> None:
    snapshot = log_snapshot.c
    row = {"topic": topic, "state_version": version, "pos": position.at, "mark": position.mark, "body": body}
    upsert = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    connection.execute(upsert(log_snapshot).values(row).on_conflict_do_nothing())
    mine = (snapshot.topic == topic, snapshot.state_version == version)
    kept = select(snapshot.pos).where(*mine).order_by(snapshot.pos.desc()).limit(KEPT)
    oldest = min(connection.scalars(kept))
    connection.execute(delete(log_snapshot).where(*mine, snapshot.pos < oldest))
