"""Tables of the event log, the keys of its private texts, its workers and its outbox (docs/reference/log.md).

Times are whole microseconds UTC, bodies are canonical JSON bytes, all keys begin with the topic.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    text,
)

from app.kernel.tables import metadata


def _topic() -> Column[int]:
    owner = ForeignKey("log_topic.topic")
    return Column("topic", BigInteger, owner, primary_key=True, autoincrement=False)


def _bare_topic() -> Column[int]:
    return Column("topic", BigInteger, primary_key=True, autoincrement=False)


def _of_event() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["topic", "pos"], ["log_event.topic", "log_event.pos"])


log_topic = Table(
    "log_topic",
    metadata,
    Column("topic", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False, unique=True),
    Column("epoch", LargeBinary, CheckConstraint("length(epoch)=8"), nullable=False),
    Column("head", BigInteger, CheckConstraint("head>=0"), nullable=False, server_default=text("0")),
    Column("mark", LargeBinary, CheckConstraint("length(mark)=32"), nullable=False),
    Column("format", SmallInteger, nullable=False),
    Column("rules", String(40), nullable=False),
    Column(
        "status", SmallInteger, CheckConstraint("status in (0,1,2)"), nullable=False, server_default=text("0")
    ),
    postgresql_with={"fillfactor": 50},
)

log_event = Table(
    "log_event",
    metadata,
    _topic(),
    Column("pos", BigInteger, CheckConstraint("pos>=1"), primary_key=True, autoincrement=False),
    Column("epoch", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", String(48), nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("actor", String(40), nullable=False),
    Column("command", LargeBinary, CheckConstraint("length(command)=16")),
    Column("body", LargeBinary, CheckConstraint("length(body)<=65536"), nullable=False),
    Column("private_hash", LargeBinary, CheckConstraint("length(private_hash)=32")),
    Column("hash", LargeBinary, CheckConstraint("length(hash)=32"), nullable=False),
    Column("stored_at", DateTime, nullable=False, server_default=text("CURRENT_TIMESTAMP")),
)

log_private = Table(
    "log_private",
    metadata,
    _bare_topic(),
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("subject", String(40), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    _of_event(),
    Index("log_private_subject", "subject"),
)

log_blob = Table(
    "log_blob",
    metadata,
    _bare_topic(),
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("body", LargeBinary, CheckConstraint("length(body)<=1048576"), nullable=False),
    _of_event(),
)

log_command = Table(
    "log_command",
    metadata,
    _topic(),
    Column("actor", String(40), primary_key=True),
    Column("command", LargeBinary, CheckConstraint("length(command)=16"), primary_key=True),
    Column("body_mac", LargeBinary, nullable=False),
    Column("outcome", SmallInteger, CheckConstraint("outcome in (0,1)"), nullable=False),
    Column("code", String(48)),
    Column("pos", BigInteger, nullable=False),
    Column("answer", LargeBinary, CheckConstraint("length(answer)<=4096"), nullable=False),
    CheckConstraint("(outcome=0)=(code is null)"),
)

ballot_guard = Table(
    "ballot_guard",
    metadata,
    _bare_topic(),
    Column("voting", Integer, primary_key=True, autoincrement=False),
    Column("creditor", String(40), primary_key=True),
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    Column("annulled_pos", BigInteger),
    _of_event(),
    CheckConstraint("annulled_pos is null or annulled_pos>pos"),
)
Index(
    "ballot_one_live",
    ballot_guard.c.topic,
    ballot_guard.c.voting,
    ballot_guard.c.creditor,
    unique=True,
    postgresql_where=text("annulled_pos is null"),
    sqlite_where=text("annulled_pos is null"),
)

log_timer = Table(
    "log_timer",
    metadata,
    _topic(),
    Column("name", String(48), primary_key=True),
    Column("due_at", BigInteger, nullable=False),
    Index("log_timer_due", "due_at"),
)

log_snapshot = Table(
    "log_snapshot",
    metadata,
    _topic(),
    Column("state_version", Integer, primary_key=True, autoincrement=False),
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    Column("mark", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

log_seal = Table(
    "log_seal",
    metadata,
    _bare_topic(),
    Column("voting", Integer, primary_key=True, autoincrement=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("kek_id", String(40), nullable=False),
    Column("wrapped", LargeBinary),  # null: destroyed
)

outbox = Table(
    "outbox",
    metadata,
    _bare_topic(),
    Column("pos", BigInteger, primary_key=True, autoincrement=False),
    Column("part", SmallInteger, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("policy", SmallInteger, CheckConstraint("policy in (0,1)"), nullable=False),
    Column(
        "status",
        SmallInteger,
        CheckConstraint("status in (0,1,2,3,4)"),
        nullable=False,
        server_default=text("0"),
    ),
    Column("attempts", SmallInteger, nullable=False, server_default=text("0")),
    Column("not_before", BigInteger, nullable=False),
    Column("lease_until", BigInteger),
)
Index(
    "outbox_due",
    outbox.c.not_before,
    postgresql_where=text("status in (0,1)"),
    sqlite_where=text("status in (0,1)"),
)

subject_key = Table(
    "subject_key",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("kek_id", String(40), nullable=False),
    Column("wrapped", LargeBinary),  # null: destroyed
)

worker = Table(
    "worker",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("started_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("reads", SmallInteger, nullable=False),
    Column("build", String(40), nullable=False),
)

worker_drain = Table(
    "worker_drain",
    metadata,
    _bare_topic(),
    Column("voting", Integer, primary_key=True, autoincrement=False),
    Column("admit_until", BigInteger, primary_key=True, autoincrement=False),
    Column("worker", String(36), primary_key=True),
    Column("lag_ms", Integer, nullable=False),
)
