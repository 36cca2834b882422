"""An old copy of the database, put back by hand."""

from sqlalchemy import text

from app.kernel.db import Database


async def put_back(database: Database, topic: int, head: int, mark: bytes) -> None:
    """The topic as a restored copy would hold it; the triggers that forbid it are dropped first."""
    if database.dialect == "sqlite":
        forbidding = ("drop trigger if exists log_event_no_delete",)
    else:
        forbidding = ("drop trigger if exists log_event_no_change on log_event",)
    lost = f"where topic={topic} and pos>{head}"
    statements = (
        *forbidding,
        *(f"delete from {table} {lost}" for table in ("ballot_guard", "log_command", "log_private")),
        *(f"delete from {table} {lost}" for table in ("log_blob", "log_snapshot", "log_event")),
        f"update ballot_guard set annulled_pos=null where topic={topic} and annulled_pos>{head}",
    )
    for statement in statements:
        await database.write(lambda c, statement=statement: c.execute(text(statement)).close())  # type: ignore[misc]
    values = {"head": head, "mark": mark, "topic": topic}
    update = text("update log_topic set head=:head, mark=:mark where topic=:topic")
    await database.write(lambda c: c.execute(update, values).close())
