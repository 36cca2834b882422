"""Keeps for ever what signatures were judged by, under the version that their events name: a court judges by the same.

Of a version its contents are kept, every certificate, and those lists of revoked certificates that a signature was
looked up in: lists are megabytes, and most authorities sign nothing here. A file is kept once, whatever versions name it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.kernel.away import away_as_retry
from app.kernel.clock import Clock, Micros
from app.kernel.db import Database
from app.signatures.kept_tables import trust_part, trust_version
from app.signatures.model import Result
from app.signatures.pem import pem
from app.signatures.trust import LIST, TrustStore, parts_of

WRITTEN_AT_ONCE = 200


class KeptTrust:
    """One object a process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: set[tuple[str, str]] = set()
        self._one = asyncio.Lock()

    async def keep(self, trust: TrustStore, result: Result) -> None:
        """What a verdict rests on, before it is told; of a signature that led to no anchor nothing. Raises DatabaseAway."""
        if not (result.is_good or result.crls):
            return
        wanted = {(trust.version, ""), *((trust.version, crl.sha256) for crl in result.crls)}
        if wanted <= self._kept:
            return
        async with self._one:
            if wanted <= self._kept:
                return
            lists = {crl.sha256 for crl in result.crls}
            parts = {
                part.sha256: part.der for part in trust.parts if part.kind != LIST or part.sha256 in lists
            }
            with away_as_retry():
                await self._write(trust, parts)
            self._kept |= wanted

    async def _write(self, trust: TrustStore, parts: Mapping[str, bytes]) -> None:
        """The version last: where it is, its certificates are."""
        names = list(parts)
        for start in range(0, len(names), WRITTEN_AT_ONCE):
            some = {name: parts[name] for name in names[start : start + WRITTEN_AT_ONCE]}
            await self._database.write(partial(_put_parts, parts=some))
        await self._database.write(partial(_put_version, trust=trust, at=self._clock()))

    async def files(self, versions: Iterable[str]) -> dict[str, bytes]:
        """By name: VERSION.txt, whose SHA-256 is the version, names the others, as many as were kept; for an archive."""
        return await self._database.read(lambda db: _files(db, sorted(set(versions))))


def _put_parts(db: Connection, parts: Mapping[str, bytes]) -> None:
    asked = select(trust_part.c.sha256).where(trust_part.c.sha256.in_(parts))
    new = [
        {"sha256": name, "body": parts[name]}
        for name in parts.keys() - frozenset(db.execute(asked).scalars())
    ]
    if new:
        upsert = insert_sqlite if db.dialect.name == "sqlite" else insert_postgresql
        db.execute(upsert(trust_part).on_conflict_do_nothing(), new)


def _put_version(db: Connection, trust: TrustStore, at: Micros) -> None:
    upsert = insert_sqlite if db.dialect.name == "sqlite" else insert_postgresql
    row = {"version": trust.version, "contents": trust.contents, "kept_at": at}
    db.execute(upsert(trust_version).on_conflict_do_nothing(), row)


def _files(db: Connection, versions: list[str]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for version in versions:
        contents = db.scalar(select(trust_version.c.contents).where(trust_version.c.version == version))
        if contents is None:
            continue
        files[f"{version}.txt"] = contents.encode()
        for kind, sha256 in parts_of(contents):
            name = f"{sha256}.crl" if kind == LIST else f"{sha256}.pem"
            body = None if name in files else _part(db, sha256)
            if body is not None:
                files[name] = body if kind == LIST else pem("CERTIFICATE", body)
    return files


def _part(db: Connection, sha256: str) -> bytes | None:
    found: bytes | None = db.scalar(select(trust_part.c.body).where(trust_part.c.sha256 == sha256))
    return found
