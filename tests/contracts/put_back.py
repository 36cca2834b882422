"""An older copy of the log, as somebody would put it back by hand under a running server."""

from sqlalchemy import text

from app.kernel.db import Database


async def put_back(database: Database, topic: int, head: int, mark: bytes) -> None:
    """As a restored copy of the database would be; the triggers that forbid it are dropped first."""
    if database.dialect == "sqlite":
        forbidding = ("drop trigger log_event_no_delete",)
    else:
        forbidding = ("drop trigger log_event_no_change on log_event",)
    statements = (
        *forbidding,
        *(
            f"delete from {table} where topic={topic} and pos>{head}"
            for table in (
                "ballot_guard",
                "log_command",
                "log_blob",
                "log_private",
                "log_snapshot",
                "log_event",
            )
        ),
    )
    for statement in statements:
        await database.write(lambda c, statement=statement: c.execute(text(statement)).close())  # type: ignore[misc]
    values = {"head": head, "mark": mark, "topic": topic}
    update = text("update log_topic set head=:head, mark=:mark where topic=:topic")
    await database.write(lambda c: c.execute(update, values).close())
