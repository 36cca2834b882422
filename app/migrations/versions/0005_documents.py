"""Documents: stored bytes and the signatures over them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("kek_id", sa.String(40), nullable=False),
        sa.Column("stamp_wrapped", sa.LargeBinary),
        sa.Column("content_wrapped", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("subject", "kind", name="document_once"),
    )
    op.create_table(
        "document_signature",
        sa.Column("document", sa.String(40), sa.ForeignKey("document.id"), primary_key=True),
        sa.Column("thumbprint", sa.String(64), primary_key=True),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("revocation", sa.String(20), nullable=False),
        sa.Column("kek_id", sa.String(40), nullable=False),
        sa.Column("stamp_wrapped", sa.LargeBinary, nullable=False),
        sa.Column("body_wrapped", sa.LargeBinary, nullable=False),
    )
