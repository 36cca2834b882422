"""Is it the database that is away, or a mistake of ours? Only the first may be answered with «try again»."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.kernel.errors import DatabaseAway

# connection, transaction rolled back, no resources, not now, shutting down, system error; 25006 and 25P03 are a
# standby and an idle transaction that was ended
_CLASSES = ("08", "40", "53", "55", "57", "58", "25006", "25P03")
_SQLITE_OURS = ("SQLITE_ERROR", "SQLITE_CONSTRAINT", "SQLITE_MISMATCH", "SQLITE_MISUSE", "SQLITE_RANGE")


def is_away(error: BaseException) -> bool:
    """True where the same work may succeed later; whether it was committed now is then unknown."""
    if isinstance(error, OSError | TimeoutError | PoolTimeout | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.OperationalError):
        return not getattr(error.orig, "sqlite_errorname", "SQLITE_ERROR").startswith(_SQLITE_OURS)
    return str(getattr(error.orig, "sqlstate", None) or "").startswith(_CLASSES)


def is_database_away(error: BaseException) -> bool:
    """The same where other things than the database may have failed: a file that is missing is a mistake of ours."""
    return is_away(error) and isinstance(error, DBAPIError | ConnectionError | TimeoutError | PoolTimeout)


@contextmanager
def away_as_retry() -> Iterator[None]:
    """For reads: a database that is away becomes `DatabaseAway`, mistakes pass through."""
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise DatabaseAway from error
        raise
