"""Rows of remembered mappings: a person's own only, the last hundred."""

import msgspec
from sqlalchemy import Connection, and_, delete, insert, select

from app.kernel.clock import Micros
from app.meetings.importing.mapping import Mapping
from app.meetings.importing.tables import register_mapping as table

KEPT = 100


def remembered(db: Connection, person: str) -> dict[str, Mapping]:
    """Signature of headings → mapping."""
    query = select(table.c.signature, table.c.mapping).where(table.c.person == person)
    newest = query.order_by(table.c.used_at.desc()).limit(KEPT)
    return {row.signature: msgspec.json.decode(row.mapping, type=Mapping) for row in db.execute(newest)}


def remember(db: Connection, person: str, signature: str, mapping: Mapping, now: Micros) -> None:
    """The newest word of the person about these headings stays."""
    place = and_(table.c.person == person, table.c.signature == signature)
    db.execute(delete(table).where(place))
    body = msgspec.json.encode(mapping)
    db.execute(insert(table).values(person=person, signature=signature, mapping=body, used_at=now))
