"""The append: everything of a batch or nothing, by compare-and-set on the topic's head and mark.

PostgreSQL gets one statement of data-modifying CTEs, sent without BEGIN; SQLite the same as a transaction of the
writer thread. Both return False when another writer was first, and raise IntegrityError when a row of the batch
(a command id, a taken place) is there already.
"""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, text, update

from app.kernel.log.batch import Batch
from app.kernel.log.tables import (
    ballot_guard,
    log_private,
    log_seal,
    log_snapshot,
    log_timer,
    log_topic,
    subject_key,
)

EVENT = ("pos", "epoch", "at", "kind", "version", "actor", "command", "body", "private_hash", "hash")
PRIVATE = ("pos", "part", "subject", "salt", "body")
BLOB = ("pos", "part", "sha256", "body")
COMMAND = ("actor", "command", "body_mac", "outcome", "code", "pos", "answer")
GUARD = ("voting", "creditor", "pos")
SEAL = ("voting", "public_key", "kek_id", "wrapped")


def append(connection: Connection, batch: Batch) -> bool:
    """Commit of the surrounding transaction (or the statement itself on PostgreSQL) makes it true."""
    if connection.dialect.name == "postgresql":
        return bool(connection.scalar(APPEND, _arrays(batch)))
    return _append_rows(connection, batch)


def record(connection: Connection, batch: Batch) -> None:
    """Settle commands that append nothing, where the head is still the one they were judged at.

    A command that is settled already keeps its answer: read it back to learn what stands.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(RECORD, _head(batch) | _columns("c", COMMAND, batch.commands))
    elif connection.scalar(select(exists().where(*_stands_at(batch)))):
        _put(connection, "log_command", batch.topic, COMMAND, batch.commands, " on conflict do nothing")


def _append_rows(connection: Connection, batch: Batch) -> bool:
    moved = connection.execute(update(log_topic).where(*_stands_at(batch)).values(_new_head(batch)))
    if moved.rowcount == 0:
        return False
    _put(connection, "log_event", batch.topic, EVENT, batch.events)
    _put(connection, "log_private", batch.topic, PRIVATE, batch.privates)
    _put(connection, "log_blob", batch.topic, BLOB, batch.blobs)
    _put(connection, "log_command", batch.topic, COMMAND, batch.commands)
    _move_guards(connection, batch)
    _move_timers(connection, batch)
    _move_seals(connection, batch)
    _erase(connection, batch)
    return True


def _move_guards(connection: Connection, batch: Batch) -> None:
    for row in batch.frees:
        place = (
            ballot_guard.c.topic == batch.topic,
            ballot_guard.c.voting == row.voting,
            ballot_guard.c.creditor == row.creditor,
            ballot_guard.c.annulled_pos.is_(None),
        )
        connection.execute(update(ballot_guard).where(*place).values(annulled_pos=row.pos))
    _put(connection, "ballot_guard", batch.topic, GUARD, batch.guards)


def _move_timers(connection: Connection, batch: Batch) -> None:
    gone = [*batch.cleared, *(name for name, _ in batch.timers)]
    if gone:
        connection.execute(
            delete(log_timer).where(log_timer.c.topic == batch.topic, log_timer.c.name.in_(gone))
        )
    if batch.timers:
        rows = [{"topic": batch.topic, "name": name, "due_at": due_at} for name, due_at in batch.timers]
        connection.execute(insert(log_timer), rows)


def _move_seals(connection: Connection, batch: Batch) -> None:
    """A row that is there already belongs to a history that was lost."""
    moved = ", ".join(f"{name} = excluded.{name}" for name in SEAL)
    on_conflict = f" on conflict (topic, voting) do update set {moved}"
    _put(connection, "log_seal", batch.topic, SEAL, batch.seals, on_conflict)
    if batch.broken:
        mine = (log_seal.c.topic == batch.topic, log_seal.c.voting.in_(batch.broken))
        connection.execute(update(log_seal).where(*mine).values(wrapped=None))


def _erase(connection: Connection, batch: Batch) -> None:
    for pos, part in batch.erased:
        place = (log_private.c.topic == batch.topic, log_private.c.pos == pos, log_private.c.part == part)
        connection.execute(delete(log_private).where(*place))
    if batch.destroyed:
        destroyed = subject_key.c.subject.in_(batch.destroyed)
        connection.execute(update(subject_key).where(destroyed).values(wrapped=None))
    if batch.erased or batch.destroyed:
        connection.execute(delete(log_snapshot).where(log_snapshot.c.topic == batch.topic))


def _stands_at(batch: Batch) -> tuple[Any, ...]:
    topic = log_topic.c
    return (
        topic.topic == batch.topic,
        topic.epoch == batch.expected.epoch,
        topic.head == batch.expected.at,
        topic.mark == batch.expected.mark,
        topic.status < 2,
    )


def _new_head(batch: Batch) -> dict[str, Any]:
    position = batch.position
    head: dict[str, Any] = {"epoch": position.epoch, "head": position.at, "mark": position.mark}
    return head | {"status": 1} if batch.finishes else head


def _put(
    connection: Connection,
    table: str,
    topic: int,
    names: tuple[str, ...],
    items: tuple[object, ...],
    on_conflict: str = "",
) -> None:
    """Rows straight to SQLite's driver: a batch has hundreds, and compiling them costs more than writing them."""
    if items:
        columns, values = ", ".join(names), ", ?" * len(names)
        statement = f"insert into {table} (topic, {columns}) values (?{values}){on_conflict}"  # noqa: S608 as below
        row_of = attrgetter(*names)
        connection.exec_driver_sql(statement, [(topic, *row_of(item)) for item in items])


