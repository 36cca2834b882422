"""From a database URL to the `Database` it names."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.kernel.db import Database
from app.kernel.postgres import PostgresDatabase
from app.kernel.sqlite import SqliteDatabase


class WrongDatabaseUrl(Exception):
    """It names neither a file of SQLite nor PostgreSQL; the address itself may hold a password and is not told."""


async def open_database(url: str) -> Database:
    """`sqlite:///path` or `postgresql://…`. Raises AlreadyOpen, WrongIsolation or WrongDatabaseUrl; the caller closes it."""
    parsed = _read(url)
    if file := sqlite_file(url):
        return SqliteDatabase(file)
    if parsed.get_backend_name() != "postgresql":
        raise WrongDatabaseUrl
    database = PostgresDatabase(parsed)
    try:
        await database.check_isolation()
    except BaseException:
        await database.close()
        raise
    return database


def sqlite_file(url: str) -> Path | None:
    """The file where the database is one. Raises WrongDatabaseUrl."""
    parsed = _read(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database
    return Path(str(parsed.database)) if is_file else None


def _read(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # ValueError: the port is no number
        raise WrongDatabaseUrl from None
