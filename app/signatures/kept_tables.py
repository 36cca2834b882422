"""Tables of what signatures were judged by: versions of trust by their contents, and the files that these name."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, Text

from app.kernel.tables import metadata

trust_version = Table(
    "trust_version",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("contents", Text, nullable=False),
    Column("kept_at", BigInteger, nullable=False),
)
trust_part = Table(
    "trust_part",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