def _arrays(batch: Batch) -> dict[str, Any]:
    return {
        **_head(batch),
        "new_epoch": batch.position.epoch,
        "new_head": batch.position.at,
        "new_mark": batch.position.mark,
        "status": int(batch.finishes),
        **_columns("e", EVENT, batch.events),
        **_columns("p", PRIVATE, batch.privates),
        **_columns("b", BLOB, batch.blobs),
        **_columns("c", COMMAND, batch.commands),
        **_columns("g", GUARD, batch.guards),
        **_columns("f", GUARD, batch.frees),
        "t_name": [name for name, _ in batch.timers],
        "t_due_at": [due_at for _, due_at in batch.timers],
        "cleared": list(batch.cleared),
        **_columns("l", SEAL, batch.seals),
        "broken": list(batch.broken),
        "x_pos": [pos for pos, _ in batch.erased],
        "x_part": [part for _, part in batch.erased],
        "destroyed": list(batch.destroyed),
    }


def _head(batch: Batch) -> dict[str, Any]:
    expected = batch.expected
    return {"topic": batch.topic, "epoch": expected.epoch, "head": expected.at, "mark": expected.mark}


def _columns(prefix: str, names: tuple[str, ...], items: Iterable[object]) -> dict[str, list[Any]]:
    rows = tuple(items)
    return {f"{prefix}_{name}": list(map(attrgetter(name), rows)) for name in names}


_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("pos", "at", "due_at"), "bigint"),
    **dict.fromkeys(("part", "version", "outcome"), "smallint"),
    **dict.fromkeys(("kind", "actor", "subject", "code", "creditor", "name", "kek_id"), "text"),
    "voting": "integer",
}


def _unnest(prefix: str, names: tuple[str, ...]) -> str:
    arrays = (f"cast(:{prefix}_{name} as {_TYPES.get(name, 'bytea')}[])" for name in names)
    return f"unnest({', '.join(arrays)}) as x({', '.join(names)})"


def _insert(table: str, prefix: str, names: tuple[str, ...]) -> str:
    return (
        f"insert into {table} (topic, {', '.join(names)}) "  # noqa: S608 names of our own tables
        f"select h.topic, x.* from h, {_unnest(prefix, names)}"
    )


_STANDS = (
    "topic = cast(:topic as bigint) and epoch = cast(:epoch as bytea) and head = cast(:head as bigint) "
    "and mark = cast(:mark as bytea) and status < 2"
)

APPEND = text(
    f"""
with h as (
  update log_topic set epoch = cast(:new_epoch as bytea), head = cast(:new_head as bigint),
    mark = cast(:new_mark as bytea), status = greatest(status, cast(:status as smallint))
  where {_STANDS} returning topic),
e as ({_insert("log_event", "e", EVENT)}),
p as ({_insert("log_private", "p", PRIVATE)}),
b as ({_insert("log_blob", "b", BLOB)}),
c as ({_insert("log_command", "c", COMMAND)}),
g as ({_insert("ballot_guard", "g", GUARD)}),
f as (update ballot_guard set annulled_pos = x.pos from h, {_unnest("f", GUARD)}
  where ballot_guard.topic = h.topic and ballot_guard.voting = x.voting
    and ballot_guard.creditor = x.creditor and ballot_guard.annulled_pos is null),
t as ({_insert("log_timer", "t", ("name", "due_at"))}
  on conflict (topic, name) do update set due_at = excluded.due_at),
k as (delete from log_timer using h
  where log_timer.topic = h.topic and log_timer.name = any(cast(:cleared as text[]))),
l as ({_insert("log_seal", "l", SEAL)}
  on conflict (topic, voting) do update set public_key = excluded.public_key, kek_id = excluded.kek_id,
    wrapped = excluded.wrapped),
w as (update log_seal set wrapped = null from h
  where log_seal.topic = h.topic and log_seal.voting = any(cast(:broken as integer[]))),
x as (delete from log_private using h, unnest(cast(:x_pos as bigint[]), cast(:x_part as smallint[])) as x(pos, part)
  where log_private.topic = h.topic and log_private.pos = x.pos and log_private.part = x.part),
d as (update subject_key set wrapped = null from h where subject = any(cast(:destroyed as text[]))),
s as (delete from log_snapshot using h where log_snapshot.topic = h.topic
  and (cardinality(cast(:x_pos as bigint[])) > 0 or cardinality(cast(:destroyed as text[])) > 0))
select count(*) from h"""  # noqa: S608 built from the names above, values are bound
)

RECORD = text(
    f"with h as (select topic from log_topic where {_STANDS}) "  # noqa: S608 as above
    f"{_insert('log_command', 'c', COMMAND)} on conflict do nothing"
)
