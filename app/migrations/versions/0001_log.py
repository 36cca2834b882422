"""The event log and what lies beside it: tables of docs/reference/log.md, and triggers that keep events unchanged."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _events()
    _beside_events()
    _of_topics()
    _keys_and_workers()
    if op.get_bind().dialect.name == "sqlite":
        _forbid_changes_on_sqlite()
    else:
        _forbid_changes_on_postgresql()


def _topic() -> sa.Column[int]:
    owner = sa.ForeignKey("log_topic.topic")
    return sa.Column("topic", sa.BigInteger, owner, primary_key=True, autoincrement=False)


def _bare_topic() -> sa.Column[int]:
    return sa.Column("topic", sa.BigInteger, primary_key=True, autoincrement=False)


def _of_event() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["topic", "pos"], ["log_event.topic", "log_event.pos"])


def _events() -> None:
    op.create_table(
        "log_topic",
        sa.Column("topic", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("epoch", sa.LargeBinary, sa.CheckConstraint("length(epoch)=8"), nullable=False),
        sa.Column(
            "head", sa.BigInteger, sa.CheckConstraint("head>=0"), nullable=False, server_default=sa.text("0")
        ),
        sa.Column("mark", sa.LargeBinary, sa.CheckConstraint("length(mark)=32"), nullable=False),
        sa.Column("format", sa.SmallInteger, nullable=False),
        sa.Column("rules", sa.String(40), nullable=False),
        sa.Column(
            "status",
            sa.SmallInteger,
            sa.CheckConstraint("status in (0,1,2)"),
            nullable=False,
            server_default=sa.text("0"),
        ),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "log_event",
        _topic(),
        sa.Column("pos", sa.BigInteger, sa.CheckConstraint("pos>=1"), primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("version", sa.SmallInteger, nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("command", sa.LargeBinary, sa.CheckConstraint("length(command)=16")),
        sa.Column("body", sa.LargeBinary, sa.CheckConstraint("length(body)<=65536"), nullable=False),
        sa.Column("private_hash", sa.LargeBinary, sa.CheckConstraint("length(private_hash)=32")),
        sa.Column("hash", sa.LargeBinary, sa.CheckConstraint("length(hash)=32"), nullable=False),
        sa.Column("stored_at", sa.DateTime, nullable=False, server_default=sa.text("CURRENT_TIMESTAMP")),
    )


def _beside_events() -> None:
    op.create_table(
        "log_private",
        _bare_topic(),
        sa.Column("pos", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("part", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        _of_event(),
        sa.Index("log_private_subject", "subject"),
    )
    op.create_table(
        "log_blob",
        _bare_topic(),
        sa.Column("pos", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("part", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, sa.CheckConstraint("length(body)<=1048576"), nullable=False),
        _of_event(),
    )
    op.create_table(
        "log_command",
        _topic(),
        sa.Column("actor", sa.String(40), primary_key=True),
        sa.Column("command", sa.LargeBinary, sa.CheckConstraint("length(command)=16"), primary_key=True),
        sa.Column("body_mac", sa.LargeBinary, nullable=False),
        sa.Column("outcome", sa.SmallInteger, sa.CheckConstraint("outcome in (0,1)"), nullable=False),
        sa.Column("code", sa.String(48)),
        sa.Column("pos", sa.BigInteger, nullable=False),
        sa.Column("answer", sa.LargeBinary, sa.CheckConstraint("length(answer)<=4096"), nullable=False),
        sa.CheckConstraint("(outcome=0)=(code is null)"),
    )
    op.create_table(
        "ballot_guard",
        _bare_topic(),
        sa.Column("voting", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("creditor", sa.String(40), primary_key=True),
        sa.Column("pos", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("annulled_pos", sa.BigInteger),
        _of_event(),
        sa.CheckConstraint("annulled_pos is null or annulled_pos>pos"),
    )
    op.create_index(
        "ballot_one_live",
        "ballot_guard",
        ["topic", "voting", "creditor"],
        unique=True,
        postgresql_where=sa.text("annulled_pos is null"),
        sqlite_where=sa.text("annulled_pos is null"),
    )


def _of_topics() -> None:
    op.create_table(
        "log_timer",
        _topic(),
        sa.Column("name", sa.String(48), primary_key=True),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Index("log_timer_due", "due_at"),
    )
    op.create_table(
        "log_snapshot",
        _topic(),
        sa.Column("state_version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("pos", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("mark", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_seal",
        _bare_topic(),
        sa.Column("voting", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("kek_id", sa.String(40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary),  # null: destroyed
    )
    op.create_table(
        "outbox",
        _bare_topic(),
        sa.Column("pos", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("part", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("policy", sa.SmallInteger, sa.CheckConstraint("policy in (0,1)"), nullable=False),
        sa.Column(
            "status",
            sa.SmallInteger,
            sa.CheckConstraint("status in (0,1,2,3,4)"),
            nullable=False,
            server_default=sa.text("0"),
        ),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
    )
    op.create_index(
        "outbox_due",
        "outbox",
        ["not_before"],
        postgresql_where=sa.text("status in (0,1)"),
        sqlite_where=sa.text("status in (0,1)"),
    )


def _keys_and_workers() -> None:
    op.create_table(
        "subject_key",
        sa.Column("subject", sa.String(40), primary_key=True),
        sa.Column("kek_id", sa.String(40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary),  # null: destroyed
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("reads", sa.SmallInteger, nullable=False),
        sa.Column("build", sa.String(40), nullable=False),
    )
    op.create_table(
        "worker_drain",
        _bare_topic(),
        sa.Column("voting", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("admit_until", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("worker", sa.String(36), primary_key=True),
        sa.Column("lag_ms", sa.Integer, nullable=False),
    )


def _forbid_changes_on_sqlite() -> None:
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger log_event_no_{verb} before {verb} on log_event "
            "begin select raise(abort, 'log_event is append-only'); end"
        )


def _forbid_changes_on_postgresql() -> None:
    op.execute(
        "create function log_event_is_append_only() returns trigger language plpgsql as "
        "$$ begin raise exception 'log_event is append-only'; end $$"
    )
    op.execute(
        "create trigger log_event_no_change before update or delete or truncate on log_event "
        "for each statement execute function log_event_is_append_only()"
    )
