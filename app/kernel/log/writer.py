"""One writer per topic and process: takes what is queued, decides it, appends it in one statement, then answers.

Nothing is answered before its commit. A lost race reads the tail and decides everything anew; after two losses
the topic's row is locked. Where the connection breaks the outcome is unknown, so it is read from the log, never
guessed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.kernel.away import is_away
from app.kernel.db import Database
from app.kernel.errors import DatabaseAway, Overloaded, Refused, Retry
from app.kernel.log import store
from app.kernel.log.append import append, record
from app.kernel.log.draft import Draft, Ground, Prepared, Queued, Workers
from app.kernel.log.fold import Fold
from app.kernel.log.model import Answer
from app.kernel.log.reader import PAGE, Reader
from app.kernel.log.redaction import Redact
from app.kernel.log.snapshots import Snapshots
from app.kernel.log.store import CommandKey, Ref, settled

S = TypeVar("S")

MAX_BATCH_COMMANDS = 128
MAX_BATCH_BYTES = 256 * 1024
COMMANDS_A_TURN = 10
"""Decided before others have a turn of the loop: some two milliseconds."""
MAX_QUEUE = 2000
MAX_IN_FLIGHT = 8
LOSSES_BEFORE_LOCK = 2
MAX_LOSSES = 20  # under the lock a loss only means that keys or a long tail had to be read first
MAX_AWAY = 3
AWAY_PAUSE_S = 0.05
SYSTEM = "system"

WorkersHook = Callable[[int, Any, Any], Awaitable[Workers] | None]
"""Facts about workers for (topic number, state, command), or None: the command does not need them."""

Ring = Callable[[str, bytes, int], None]
"""Tell the bus: (topic name, epoch, position)."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Waiting:
    """A queued command and who waits for its answer."""

    queued: Queued
    answer: "asyncio.Future[Answer]"


