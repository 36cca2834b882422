"""Which column held what, remembered for each person and signature of headings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "register_mapping",
        sa.Column("person", sa.String(40), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("signature", sa.String(64), primary_key=True),
        sa.Column("mapping", sa.LargeBinary, sa.CheckConstraint("length(mapping)<=4096"), nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
    )
