"""Tables of key carriers: who signs with which one, and the record of those that an officer has let go."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table, Text

from app.kernel.tables import metadata

key_carrier = Table(
    "key_carrier",
    metadata,
    Column("carrier", String(66), primary_key=True),
    Column("person_key", String(66), nullable=False),
    Column("thumbprint", String(64), nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
)
key_carrier_release = Table(
    "key_carrier_release",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("carrier", String(66), nullable=False),
    Column("person_key", String(66), nullable=False),
    Column("officer", String(40), ForeignKey("person.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("released_at", BigInteger, nullable=False),
)
