"""Checking a topic's records: every byte of events, private texts, blobs and receipts. Faults are named, not raised."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from app.kernel.crypto import Unreadable, unseal
from app.kernel.db import Database
from app.kernel.errors import NotFound
from app.kernel.keys import Keys
from app.kernel.log.answers import is_genuine, restored
from app.kernel.log.batch import BlobRow, CommandRow, PrivateRow
from app.kernel.log.chain import ChainBroken, StoredEvent, genesis, private_hash, verify_chain
from app.kernel.log.draft import private_place
from app.kernel.log.fold import REDACTED
from app.kernel.log.model import Position
from app.kernel.log.store import events_after, topic_named
from app.kernel.log.subjects import SubjectKeys, Subjects
from app.kernel.log.tables import log_blob, log_command, log_private, log_topic

EVERYTHING = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Records:
    """All rows of one topic."""

    name: str
    head: Position
    events: tuple[StoredEvent, ...]
    privates: tuple[PrivateRow, ...] = field(default=(), repr=False)
    blobs: tuple[BlobRow, ...] = field(default=(), repr=False)
    commands: tuple[CommandRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is wrong or redacted at `pos`."""

    pos: int
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    faults: tuple[Finding, ...]
    redacted: tuple[int, ...]


async def topic_names(database: Database) -> tuple[str, ...]:
    """Every topic of the log, in order of founding."""
    query = select(log_topic.c.name).order_by(log_topic.c.topic)
    return await database.read(lambda connection: tuple(connection.scalars(query)))


async def verify_topic(database: Database, keys: Keys, name: str) -> Report:
    """Read and check a whole topic. Raises NotFound."""
    records, subject_keys = await records_of(database, keys, name)
    return verify(records, keys.receipts.public(), subject_keys)


async def records_of(database: Database, keys: Keys, name: str) -> tuple[Records, SubjectKeys]:
    """A whole topic at one moment, with the keys that open its texts. Raises NotFound."""

    def work(connection: Connection) -> tuple[Records, SubjectKeys]:
        row = topic_named(connection, name)
        if row is None:
            raise NotFound(details={"topic": name})
        records = read_records(connection, row.topic, name, row.position)
        subjects = tuple({private.subject for private in records.privates})
        return records, Subjects(keys.keks).load(connection, subjects)

    return await database.read(work)


def read_records(connection: Connection, topic: int, name: str, head: Position) -> Records:
    def rows(table: type[PrivateRow] | type[BlobRow] | type[CommandRow]) -> Iterator[tuple[object, ...]]:
        source = {PrivateRow: log_private, BlobRow: log_blob, CommandRow: log_command}[table]
        columns = [source.c[column] for column in table.__slots__]
        for row in connection.execute(select(*columns).where(source.c.topic == topic)):
            yield tuple(row)

    return Records(
        name,
        head,
        events_after(connection, topic, 0, EVERYTHING),
        tuple(PrivateRow(*row) for row in rows(PrivateRow)),  # type: ignore[arg-type]
        tuple(BlobRow(*row) for row in rows(BlobRow)),  # type: ignore[arg-type]
        tuple(CommandRow(*row) for row in rows(CommandRow)),  # type: ignore[arg-type]
    )


def verify(records: Records, receipt_keys: Mapping[str, bytes], subject_keys: SubjectKeys) -> Report:
    """`receipt_keys` are public halves by key id. A text that was destroyed by an act is redacted, not a fault."""
    redacted = _redacted(records, subject_keys)
    faults = [
        *_chain_faults(records),
        *_private_faults(records, subject_keys, redacted),
        *_blob_faults(records),
        *_receipt_faults(records, receipt_keys),
    ]
    return Report(tuple(faults), tuple(sorted(redacted)))


def _chain_faults(records: Records) -> Iterator[Finding]:
    first = records.events[0].epoch if records.events else records.head.epoch
    try:
        mark = verify_chain(genesis(records.name, first), records.events)
    except ChainBroken as broken:
        yield Finding(broken.pos, "the chain breaks")
        return
    if (len(records.events), mark) != (records.head.at, records.head.mark):
        yield Finding(records.head.at, "the head is not the last event")


def _redacted(records: Records, keys: SubjectKeys) -> set[int]:
    """Redacted here, or the subject's key was destroyed by an act in another topic."""
    events = (event for event in records.events if event.kind == REDACTED)
    here = {pos for event in events for pos, _ in json.loads(event.body)["places"]}
    return here | {row.pos for row in records.privates if keys.get(row.subject, b"") is None}


def _private_faults(records: Records, keys: SubjectKeys, redacted: set[int]) -> Iterator[Finding]:
    parts: dict[int, list[PrivateRow]] = defaultdict(list)
    for row in sorted(records.privates, key=lambda row: (row.pos, row.part)):
        parts[row.pos].append(row)
    for event in records.events:
        rows = parts.pop(event.pos, [])
        if event.pos in redacted or not (rows or event.private_hash):
            continue
        if _private_hash(event.topic, rows, keys) != event.private_hash:
            yield Finding(event.pos, "a private text is not the one that was written")
    yield from (Finding(pos, "a private text without an event") for pos in parts)


def _private_hash(topic: int, rows: list[PrivateRow], keys: SubjectKeys) -> bytes | None:
    """None when a part does not open."""
    plain = []
    for row in rows:
        key = keys.get(row.subject)
        if key is None:
            return None
        try:
            plain.append((row.salt, unseal(key, row.body, private_place(topic, row.pos, row.part))))
        except Unreadable:
            return None
    return private_hash(plain)


def _blob_faults(records: Records) -> Iterator[Finding]:
    """Events that name the hashes of their blobs bind them into the chain."""
    for row in records.blobs:
        if hashlib.sha256(row.body).digest() != row.sha256:
            yield Finding(row.pos, "a blob is not the one that was written")
    stored: dict[int, list[str]] = defaultdict(list)
    for row in sorted(records.blobs, key=lambda row: (row.pos, row.part)):
        stored[row.pos].append(row.sha256.hex())
    for event in records.events:
        named = json.loads(event.body).get("blobs")
        if named is not None and named != stored[event.pos]:
            yield Finding(event.pos, "a blob is not the one that the event names")


def _receipt_faults(records: Records, keys: Mapping[str, bytes]) -> Iterator[Finding]:
    hashes = {event.pos: event.hash.hex() for event in records.events}
    for row in records.commands:
        try:
            receipt = restored(row).body.get("receipt")
        except (ValueError, KeyError, AttributeError, TypeError):
            yield Finding(row.pos, "an answer cannot be read")
            continue
        if receipt is None:
            continue
        is_here = (receipt.get("topic"), receipt.get("pos"), receipt.get("hash")) == (
            records.name,
            row.pos,
            hashes.get(row.pos),
        )
        if not (is_here and is_genuine(receipt, keys)):
            yield Finding(row.pos, "a receipt contradicts the log")
