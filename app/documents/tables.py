"""Tables of documents: the stored bytes and the signatures over them, both sealed by a key outside the database."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table, UniqueConstraint

from app.kernel.tables import metadata

document = Table(
    "document",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("subject", String(80), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("pages", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("kek_id", String(40), nullable=False),
    Column("stamp_wrapped", LargeBinary),
    Column("content_wrapped", LargeBinary, nullable=False),
    UniqueConstraint("subject", "kind", name="document_once"),
)

document_signature = Table(
    "document_signature",
    metadata,
    Column("document", String(40), ForeignKey("document.id"), primary_key=True),
    Column("thumbprint", String(64), primary_key=True),
    Column("received_at", BigInteger, nullable=False),
    Column("revocation", String(20), nullable=False),
    Column("kek_id", String(40), nullable=False),
    Column("stamp_wrapped", LargeBinary, nullable=False),
    Column("body_wrapped", LargeBinary, nullable=False),
    Column("trust_version", String(64), nullable=False, server_default=""),
)
