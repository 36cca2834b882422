"""A refusal keeps whose key it was, so that a carrier is handed to the refused person; a release tells to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("key_carrier_refusal")  # names no key to hand a carrier to; who signs again is told again
    op.create_table(
        "key_carrier_refusal",
        sa.Column("carrier", sa.String(66), primary_key=True),
        sa.Column("person", sa.String(40), primary_key=True),
        sa.Column("person_key", sa.String(66), nullable=False),
        sa.Column("thumbprint", sa.String(64), nullable=False),
        sa.Column("refused_at", sa.BigInteger, nullable=False),
    )
    op.add_column("key_carrier_release", sa.Column("given_to", sa.String(40)))
