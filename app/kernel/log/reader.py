"""The fold of one topic in one process: kept up to the log and checked against its chain."""

import asyncio
import secrets
from collections import deque
from dataclasses import replace
from itertools import islice
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Connection

from app.kernel.canonical import canonical
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.errors import Elsewhere, NotFound
from app.kernel.log import store
from app.kernel.log.append import append
from app.kernel.log.batch import Batch
from app.kernel.log.chain import ChainBroken, StoredEvent, genesis, next_hash, verify_chain
from app.kernel.log.fold import HISTORY_RESTORED, REDACTED, Fold, evolve
from app.kernel.log.model import Machine, Position
from app.kernel.log.snapshots import Snapshots
from app.kernel.log.store import TopicRow
from app.kernel.log.subjects import Subjects
from app.kernel.metrics import Metrics

S = TypeVar("S")
PAGE = 1000
REMEMBERED = 4000
"""Events kept in memory after they were folded, so that who follows the fold need not read them again."""
EPOCH_BYTES = 8
ARCHIVED = 2

log = structlog.get_logger(__name__)


class HistoryLost(Exception):
    """The log is not the one this process has folded: somebody put back an old copy of the database."""


class Reader(Generic[S]):
    """Holds the newest fold; `catch_up` reads the tail, `adopt` takes what the writer has just committed."""

    def __init__(
        self,
        database: Database,
        row: TopicRow,
        machine: Machine[S],
        subjects: Subjects,
        clock: Clock,
        snapshots: Snapshots[S],
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._topic = row.topic
        self._name = row.name
        self._machine = machine
        self._subjects = subjects
        self._clock = clock
        self._snapshots = snapshots
        self._metrics = metrics
        self._reading = asyncio.Lock()
        self._refusal: Elsewhere | None = None
        self.log_bytes = 0
        """Of the events folded so far: a measure of what the fold keeps in memory."""
        self._recent: deque[StoredEvent] = deque(maxlen=REMEMBERED)
        self.genesis = genesis(row.name, row.position.epoch)
        self.fold = self._nothing(row.position.epoch)

    async def start(self) -> None:
        """Fold the log for the first time, from the newest snapshot on. Raises Elsewhere when it holds what this release cannot read."""
        row = await self._row()
        epoch = await self._database.read(lambda connection: store.first_epoch(connection, row))
        self.genesis = genesis(self._name, epoch)
        self.fold = await self._snapshots.newest() or self._nothing(epoch)
        at = self.fold.position.at
        self.log_bytes = await self._database.read(
            lambda connection: store.log_bytes(connection, self._topic, at)
        )
        await self.catch_up()

    async def catch_up(self) -> Position:
        """Read to the head. One read at a time; a topic that cannot be read stays refused with Elsewhere."""
        async with self._reading:
            if self._refusal:
                raise Elsewhere(details=self._refusal.details)
            try:
                await self._read_to_head()
            except HistoryLost:
                await self._start_over()
            except Elsewhere as refusal:
                self._refusal = refusal
                raise
        return self.fold.position

    def adopt(self, fold: Fold[S], events: tuple[StoredEvent, ...]) -> None:
        """The fold after `events`. Only forward: what a slower read brings is already known."""
        if fold.position.at <= self.fold.position.at:
            return
        if events[0].pos != self.fold.position.at + 1:
            self._recent.clear()
        self._recent.extend(events)
        self.log_bytes += sum(len(event.body) for event in events)
        self.fold = fold

    def recent(self, after: int, upto: int) -> tuple[StoredEvent, ...] | None:
        """The events in (after, upto] of the folded history; None when not all of them are remembered."""
        if not self._recent or not self._recent[0].pos - 1 <= after <= upto <= self._recent[-1].pos:
            return None
        first = self._recent[0].pos
        return tuple(islice(self._recent, after + 1 - first, upto + 1 - first))

    @property
    def is_elsewhere(self) -> bool:
        return self._refusal is not None

    def follow(self, fold: Fold[S], row: TopicRow, events: tuple[StoredEvent, ...]) -> Fold[S]:
        """The fold after `events`, which must continue it up to some point of `row`. Raises HistoryLost."""
        self._check_continues(fold, row, events)
        for event in events:
            if event.kind == REDACTED:
                self._subjects.forget()
            fold = evolve(self._machine, fold, event)
        return replace(fold, is_archived=row.status == ARCHIVED)

    def _check_continues(self, fold: Fold[S], row: TopicRow, events: tuple[StoredEvent, ...]) -> None:
        at, mark = fold.position.at, fold.position.mark
        if row.position.at < at or (row.position.at == at and row.position.mark != mark):
            raise HistoryLost
        if events and (events[0].pos, events[0].hash) != (at + 1, next_hash(mark, events[0])):
            raise HistoryLost
        verify_chain(mark, events, at)

    async def _read_to_head(self) -> None:
        while True:
            fold = self.fold
            row, events = await self._tail(fold.position.at)
            self.adopt(self.follow(fold, row, events), events)
            self.fold = replace(self.fold, is_archived=row.status == ARCHIVED)
            if len(events) < PAGE:
                return
            await asyncio.sleep(0)

    async def _tail(self, after: int) -> tuple[TopicRow, tuple[StoredEvent, ...]]:
        def read(connection: Connection) -> tuple[TopicRow | None, tuple[StoredEvent, ...]]:
            row = store.topic_numbered(connection, self._topic)
            return row, store.events_after(connection, self._topic, after, PAGE)

        row, events = await self._database.read(read)
        return self._existing(row), events

    async def _start_over(self) -> None:
        """Drop the fold, read the other history from its start, and give it another epoch if nobody has yet."""
        lost = self.fold.position
        self._metrics.history_lost.inc()
        log.error("history_lost", topic=self._name, at=lost.at, mark=lost.mark.hex())
        await self._read_all_anew()
        while self.fold.position.epoch == lost.epoch:
            batch = self._restored(lost)
            await self._database.autocommit(lambda connection, batch=batch: append(connection, batch))  # type: ignore[misc]
            await self._read_all_anew()

    async def _read_all_anew(self) -> None:
        row = await self._row()
        epoch = await self._database.read(lambda connection: store.first_epoch(connection, row))
        self.genesis = genesis(self._name, epoch)
        self.fold, self.log_bytes = self._nothing(epoch), 0
        self._recent.clear()
        try:
            await self._read_to_head()
        except HistoryLost as error:
            raise ChainBroken(self.fold.position.at + 1) from error

    def _restored(self, lost: Position) -> Batch:
        """`history_restored` under a new epoch, by compare-and-set like everything else."""
        here, epoch = self.fold.position, secrets.token_bytes(EPOCH_BYTES)
        before = (
            here.mark if here.at else genesis(self._name, epoch)
        )  # nothing was left: the lineage begins here
        body = {"old_epoch": lost.epoch.hex(), "pos": lost.at, "old_mark": lost.mark.hex()}
        unlinked = StoredEvent(
            topic=self._topic,
            pos=here.at + 1,
            epoch=epoch,
            at=max(self.fold.last_at, self._clock()),
            kind=HISTORY_RESTORED,
            version=1,
            actor="system",
            command=None,
            body=canonical(body),
            private_hash=None,
            hash=b"",
        )
        event = replace(unlinked, hash=next_hash(before, unlinked))
        return Batch(self._topic, here, Position(event.epoch, event.pos, event.hash), events=(event,))

    async def _row(self) -> TopicRow:
        return self._existing(
            await self._database.read(lambda connection: store.topic_numbered(connection, self._topic))
        )

    def _existing(self, row: TopicRow | None) -> TopicRow:
        if row is None:
            raise NotFound(details={"topic": self._name})
        return row

    def _nothing(self, epoch: bytes) -> Fold[S]:
        return Fold(self._machine.initial(), Position(epoch, 0, self.genesis))
