"""Reading the log: functions over a Connection that return values; nothing is decided here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, text

from app.kernel.log.batch import BlobRow, CommandRow, PrivateRow
from app.kernel.log.chain import StoredEvent
from app.kernel.log.model import Position
from app.kernel.log.tables import log_blob, log_command, log_event, log_private, log_timer, log_topic

Ref = tuple[int, int]
"""Position of an event and the index of a part of it."""

CommandKey = tuple[str, bytes]
"""Actor and command id."""

_EVENT = [log_event.c[name] for name in StoredEvent.__slots__]
_COMMAND = [log_command.c[name] for name in CommandRow.__slots__]
_PRIVATE = [log_private.c[name] for name in PrivateRow.__slots__]
_SETTLED = f"select {', '.join(CommandRow.__slots__)} from log_command where topic = "  # noqa: S608 our own names
_SETTLED_POSTGRESQL = text(
    _SETTLED + ":topic and (actor, command) in "  # noqa: S608 as above
    "(select * from unnest(cast(:actors as text[]), cast(:commands as bytea[])))"
)
_SETTLED_SQLITE = (
    "with wanted (a, c) as (values {keys}) "  # noqa: S608 as above
    f"select {', '.join(CommandRow.__slots__)} from wanted cross join log_command "
    "on topic = ? and actor = a and command = c"
)
"""A join in this order: asked for pairs in a list, SQLite reads every command of the topic."""
_BLOB = [log_blob.c[name] for name in BlobRow.__slots__]


@dataclass(frozen=True, slots=True)
class TopicRow:
    topic: int
    name: str
    position: Position
    format: int
    rules: str
    status: int


def topic_named(connection: Connection, name: str) -> TopicRow | None:
    return _topic(connection.execute(select(log_topic).where(log_topic.c.name == name)).first())


def topic_numbered(connection: Connection, topic: int, *, lock: bool = False) -> TopicRow | None:
    """With `lock` nobody else appends to the topic until the transaction ends (SQLite holds the lock anyway)."""
    query = select(log_topic).where(log_topic.c.topic == topic)
    return _topic(connection.execute(query.with_for_update() if lock else query).first())


def heads(connection: Connection, names: Iterable[str]) -> Mapping[str, Position]:
    """Where topics stand, by name."""
    topic = log_topic.c
    query = select(topic.name, topic.epoch, topic.head, topic.mark).where(topic.name.in_(tuple(names)))
    return {row.name: Position(row.epoch, row.head, row.mark) for row in connection.execute(query)}


def with_timer(connection: Connection, timer: str) -> tuple[str, ...]:
    """Names of topics that have it, due or not."""
    topic = log_topic.c
    query = select(topic.name).join(log_timer, log_timer.c.topic == topic.topic)
    living = query.where(log_timer.c.name == timer, topic.status < 2).order_by(topic.topic)
    return tuple(connection.scalars(living))


def add_topic(
    connection: Connection, name: str, epoch: bytes, mark: bytes, log_format: int, rules: str
) -> None:
    """The next free number. Raises IntegrityError when the name or the number has just been taken."""
    last = connection.scalar(select(func.max(log_topic.c.topic))) or 0
    row = {
        "topic": last + 1,
        "name": name,
        "epoch": epoch,
        "mark": mark,
        "format": log_format,
        "rules": rules,
    }
    connection.execute(insert(log_topic), row)


def events_after(connection: Connection, topic: int, after: int, limit: int) -> tuple[StoredEvent, ...]:
    query = select(*_EVENT).where(log_event.c.topic == topic, log_event.c.pos > after)
    return tuple(
        StoredEvent(*row) for row in connection.execute(query.order_by(log_event.c.pos).limit(limit))
    )


def hashes_at(connection: Connection, topic: int, positions: Collection[int]) -> dict[int, bytes]:
    query = select(log_event.c.pos, log_event.c.hash).where(
        log_event.c.topic == topic, log_event.c.pos.in_(positions)
    )
    return {row.pos: row.hash for row in connection.execute(query)}


def first_epoch(connection: Connection, row: TopicRow) -> bytes:
    query = select(log_event.c.epoch).where(log_event.c.topic == row.topic, log_event.c.pos == 1)
    return connection.scalar(query) or row.position.epoch


def log_bytes(connection: Connection, topic: int, upto: int) -> int:
    """Bytes of the bodies of events up to a position."""
    events = log_event.c
    query = select(func.sum(func.length(events.body))).where(events.topic == topic, events.pos <= upto)
    return int(connection.scalar(query) or 0)


def settled(
    connection: Connection, topic: int, keys: Iterable[CommandKey]
) -> Mapping[CommandKey, CommandRow]:
    wanted = tuple(keys)
    if not wanted:
        return {}
    rows = _settled(connection, topic, wanted)
    return {(row.actor, row.command): CommandRow(*row) for row in rows}


def _settled(connection: Connection, topic: int, wanted: Sequence[CommandKey]) -> Iterable[Any]:
    """Asked before every batch, so that as little as can be stands between it and the driver."""
    if connection.dialect.name == "postgresql":
        actors, commands = map(list, zip(*wanted, strict=True))
        given = {"topic": topic, "actors": actors, "commands": commands}
        return connection.execute(_SETTLED_POSTGRESQL, given).all()
    keys = ", ".join(["(?, ?)"] * len(wanted))
    values = (*chain.from_iterable(wanted), topic)
    return connection.exec_driver_sql(_SETTLED_SQLITE.format(keys=keys), values).all()


def refusals_stored(connection: Connection, topic: int, actors: Iterable[str]) -> Mapping[str, int]:
    query = (
        select(log_command.c.actor, func.count().label("stored"))
        .where(
            log_command.c.topic == topic, log_command.c.actor.in_(tuple(actors)), log_command.c.outcome == 1
        )
        .group_by(log_command.c.actor)
    )
    return {row.actor: row.stored for row in connection.execute(query)}


def privates_at(connection: Connection, topic: int, positions: Iterable[int]) -> tuple[PrivateRow, ...]:
    place = (log_private.c.topic == topic, log_private.c.pos.in_(tuple(positions)))
    return _privates(connection, select(*_PRIVATE).where(*place))


def privates_of(connection: Connection, topic: int, subjects: Iterable[str]) -> tuple[PrivateRow, ...]:
    place = (log_private.c.topic == topic, log_private.c.subject.in_(tuple(subjects)))
    return _privates(connection, select(*_PRIVATE).where(*place))


def blobs_at(connection: Connection, topic: int, positions: Iterable[int]) -> tuple[BlobRow, ...]:
    place = (log_blob.c.topic == topic, log_blob.c.pos.in_(tuple(positions)))
    query = select(*_BLOB).where(*place).order_by(log_blob.c.pos, log_blob.c.part)
    return tuple(BlobRow(*row) for row in connection.execute(query))


def _privates(connection: Connection, query: Select[Any]) -> tuple[PrivateRow, ...]:
    rows = connection.execute(query.order_by(log_private.c.pos, log_private.c.part))
    return tuple(PrivateRow(*row) for row in rows)


def _topic(row: Row[Any] | None) -> TopicRow | None:
    if row is None:
        return None
    position = Position(row.epoch, row.head, row.mark)
    return TopicRow(row.topic, row.name, position, row.format, row.rules, row.status)
