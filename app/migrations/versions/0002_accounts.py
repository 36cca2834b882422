"""Persons, seats, access links, logins, spent tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _people()
    _logins()


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("kek_id", sa.String(40), nullable=False),
        sa.Column("contact_wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "seat",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("person", sa.String(40), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("meeting", sa.String(40)),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("seat_once", "seat", ["person", "role", sa.text("coalesce(meeting, '')")], unique=True)
    op.create_index("seat_of_meeting", "seat", ["meeting"])
    op.create_table(
        "access_link",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("seat", sa.String(40), sa.ForeignKey("seat.id"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("kek_id", sa.String(40), nullable=False),
        sa.Column("token_wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
    op.create_index("ix_access_link_seat", "access_link", ["seat"])


def _logins() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("cookie_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
    )
    op.create_table(
        "login_link",
        sa.Column("login", sa.String(40), sa.ForeignKey("login.id"), primary_key=True),
        sa.Column("link", sa.String(40), sa.ForeignKey("access_link.id"), primary_key=True),
    )
    op.create_table(
        "spent_ticket",
        sa.Column("nonce", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_spent_ticket_expires_at", "spent_ticket", ["expires_at"])
