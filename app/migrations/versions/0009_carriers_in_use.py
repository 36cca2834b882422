"""Carriers at work: whose they are, who was refused with one, who let one go; and the challenges that were answered."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("key_carrier_release")
    op.drop_table("key_carrier")  # nothing wrote into them before this version
    op.create_table(
        "key_carrier",
        sa.Column("carrier", sa.String(66), primary_key=True),
        sa.Column("person_key", sa.String(66), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("thumbprint", sa.String(64), nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "key_carrier_refusal",
        sa.Column("carrier", sa.String(66), primary_key=True),
        sa.Column("person", sa.String(40), primary_key=True),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.Column("refused_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "key_carrier_release",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("carrier", sa.String(66), nullable=False),
        sa.Column("person_key", sa.String(66), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("officer", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("released_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "spent_challenge",
        sa.Column("nonce", sa.String(32), primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("spent_challenge_expiry", "spent_challenge", ["expires_at"])
