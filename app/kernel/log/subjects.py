"""Keys of subjects: each person's texts have a key of their own, wrapped by the KEK; destroying it ends the texts."""

import secrets
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.kernel.crypto import KeyEncryptionKeys
from app.kernel.keys import KEY_BYTES
from app.kernel.log.tables import subject_key

SubjectKeys = Mapping[str, bytes | None]
"""Key by subject; None where it was destroyed."""

CHUNK = 500


class Subjects:
    """Unwrapped keys of this process, by subject. Functions of a Connection return keys, `remember` keeps them."""

    def __init__(self, keks: KeyEncryptionKeys) -> None:
        self._keks = keks
        self._known: dict[str, bytes | None] = {}

    def missing(self, subjects: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted({subject for subject in subjects if subject not in self._known}))

    def key(self, subject: str) -> bytes | None:
        """None: destroyed, or not loaded yet."""
        return self._known.get(subject)

    def is_destroyed(self, subject: str) -> bool:
        return self._known.get(subject, b"") is None

    def remember(self, keys: SubjectKeys) -> None:
        """Only what is committed may be remembered."""
        self._known.update(keys)

    def forget(self) -> None:
        """After a redaction, by whatever process: read all keys anew."""
        self._known.clear()

    def load(self, connection: Connection, subjects: tuple[str, ...]) -> SubjectKeys:
        keys: dict[str, bytes | None] = {}
        for start in range(0, len(subjects), CHUNK):
            wanted = subject_key.c.subject.in_(subjects[start : start + CHUNK])
            for row in connection.execute(select(subject_key).where(wanted)):
                keys[row.subject] = row.wrapped and self._unwrap(row.subject, row.kek_id, row.wrapped)
        return keys

    def ensure(self, connection: Connection, subjects: tuple[str, ...]) -> SubjectKeys:
        """Load the keys and make those that never were; of two makers the first one's key stands."""
        keys = self.load(connection, subjects)
        unknown = tuple(subject for subject in subjects if subject not in keys)
        new = [self._new_row(subject) for subject in unknown]
        if not new:
            return keys
        upsert = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
        connection.execute(upsert(subject_key).on_conflict_do_nothing(), new)
        return {**keys, **self.load(connection, unknown)}

    def _new_row(self, subject: str) -> dict[str, str | bytes]:
        wrapped = self._keks.wrap(secrets.token_bytes(KEY_BYTES), _place(subject))
        return {"subject": subject, "kek_id": self._keks.current, "wrapped": wrapped}

    def _unwrap(self, subject: str, kek_id: str, wrapped: bytes) -> bytes:
        return self._keks.unwrap(kek_id, wrapped, _place(subject))


def _place(subject: str) -> bytes:
    return b"subject/" + subject.encode()
