"""Secrets of closed votings: wrapped by a key outside the database, unwrapped only after a committed closing.

A worker proves beforehand that it will be able to: each key that wraps has a probe among the seals, under topic 0.
"""

import json
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.kernel.crypto import KeyEncryptionKeys, Unreadable
from app.kernel.db import Database
from app.kernel.log.batch import SealRow
from app.kernel.log.tables import log_event, log_seal
from app.kernel.sealed import new_pair, public_half

OPENED, CLOSED = "voting_opened", "voting_closed"
PROBES = 0
"""No topic has this number."""


class StillSealed(Exception):
    """The secret of a voting was asked for without a committed closing, or it was destroyed."""


def new_seal(keks: KeyEncryptionKeys, topic: int, voting: int, epoch: bytes) -> SealRow:
    secret, public_key = new_pair()
    return SealRow(voting, public_key, keks.current, keks.wrap(secret, _place(topic, voting, epoch)))


def seal_secret(
    connection: Connection, keks: KeyEncryptionKeys, topic: int, voting: int, opened_pos: int, closed_pos: int
) -> bytes:
    """The secret of a closed voting. Raises StillSealed unless the log holds its opening and its closing there."""
    opened = _event(connection, topic, opened_pos, OPENED, voting)
    closed = _event(connection, topic, closed_pos, CLOSED, voting)
    row = connection.execute(
        select(log_seal).where(log_seal.c.topic == topic, log_seal.c.voting == voting)
    ).first()
    if opened is None or closed is None or row is None or row.wrapped is None:
        raise StillSealed(f"topic {topic}, voting {voting}")
    secret = keks.unwrap(row.kek_id, row.wrapped, _place(topic, voting, opened.epoch))
    if public_half(secret).hex() != json.loads(opened.body)["seal_public_key"]:
        raise Unreadable("the seal is not the one that the voting was opened with")
    return secret


async def probe_opens(database: Database, keks: KeyEncryptionKeys) -> bool:
    """Can this process unwrap what any worker has wrapped? A lost or another key shows before a count, not after."""

    def opens(connection: Connection) -> bool | None:
        rows = connection.execute(select(log_seal).where(log_seal.c.topic == PROBES)).all()
        if keks.current not in {row.kek_id for row in rows}:
            return None
        return all(_is_readable(keks, row) for row in rows)

    answer = await database.read(opens)
    if answer is None:
        await database.write(lambda connection: _add_probe(connection, keks))
        answer = await database.read(opens)
    return bool(answer)


def _event(connection: Connection, topic: int, pos: int, kind: str, voting: int) -> Any:
    row = connection.execute(
        select(log_event.c.kind, log_event.c.epoch, log_event.c.body).where(
            log_event.c.topic == topic, log_event.c.pos == pos
        )
    ).first()
    is_it = row is not None and row.kind == kind and json.loads(row.body)["voting"] == voting
    return row if is_it else None


def _add_probe(connection: Connection, keks: KeyEncryptionKeys) -> None:
    """Of two workers that start together the first one's stands."""
    number = int(keks.current.removeprefix("kek-"))
    row = new_seal(keks, PROBES, number, b"")
    values = {"topic": PROBES, **{name: getattr(row, name) for name in SealRow.__slots__}}
    upsert = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
    connection.execute(upsert(log_seal).on_conflict_do_nothing(), values)


def _is_readable(keks: KeyEncryptionKeys, row: Any) -> bool:
    try:
        secret = keks.unwrap(row.kek_id, row.wrapped, _place(PROBES, row.voting, b""))
    except Unreadable:
        return False
    return public_half(secret) == bytes(row.public_key)


def _place(topic: int, voting: int, epoch: bytes) -> bytes:
    """Bound into the wrapping, so that rows cannot be swapped."""
    return f"seal/{topic}/{voting}/{epoch.hex()}".encode()
