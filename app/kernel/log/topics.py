"""Topics of one process: created by name, opened once, folded by the machine whose rules they were created with."""

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import IntegrityError

from app.kernel.away import away_as_retry
from app.kernel.canonical import parsed
from app.kernel.clock import Clock, Micros
from app.kernel.crypto import unseal
from app.kernel.db import Database
from app.kernel.errors import Conflict, Elsewhere, NotFound
from app.kernel.keys import Keys
from app.kernel.log import answers, seals, store
from app.kernel.log.batch import PrivateRow
from app.kernel.log.chain import genesis
from app.kernel.log.draft import Ground, Queued, private_place
from app.kernel.log.fold import decode
from app.kernel.log.model import Answer, Body, Event, Machine, Position
from app.kernel.log.reader import EPOCH_BYTES, Reader
from app.kernel.log.snapshots import Snapshots
from app.kernel.log.store import CommandKey, Ref, TopicRow
from app.kernel.log.subjects import SubjectKeys, Subjects
from app.kernel.log.verify import Records, records_of
from app.kernel.log.writer import Ring, WorkersHook, Writer
from app.kernel.metrics import Metrics
from app.kernel.together import Together

S = TypeVar("S")

FORMAT = 1
"""Format of topics that this release reads and writes."""

CHUNK = 200
FARTHEST = 2**62
IDLE_S = 600.0
MAX_FOLDED_BYTES = 512 * 1024 * 1024
"""Bodies of the events of all open topics; over this the longest unused go early, but none that was used just now."""
JUST_NOW_S = 30.0


