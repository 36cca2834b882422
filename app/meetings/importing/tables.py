"""The one table of importing: mappings that a person has confirmed, by the signature of the headings."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, LargeBinary, String, Table

from app.kernel.tables import metadata

register_mapping = Table(
    "register_mapping",
    metadata,
    Column("person", String(40), ForeignKey("person.id"), primary_key=True),
    Column("signature", String(64), primary_key=True),
    Column("mapping", LargeBinary, CheckConstraint("length(mapping)<=4096"), nullable=False),
    Column("used_at", BigInteger, nullable=False),
)
