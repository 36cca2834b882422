"""Boxes of ciphertext between a person's telephone and his computer, ten minutes each."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handoff",
        sa.Column("box", sa.String(32), primary_key=True),
        sa.Column("person", sa.String(40), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("letter", sa.LargeBinary, sa.CheckConstraint("length(letter)<=98304"), nullable=False),
        sa.Column("answer", sa.LargeBinary, sa.CheckConstraint("length(answer)<=524288")),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("handoff_of_person", "handoff", ["person", "expires_at"])
    op.create_index("handoff_expiry", "handoff", ["expires_at"])
