"""Tables of key carriers: who signs with which one, who was refused with it, and who handed it over for what reason.

A carrier and the person's numbers stand as MACs; `person` and `given_to` are ids of accounts. A refusal keeps the key of
the refused one, so that a carrier is handed to him and to nobody else; a release names the former holder.
"""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from app.kernel.tables import metadata

key_carrier = Table(
    "key_carrier",
    metadata,
    Column("carrier", String(66), primary_key=True),
    Column("person_key", String(66), nullable=False),
    Column("person", String(40), nullable=False),
    Column("thumbprint", String(64), nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
)
key_carrier_refusal = Table(
    "key_carrier_refusal",
    metadata,
    Column("carrier", String(66), primary_key=True),
    Column("person", String(40), primary_key=True),
    Column("person_key", String(66), nullable=False),
    Column("thumbprint", String(64), nullable=False),
    Column("refused_at", BigInteger, nullable=False),
)
key_carrier_release = Table(
    "key_carrier_release",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("carrier", String(66), nullable=False),
    Column("person_key", String(66), nullable=False),
    Column("person", String(40), nullable=False),
    Column("officer", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("released_at", BigInteger, nullable=False),
    Column("given_to", String(40)),
)
