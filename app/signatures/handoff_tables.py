"""The one table of handoffs: boxes of ciphertext between a person's telephone and his computer."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table

from app.kernel.tables import metadata

handoff = Table(
    "handoff",
    metadata,
    Column("box", String(32), primary_key=True),
    Column("person", String(40), ForeignKey("person.id"), nullable=False),
    Column("letter", LargeBinary, CheckConstraint("length(letter)<=98304"), nullable=False),
    Column("answer", LargeBinary, CheckConstraint("length(answer)<=524288")),
    Column("expires_at", BigInteger, nullable=False),
)
Index("handoff_of_person", handoff.c.person, handoff.c.expires_at)
Index("handoff_expiry", handoff.c.expires_at)
