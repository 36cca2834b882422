"""Whom this process trusts now: the trust folder, read again when it changes, its lists renewed in the background."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from app.kernel.logging import incident
from app.signatures.fetch import Fetcher
from app.signatures.renewal import alone, update_list
from app.signatures.trust import (
    ANCHORS,
    CRLS,
    INTERMEDIATES,
    TrustStore,
    TrustUnreadable,
    list_files,
    load_trust,
    trust_of,
)
from app.signatures.trust_folder import crl_urls, standings

log = structlog.get_logger(__name__)

Stamp = tuple[tuple[int, int], ...]


class Trusted:
    """`instead`: the trust of a demonstration, then no folder is looked at. A folder that cannot be read leaves what was."""

    def __init__(self, folder: Path | None, crl_hosts: Iterable[str], instead: TrustStore | None) -> None:
        self._folder = None if instead else folder
        self._fetcher = Fetcher(frozenset(crl_hosts))
        self._trust = instead or trust_of(())
        self._standings = standings(self._trust)
        self._stamp: Stamp = ()
        if self._folder is not None:
            self._load(self._folder)

    def now(self) -> TrustStore:
        return self._trust

    def failing(self, at: datetime) -> tuple[str, ...]:
        """Names of authorities that cannot be relied on then: out of date, or without a list in force."""
        return tuple(each.name for each in self._standings if each.fails_at(at))

    async def reload(self) -> None:
        """Call it often: reads the folder only after a change."""
        if self._folder is not None:
            await asyncio.to_thread(self._load, self._folder)

    async def update(self) -> None:
        """Call it every half an hour: asks for lists of revoked certificates, one address after another."""
        if self._folder is None or not self._fetcher.hosts:
            return
        with alone(self._folder) as is_alone:
            for url in crl_urls(self._folder) if is_alone else ():
                await self._update(self._folder, url)
        await self.reload()

    async def _update(self, folder: Path, url: str) -> None:
        try:
            found = await asyncio.to_thread(update_list, folder, self._fetcher, url, self._trust)
        except Exception as error:  # the edge of one address: the others are still to be asked
            incident(error, where="list_of_revoked", url=url)
            return
        if not found.is_good:
            log.warning("list_of_revoked_not_renewed", url=url, why=found.outcome)

    def _load(self, folder: Path) -> None:
        stamp = _stamp(folder)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            trust = load_trust(folder, self._trust)
        except TrustUnreadable as fault:
            log.error("trust_unreadable", file=fault.file, why=fault.why)
            return
        self._standings = standings(trust)
        self._trust = trust
        log.info("trusting", version=trust.version, anchors=len(trust.anchors))
        if failing := self.failing(datetime.now(UTC)):
            log.warning("authorities_without_list_in_force", count=len(failing), first=failing[:5])


def _stamp(folder: Path) -> Stamp:
    files = (*(folder / name for name in (ANCHORS, INTERMEDIATES, CRLS)), *list_files(folder))
    found = (file.stat() for file in files if file.is_file())
    return tuple((each.st_mtime_ns, each.st_size) for each in found)
