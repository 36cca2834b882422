"""Schema of the database, step by step: Alembic, run from the program on either engine."""

import asyncio
import threading

from sqlalchemy import Connection

from app.kernel.db import Database
from app.kernel.engine import open_database

WAIT_S = 0.02
_migrates = threading.Lock()
"""Alembic keeps its context in module globals: one migration a process at a time, whatever loops and threads ask."""


async def migrate(database: Database) -> None:
    """Bring the schema to the newest version, in one transaction; nothing happens when it is there."""
    while not _migrates.acquire(blocking=False):  # noqa: ASYNC110 the holder may need this very loop
        await asyncio.sleep(WAIT_S)
    try:
        await database.write(_upgrade)
    finally:
        _migrates.release()


async def migrate_url(url: str) -> None:
    database = await open_database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # a tenth of what a worker imports, and in production no worker needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "app:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