class Writer(Generic[S]):
    def __init__(
        self,
        database: Database,
        ground: Ground[S],
        reader: Reader[S],
        snapshots: Snapshots[S],
        ring: Ring,
        workers: WorkersHook,
    ) -> None:
        self._database = database
        self._ground = ground
        self._reader = reader
        self._snapshots = snapshots
        self._ring = ring
        self._workers = workers
        self._queue: deque[Waiting] = deque()
        self._in_flight: dict[str, int] = {}
        self._running: asyncio.Task[None] | None = None

    async def submit(self, queued: Queued) -> Answer:
        """Raises a non-final `Refused` when nothing was decided."""
        in_flight = self._in_flight.get(queued.actor, 0)
        self._check_load(queued.actor, in_flight)
        waiting = Waiting(queued, asyncio.get_running_loop().create_future())
        self._in_flight[queued.actor] = in_flight + 1
        self._queue.append(waiting)
        if self._running is None:
            self._running = asyncio.create_task(self._drain())
        begun = perf_counter()
        try:
            answer = await waiting.answer
        finally:
            self._landed(queued.actor)
        self._ground.metrics.command_seconds.observe(perf_counter() - begun)
        return answer

    def _check_load(self, actor: str, in_flight: int) -> None:
        is_full = len(self._queue) >= MAX_QUEUE
        if is_full or (actor != SYSTEM and in_flight >= MAX_IN_FLIGHT):
            self._ground.metrics.overloaded.inc()
            raise Overloaded(details={} if is_full else {"in_flight": MAX_IN_FLIGHT})

    @property
    def is_busy(self) -> bool:
        return self._running is not None

    async def finish(self) -> None:
        """Wait until everything queued is answered."""
        if self._running:
            await self._running
        await self._snapshots.finish()

    def _landed(self, actor: str) -> None:
        self._in_flight[actor] -= 1
        if not self._in_flight[actor]:
            del self._in_flight[actor]

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._settle(self._next_batch())
                await asyncio.sleep(0)
        finally:
            self._running = None

    def _next_batch(self) -> list[Waiting]:
        batch: list[Waiting] = []
        size = 0
        while self._queue and len(batch) < MAX_BATCH_COMMANDS:
            queued = self._queue[0].queued
            size += len(queued.fingerprint) + queued.blob_bytes
            if batch and size > MAX_BATCH_BYTES:
                break
            batch.append(self._queue.popleft())
        return batch

    async def _settle(self, batch: list[Waiting], *, is_alone: bool = False) -> None:
        """Answer all of `batch`, in as many appends as its places and timers need."""
        losses = away = clashes = 0
        begun = perf_counter()
        while batch:
            try:
                draft = await self._attempt(batch, with_lock=losses >= LOSSES_BEFORE_LOCK)
                if draft is None:
                    losses += 1
                    self._ground.metrics.lost_races.inc()
                    if losses > MAX_LOSSES:
                        return _fail(batch, Retry())
                    await self._reader.catch_up()
                    continue
                batch = self._publish(draft, batch)
                self._settled(len(draft.outcomes), begun)
                losses = away = clashes = 0
                begun = perf_counter()
            except IntegrityError as error:
                clashes += 1
                self._ground.metrics.clashes.inc()
                if clashes > 1 and is_alone:
                    return _fail(batch, error)
                if len(batch) > 1:
                    return await self._settle_one_by_one(batch)
                is_alone = True
                await self._catch_up_or_fail(batch)
            except Refused as refused:
                return _fail(batch, refused)
            except Exception as error:  # an edge: whoever waits gets it, and it is logged once there
                away += 1
                if not is_away(error) or away > MAX_AWAY:
                    return _fail(batch, error)
                self._ground.metrics.unknown_outcomes.inc()
                log.warning("append_unknown", topic=self._ground.name, cause=type(error).__name__)
                await asyncio.sleep(AWAY_PAUSE_S)
                await self._catch_up_or_fail(batch)

    def _settled(self, commands: int, begun: float) -> None:
        self._ground.metrics.batch_commands.observe(commands)
        self._ground.metrics.commit_seconds.observe(perf_counter() - begun)

    async def _settle_one_by_one(self, batch: list[Waiting]) -> None:
        for waiting in batch:
            single = [waiting]
            await self._catch_up_or_fail(single)
            await self._settle(single, is_alone=True)

    async def _catch_up_or_fail(self, batch: list[Waiting]) -> None:
        """Empties `batch` when it had to be failed."""
        try:
            await self._reader.catch_up()
        except Exception as error:  # the same edge as above
            _fail(batch, error)
            batch.clear()

    async def _attempt(self, batch: Sequence[Waiting], *, with_lock: bool) -> Draft[S] | None:
        """Decide and append once; None when another writer was first. The whole batch is decided anew each time."""
        queue = [waiting.queued for waiting in batch]
        workers = await self._worker_facts(queue)
        if with_lock:
            self._ground.metrics.row_locks.inc()
            return await self._attempt_locked(queue, workers)
        read = self._database.read
        fold = self._reader.fold  # taken first, so that what is read beside it is never older
        prepared = await read(lambda connection: self._prepare(connection, queue, workers))
        draft = await self._decide_in_turns(fold, prepared, queue)
        if draft.refused_actors:
            draft.cap_refusals(await read(lambda connection: self._refusals(connection, draft)))
        await self._ensure_keys(draft.subjects)
        if any(map(self._ground.subjects.is_destroyed, draft.subjects)):
            return None  # decided without knowing it: decide again
        if not draft.has_events:
            return draft if await self._record(draft) else None
        rows = draft.batch()
        return draft if await self._database.autocommit(lambda connection: append(connection, rows)) else None

    async def _attempt_locked(
        self, queue: list[Queued], workers: Mapping[CommandKey, Workers]
    ) -> Draft[S] | None:
        subjects: frozenset[str] = frozenset()

        def work(connection: Connection) -> Draft[S] | None:
            nonlocal subjects
            fold = self._fold_under_lock(connection)
            if fold is None:
                return None
            draft = self._decide(fold, self._prepare(connection, queue, workers), queue)
            draft.cap_refusals(self._refusals(connection, draft))
            subjects = draft.subjects
            if self._ground.subjects.missing(subjects):
                return None
            if not draft.has_events:
                return draft if self._record_in(connection, draft) else None
            return draft if append(connection, draft.batch()) else None

        draft = await self._database.write(work)
        await self._ensure_keys(subjects)  # made in a transaction of their own, for the next attempt
        return draft

    async def _ensure_keys(self, of_subjects: frozenset[str]) -> None:
        subjects = self._ground.subjects
        missing = subjects.missing(of_subjects)
        if missing:
            keys = await self._database.write(lambda connection: subjects.ensure(connection, missing))
            subjects.remember(keys)

    def _fold_under_lock(self, connection: Connection) -> Fold[S] | None:
        """The fold at the head of a locked row; None when the tail is too long to be read under a lock."""
        fold = self._reader.fold
        row = store.topic_numbered(connection, self._ground.topic, lock=True)
        if row is None:
            return None
        tail = store.events_after(connection, self._ground.topic, fold.position.at, PAGE)
        return self._reader.follow(fold, row, tail) if len(tail) < PAGE else None

    def _prepare(
        self, connection: Connection, queue: Sequence[Queued], workers: Mapping[CommandKey, Workers]
    ) -> Prepared:
        topic = self._ground.topic
        redacted = {
            queued.key: _refs(connection, topic, queued.command)
            for queued in queue
            if isinstance(queued.command, Redact)
        }
        return Prepared(settled(connection, topic, [queued.key for queued in queue]), redacted, workers)

    async def _decide_in_turns(self, fold: Fold[S], prepared: Prepared, queue: Sequence[Queued]) -> Draft[S]:
        """The same as `_decide`, with turns of the loop for others in between: a crowd must not hold it."""
        draft = Draft(self._ground, fold, prepared)
        for number, queued in enumerate(queue, 1):
            if not draft.decide(queued):
                break
            if number % COMMANDS_A_TURN == 0:
                await asyncio.sleep(0)
        return draft

    def _decide(self, fold: Fold[S], prepared: Prepared, queue: Sequence[Queued]) -> Draft[S]:
        draft = Draft(self._ground, fold, prepared)
        for queued in queue:
            if not draft.decide(queued):
                break
        return draft

    def _refusals(self, connection: Connection, draft: Draft[S]) -> Mapping[str, int]:
        actors = draft.refused_actors
        return store.refusals_stored(connection, self._ground.topic, actors) if actors else {}

    async def _record(self, draft: Draft[S]) -> bool:
        """Refusals and plain yeses stand alone: written where the head is still the one they were judged at."""
        if not draft.has_rows:
            return True
        return await self._database.write(lambda connection: self._record_in(connection, draft))

    def _record_in(self, connection: Connection, draft: Draft[S]) -> bool:
        rows = draft.batch()
        if not rows.commands:
            return True
        record(connection, rows)
        keys = [(row.actor, row.command) for row in rows.commands]
        standing = settled(connection, self._ground.topic, keys)
        return all(
            key in standing and standing[key] == row for key, row in zip(keys, rows.commands, strict=True)
        )

    async def _worker_facts(self, queue: Sequence[Queued]) -> Mapping[CommandKey, Workers]:
        facts = {}
        for queued in queue:
            asked = self._workers(self._ground.topic, self._reader.fold.state, queued.command)
            if asked is not None:
                facts[queued.key] = await asked
        return facts

    def _publish(self, draft: Draft[S], batch: Sequence[Waiting]) -> list[Waiting]:
        """After the commit: move the fold, answer, ring. Returns what waits for the next append."""
        if draft.is_redaction:
            self._ground.subjects.forget()
        self._reader.adopt(draft.fold, draft.events)
        self._snapshots.committed(draft.begun_at, draft.events, draft.fold)
        left: list[Waiting] = []
        taken: set[CommandKey] = set()
        for waiting in batch:
            key = waiting.queued.key
            if left or key not in draft.outcomes or key in taken:
                left.append(waiting)
                continue
            taken.add(key)
            _answer(waiting, draft.outcomes[key])
        if draft.has_events:
            self._ring(self._ground.name, draft.fold.position.epoch, draft.fold.position.at)
        return left


def _refs(connection: Connection, topic: int, command: Redact) -> tuple[Ref, ...]:
    of_subjects = store.privates_of(connection, topic, command.subjects) if command.subjects else ()
    named = store.privates_at(connection, topic, {pos for pos, _ in command.refs}) if command.refs else ()
    found = {(row.pos, row.part) for row in named} & set(command.refs)
    return tuple(sorted(found | {(row.pos, row.part) for row in of_subjects}))


def _answer(waiting: Waiting, outcome: Answer | Exception) -> None:
    if waiting.answer.done():
        return
    if isinstance(outcome, Answer):
        waiting.answer.set_result(outcome)
    else:
        waiting.answer.set_exception(outcome)


def _fail(batch: Sequence[Waiting], error: Exception) -> None:
    """Nobody is told yes or no: a database that is away leaves the command undecided."""
    outcome = DatabaseAway() if is_away(error) else error
    for waiting in batch:
        _answer(waiting, outcome)
