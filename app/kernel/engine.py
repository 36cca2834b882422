"""From a database URL to the `Database` it names."""

from pathlib import Path

from sqlalchemy import make_url

from app.kernel.db import Database
from app.kernel.postgres import PostgresDatabase
from app.kernel.sqlite import SqliteDatabase


async def open_database(url: str) -> Database:
    """`sqlite:///path` or `postgresql://…`. Raises AlreadyOpen, WrongIsolation or ValueError; the caller closes it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return SqliteDatabase(Path(parsed.database))
    if parsed.get_backend_name() != "postgresql":
        raise ValueError("the database URL must begin with sqlite:/// (a file) or postgresql://")
    database = PostgresDatabase(parsed)
    try:
        await database.check_isolation()
    except BaseException:
        await database.close()
        raise
    return database
