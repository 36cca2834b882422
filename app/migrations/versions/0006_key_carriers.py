"""Key carriers, each with one person, and who let one go."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_carrier",
        sa.Column("carrier", sa.String(66), primary_key=True),
        sa.Column("person_key", sa.String(66), nullable=False),
        sa.Column("thumbprint", sa.String(64), nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "key_carrier_release",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("carrier", sa.String(66), nullable=False),
        sa.Column("person_key", sa.String(66), nullable=False),
        sa.Column("officer", sa.String(40), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("released_at", sa.BigInteger, nullable=False),
    )
