"""The one table of codes: what was sent under which ballots, never the code itself; times are µs UTC.

`tried_by`: SHA-256 of the commands that tried the code, one after another.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from app.kernel.tables import metadata

signing_code = Table(
    "signing_code",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("person", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("bound_to", String(64), nullable=False),
    Column("code_mac", LargeBinary, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tried_by", LargeBinary),
    Column("is_right", Boolean, nullable=False),
    UniqueConstraint("person", "number"),
)
Index("signing_code_sent", signing_code.c.sent_at)
