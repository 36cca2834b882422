"""What ends a command of the terminal before its time, as a sentence for people; mistakes of ours have none."""

import errno
import sqlite3
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from app import texts
from app.kernel.away import is_database_away
from app.kernel.engine import WrongDatabaseUrl
from app.kernel.keys import KeysMissing
from app.kernel.postgres import WrongIsolation
from app.kernel.settings import PREFIX
from app.kernel.sqlite import AlreadyOpen
from app.kernel.texts import trouble
from app.main import DatabaseSilent
from app.serving import CannotListen, NeverServed
from app.signatures.algorithms import AlgorithmsMissing
from app.signatures.libcrypto import LibcryptoMissing
from app.signatures.texts import LIBCRYPTO_MISSING

SENTENCES: dict[type[Exception], str] = {
    KeysMissing: texts.KEYS_MISSING,
    AlgorithmsMissing: "{reason}",
    LibcryptoMissing: LIBCRYPTO_MISSING,
    AlreadyOpen: texts.ALREADY_OPEN,
    DatabaseSilent: texts.DATABASE_SILENT,
    WrongDatabaseUrl: texts.WRONG_DATABASE_URL,
    WrongIsolation: texts.WRONG_ISOLATION,
    CannotListen: texts.CANNOT_LISTEN,
    NeverServed: texts.NEVER_SERVED,
}
LOCKED_OUT = ("28", "3D", "42501")
"""PostgreSQL: wrong name or password, no such database, no right."""


def sentence(error: Exception) -> str | None:
    """What to tell whoever typed the command; None if only a traceback tells more."""
    if template := SENTENCES.get(type(error)):
        return template.format(reason=error)
    if isinstance(error, ValidationError) and error.title == "Settings":
        return texts.BAD_SETTINGS.format(faults="\n".join(map(_setting, error.errors(include_input=False))))
    if _sqlstate(error).startswith(LOCKED_OUT):
        return texts.DATABASE_LOCKED_OUT.format(reason=getattr(error, "orig", None) or error)
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        return texts.SQLITE_TROUBLE.format(reason=error.orig)
    if is_database_away(error):
        return texts.DATABASE_SILENT.format(reason=type(error).__name__)
    if isinstance(error, OSError) and error.filename is not None and error.errno != errno.EPIPE:
        return texts.FILE_TROUBLE.format(reason=trouble(error))
    return None


def _setting(fault: object) -> str:
    assert isinstance(fault, dict)  # noqa: S101 a line of pydantic's
    name = str(fault["loc"][0]) if fault["loc"] else ""
    return f"  {(PREFIX + name).upper() if name else texts.SETTINGS_TOGETHER}: {_allowed(name, fault)}"


def _allowed(name: str, fault: dict[str, Any]) -> str:
    if fault["type"] == "string_pattern_mismatch":
        return texts.SETTING_PATTERNS[name]
    context = {key: str(value).replace(" or ", " или ") for key, value in fault.get("ctx", {}).items()}
    return texts.SETTING_FAULTS.get(fault["type"], texts.SETTING_UNFIT).format(**context)


def _sqlstate(error: Exception) -> str:
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")
