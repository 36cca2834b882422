"""Refusals are answers for a while: thirty days after a topic has finished nobody repeats a command, and they go."""

from sqlalchemy import Connection, delete, select, tuple_

from app.kernel.clock import Micros
from app.kernel.db import Database
from app.kernel.log.batch import REFUSED
from app.kernel.log.tables import log_command, log_event, log_topic

KEPT_FOR = 30 * 86_400 * 1_000_000
CHUNK = 500
LIVE = 0


async def forget_refusals(database: Database, now: Micros) -> int:
    """Delete the stored refusals of topics whose last event is that old; acceptances stay as long as the events."""
    deleted = 0
    while True:
        chunk = await database.write(lambda connection: _forget(connection, now - KEPT_FOR))
        deleted += chunk
        if chunk < CHUNK:
            return deleted


def _forget(connection: Connection, before: Micros) -> int:
    key = (log_command.c.topic, log_command.c.actor, log_command.c.command)
    finished = (
        select(log_topic.c.topic)
        .join(log_event, (log_event.c.topic == log_topic.c.topic) & (log_event.c.pos == log_topic.c.head))
        .where(log_topic.c.status > LIVE, log_event.c.at < before)
    )
    old = select(*key).where(log_command.c.outcome == REFUSED, log_command.c.topic.in_(finished)).limit(CHUNK)
    return connection.execute(delete(log_command).where(tuple_(*key).in_(old))).rowcount
