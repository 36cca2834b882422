"""Whom this process trusts now: the trust folder, read again when it changes, its lists renewed in the background."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog

from app.signatures.fetch import Fetcher
from app.signatures.trust import (
    ANCHORS,
    CRLS,
    INTERMEDIATES,
    TrustStore,
    TrustUnreadable,
    load_trust,
    trust_of,
)
from app.signatures.trust_folder import update_crls

log = structlog.get_logger(__name__)

Stamp = tuple[tuple[int, int], ...]


class Trusted:
    """`instead`: the trust of a demonstration, then no folder is looked at. A folder that cannot be read leaves what was."""

    def __init__(self, folder: Path | None, crl_hosts: Iterable[str], instead: TrustStore | None) -> None:
        self._folder = None if instead else folder
        self._fetcher = Fetcher(frozenset(crl_hosts))
        self._trust = instead or trust_of(())
        self._stamp: Stamp = ()
        if self._folder is not None:
            self._load(self._folder)

    def now(self) -> TrustStore:
        return self._trust

    async def reload(self) -> None:
        """Call it often: reads the folder only after a change."""
        if self._folder is not None and _stamp(self._folder) != self._stamp:
            await asyncio.to_thread(self._load, self._folder)

    async def update(self) -> None:
        """Call it every half an hour: asks for lists of revoked certificates."""
        if self._folder is None or not self._fetcher.hosts:
            return
        for each in await asyncio.to_thread(update_crls, self._folder, self._fetcher):
            if not each.is_good:
                log.warning("list_of_revoked_not_renewed", url=each.url, why=each.outcome)
        await self.reload()

    def _load(self, folder: Path) -> None:
        self._stamp = _stamp(folder)
        try:
            self._trust = load_trust(folder)
        except TrustUnreadable as fault:
            log.error("trust_unreadable", file=fault.file, why=fault.why)
        else:
            log.info("trusting", version=self._trust.version, anchors=len(self._trust.anchors))


def _stamp(folder: Path) -> Stamp:
    files = (folder / name for name in (ANCHORS, INTERMEDIATES, CRLS))
    found = (file.stat() for file in files if file.is_file())
    return tuple((each.st_mtime_ns, each.st_size) for each in found)
