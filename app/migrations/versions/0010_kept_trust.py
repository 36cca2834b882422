"""What signatures were judged by, by the version that events name; by which version signatures of documents were."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trust_version",
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("contents", sa.Text, nullable=False),
        sa.Column("kept_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "trust_part",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.add_column(
        "document_signature", sa.Column("trust_version", sa.String(64), nullable=False, server_default="")
    )
