"""Tables of accounts: persons, their seats in meetings, access links, logins and spent tickets; times are µs UTC."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table, func

from app.kernel.tables import metadata

person = Table(
    "person",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kek_id", String(40), nullable=False),
    Column("contact_wrapped", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

seat = Table(
    "seat",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", String(40), ForeignKey("person.id"), nullable=False),
    Column("meeting", String(40)),  # null: not of one meeting, as a practitioner's
    Column("role", String(20), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("seat_once", seat.c.person, seat.c.role, func.coalesce(seat.c.meeting, ""), unique=True)
Index("seat_of_meeting", seat.c.meeting)

access_link = Table(
    "access_link",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("seat", String(40), ForeignKey("seat.id"), nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("kek_id", String(40), nullable=False),
    Column("token_wrapped", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

login = Table(
    "login",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("cookie_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

login_link = Table(
    "login_link",
    metadata,
    Column("login", String(40), ForeignKey("login.id"), primary_key=True),
    Column("link", String(40), ForeignKey("access_link.id"), primary_key=True),
)

spent_ticket = Table(
    "spent_ticket",
    metadata,
    Column("nonce", LargeBinary, primary_key=True),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
