"""Codes that sign ballots by SMS: what each is bound to, how often it was tried."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_code",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("bound_to", sa.String(64), nullable=False),
        sa.Column("code_mac", sa.LargeBinary, nullable=False),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tried_by", sa.LargeBinary),
        sa.Column("is_right", sa.Boolean, nullable=False),
        sa.UniqueConstraint("person", "number"),
    )
    op.create_index("signing_code_sent", "signing_code", ["sent_at"])