class Topic(Generic[S]):
    """A `TopicLog`: reads go to the database, commands to the writer."""

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
        self._used_at = _loop_time()
        self._writer = Writer(database, ground, reader, snapshots, ring, workers)
        self._marks = Together(self._marks_at)

    @property
    def name(self) -> str:
        return self._ground.name

    @property
    def number(self) -> int:
        """Its number in the tables."""
        return self._ground.topic

    @property
    def state(self) -> S:
        return self._reader.fold.state

    @property
    def position(self) -> Position:
        return self._reader.fold.position

    @property
    def is_elsewhere(self) -> bool:
        """It met an event that this release does not read: nothing is served from it any more."""
        return self._reader.is_elsewhere

    async def submit(
        self,
        actor: str,
        command_id: bytes,
        command: Any,
        fingerprint: bytes,
        received_at: Micros,
        outside: Mapping[str, Any] | None = None,
        blob_bytes: int = 0,
    ) -> Answer:
        self._used_at = _loop_time()
        queued = Queued(actor, command_id, command, fingerprint, received_at, outside or {}, blob_bytes)
        return await self._writer.submit(queued)

    async def answers(self, actor: str, command_ids: tuple[bytes, ...]) -> Mapping[bytes, Answer]:
        found = await self.settled((actor, command_id) for command_id in command_ids)
        return {command_id: answer for (_, command_id), answer in found.items()}

    async def settled(self, keys: Iterable[CommandKey]) -> Mapping[CommandKey, Answer]:
        """Settled answers of several actors at once, by (actor, command id)."""
        wanted = tuple(keys)
        with away_as_retry():
            rows = await self._database.read(
                lambda connection: store.settled(connection, self.number, wanted)
            )
        return {key: answers.restored(row) for key, row in rows.items()}

    async def catch_up(self) -> Position:
        self._used_at = _loop_time()
        with away_as_retry():
            return await self._reader.catch_up()

    async def mark_at(self, at: int) -> bytes | None:
        if at == 0:
            return self._reader.genesis
        with away_as_retry():
            return await self._marks.ask(at)

    async def _marks_at(self, positions: tuple[int, ...]) -> list[bytes | Exception | None]:
        wanted = frozenset(positions)
        found = await self._database.read(lambda db: store.hashes_at(db, self.number, wanted))
        return [found.get(at) for at in positions]

    async def holds(self, given: Body) -> bool:
        """Is the event of this receipt in the log? Raises DatabaseAway."""
        pos = given["pos"]
        mark = await self.mark_at(pos) if isinstance(pos, int) and 0 < pos < FARTHEST else None
        return mark is not None and mark.hex() == given["hash"]

    def is_ours(self, given: Any) -> bool:
        """A receipt of this topic that one of our keys signed."""
        return (
            isinstance(given, dict)
            and given.get("topic") == self.name
            and answers.is_genuine(given, self._ground.keys.receipts.public())
        )

    async def private(self, refs: tuple[Ref, ...]) -> Mapping[Ref, Body]:
        wanted = set(refs)
        positions = sorted({pos for pos, _ in wanted})
        texts: dict[Ref, Body] = {}
        for start in range(0, len(positions), CHUNK):
            rows = await self._privates(positions[start : start + CHUNK])
            mine = [row for row in rows if (row.pos, row.part) in wanted]
            texts |= await asyncio.to_thread(self._decrypted, mine)
        return texts

    async def blobs(self, refs: tuple[Ref, ...]) -> Mapping[Ref, bytes]:
        wanted = set(refs)
        positions = {pos for pos, _ in wanted}
        with away_as_retry():
            rows = await self._database.read(
                lambda connection: store.blobs_at(connection, self.number, positions)
            )
        return {(row.pos, row.part): row.body for row in rows if (row.pos, row.part) in wanted}

    async def seal_secret(self, voting: int, opened_pos: int, closed_pos: int) -> bytes:
        """The secret of a closed voting. Raises StillSealed unless `closed_pos` is its committed closing."""
        keks, number = self._ground.keys.keks, self.number
        with away_as_retry():
            return await self._database.read(
                lambda connection: seals.seal_secret(connection, keks, number, voting, opened_pos, closed_pos)
            )

    async def events(self, after: int, limit: int = 1000) -> tuple[Event, ...]:
        """Up to `limit` events after a position; what was folded lately comes from memory."""
        recent = self._reader.recent(after, min(after + limit, self.position.at))
        if recent:
            return tuple(decode(row) for row in recent)
        with away_as_retry():
            rows = await self._database.read(
                lambda connection: store.events_after(connection, self.number, after, limit)
            )
        return tuple(decode(row) for row in rows)

    @property
    def idle_s(self) -> float:
        """Seconds since somebody read it to the head or sent it a command; 0 while one is being answered."""
        return 0 if self._writer.is_busy else _loop_time() - self._used_at

    @property
    def log_bytes(self) -> int:
        return self._reader.log_bytes

    def used(self) -> None:
        """Somebody listens to it."""
        self._used_at = _loop_time()

    async def finish(self) -> None:
        """Wait until everything queued is answered."""
        await self._writer.finish()

    async def _privates(self, positions: list[int]) -> tuple[PrivateRow, ...]:
        """Rows at the positions; the keys of their subjects are loaded when it returns."""
        subjects = self._ground.subjects
        with away_as_retry():
            rows = await self._database.read(
                lambda connection: store.privates_at(connection, self.number, positions)
            )
            missing = subjects.missing(row.subject for row in rows)
            if missing:
                subjects.remember(
                    await self._database.read(lambda connection: subjects.load(connection, missing))
                )
        return rows

    def _decrypted(self, rows: Iterable[PrivateRow]) -> dict[Ref, Body]:
        texts = {}
        for row in rows:
            key = self._ground.subjects.key(row.subject)
            if key is not None:
                plain = unseal(key, row.body, private_place(self.number, row.pos, row.part))
                texts[row.pos, row.part] = parsed(plain)
        return texts


