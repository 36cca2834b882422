"""The one table of challenges: those that were answered well, until they end."""

from sqlalchemy import BigInteger, Column, Index, String, Table

from app.kernel.tables import metadata

spent_challenge = Table(
    "spent_challenge",
    metadata,
    Column("nonce", String(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
)
Index("spent_challenge_expiry", spent_challenge.c.expires_at)