class Topics:
    """All topics that this process has open. `machines` are known by the rules they carry."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        clock: Clock,
        machines: Iterable[Machine[Any]],
        *,
        ring: Ring = lambda name, epoch, pos: None,
        workers: WorkersHook = lambda topic, state, command: None,
        metrics: Metrics | None = None,
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._machines = {machine.rules: machine for machine in machines}
        self._ring = ring
        self._workers = workers
        self._metrics = metrics or Metrics()
        self._subjects = Subjects(keys.keks)
        self._open: dict[str, Topic[Any]] = {}
        self._opening = asyncio.Lock()

    async def create(self, name: str, rules: str) -> Topic[Any]:
        """A new topic without events. Raises Conflict when the name is taken, ValueError for unknown rules."""
        if rules not in self._machines:
            raise ValueError(f"no machine has the rules {rules}")
        epoch = secrets.token_bytes(EPOCH_BYTES)
        mark = genesis(name, epoch)
        while True:
            try:
                await self._database.write(
                    lambda connection: store.add_topic(connection, name, epoch, mark, FORMAT, rules)
                )
            except IntegrityError:
                if await self._row(name):
                    raise Conflict(details={"topic": name}) from None
                continue  # only the number was taken, by another topic
            return await self.open(name)

    async def open(self, name: str) -> Topic[Any]:
        """The topic with its fold at the head. Raises NotFound, Elsewhere or DatabaseAway."""
        async with self._opening:
            if name not in self._open:
                with away_as_retry():
                    self._open[name] = await self._folded(name)
        topic = self._open[name]
        if topic.is_elsewhere:
            raise Elsewhere(details={"topic": name})
        return topic

    async def records(self, name: str) -> tuple[Records, SubjectKeys]:
        """Every row of a topic, with the keys that open its texts. Raises NotFound or DatabaseAway."""
        with away_as_retry():
            return await records_of(self._database, self._keys, name)

    async def heads(self, names: tuple[str, ...]) -> Mapping[str, Position]:
        """Where topics that somebody listens to stand in the database, by one query. Raises DatabaseAway."""
        for name in names:
            if name in self._open:
                self._open[name].used()
        with away_as_retry():
            return await self._database.read(lambda connection: store.heads(connection, names))

    async def with_timer(self, name: str) -> tuple[str, ...]:
        """Names of all topics that have a timer of this name, due or not. Raises DatabaseAway."""
        with away_as_retry():
            return await self._database.read(lambda connection: store.with_timer(connection, name))

    def let_go(self) -> frozenset[str]:
        """Forget the folds that nobody has used for ten minutes, sooner when all are too large; returns their names.

        Opening one reads it anew.
        """
        gone, kept_bytes = set(), 0
        for name, topic in sorted(self._open.items(), key=lambda item: item[1].idle_s):
            kept_bytes += topic.log_bytes
            is_crowded = kept_bytes > MAX_FOLDED_BYTES and topic.idle_s > JUST_NOW_S
            if topic.idle_s > IDLE_S or is_crowded:
                kept_bytes -= topic.log_bytes
                del self._open[name]
                gone.add(name)
        return frozenset(gone)

    async def close(self) -> None:
        """Wait for what is being written; nothing new is accepted by the caller any more."""
        for topic in tuple(self._open.values()):
            await topic.finish()
        self._open.clear()

    async def _folded(self, name: str) -> Topic[Any]:
        row = await self._row(name)
        if row is None:
            raise NotFound(details={"topic": name})
        machine = self._machines.get(row.rules)
        if machine is None or row.format > FORMAT:
            raise Elsewhere(details={"rules": row.rules, "format": row.format})
        snapshots = Snapshots(self._database, row.topic, machine.keeping)
        reader = Reader(self._database, row, machine, self._subjects, self._clock, snapshots, self._metrics)
        await reader.start()
        ground = Ground(row.topic, name, machine, self._keys, self._subjects, self._clock, self._metrics)
        return Topic(self._database, ground, reader, snapshots, self._ring, self._workers)

    async def _row(self, name: str) -> TopicRow | None:
        return await self._database.read(lambda connection: store.topic_named(connection, name))


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
