"""A document's life: rendered once, stored under its hash, signed beside, copied with all stamps. Callers checked the right."""

import asyncio
import hashlib
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.documents import texts
from app.documents.model import Document, Issued, Signature, Stamp, stamp_of
from app.documents.ports import Verifier
from app.documents.refusals import (
    AlreadySigned,
    SignatureNotAccepted,
    SignedWithoutStamp,
    StampMismatch,
    TooManySignatures,
)
from app.documents.render import Making, Renderer, Sheet, pages_of
from app.documents.store import Store
from app.kernel.clock import Clock
from app.kernel.crypto import KeyEncryptionKeys
from app.kernel.db import Database
from app.kernel.errors import TooLarge
from app.kernel.ids import new_id
from app.signatures.texts import VERDICTS

LARGEST_BYTES = 32 * 1024 * 1024
MOST_SIGNATURES = 10


class Documents:
    """One object a process."""

    def __init__(
        self,
        database: Database,
        keks: KeyEncryptionKeys,
        clock: Clock,
        renderer: Renderer,
        verifier: Verifier,
    ) -> None:
        self._database = database
        self._store = Store(keks)
        self._clock = clock
        self._verifier = verifier
        self.renderer = renderer

    async def find(self, subject: str, kind: str) -> Document | None:
        return await self._database.read(lambda db: self._store.find(db, subject, kind))

    async def issued(self, subject: str, kind: str) -> Issued | None:
        return await self._database.read(lambda db: self._store.issued(db, subject, kind))

    async def made_once(self, subject: str, kind: str, sheet: Making, stamp: Stamp | None = None) -> Document:
        """The stored document, rendered now if there is none yet. Two at once: both are given the bytes of the first."""
        found = await self.find(subject, kind)
        if found is not None:
            return found
        content = await self.renderer.render(sheet)
        made = await asyncio.to_thread(self._document, subject, kind, content, stamp)
        with suppress(IntegrityError):  # somebody was first
            await self._database.write(lambda db: self._store.add(db, made))
        found = await self.find(subject, kind)
        if found is None:
            raise LookupError(f"{subject}/{kind} was not stored")
        return found

    async def drawn(self, subject: str, kind: str, sheet: Making, stamp: Stamp) -> Document:
        """A file with the stamp of a chosen certificate, which waits to be signed by it; the one before it is forgotten."""
        content = await self.renderer.render(sheet)
        made = await asyncio.to_thread(self._document, subject, kind, content, stamp)
        await self._database.write(lambda db: self._store.put(db, made))
        return made

    def _document(self, subject: str, kind: str, content: bytes, stamp: Stamp | None) -> Document:
        if len(content) > LARGEST_BYTES:
            raise TooLarge(details={"limit_bytes": LARGEST_BYTES})
        return Document(
            id=new_id("d"),
            subject=subject,
            kind=kind,
            sha256=hashlib.sha256(content).hexdigest(),
            pages=pages_of(content),
            made_at=self._clock(),
            stamp=stamp,
            content=content,
        )

    async def sign(self, document: Document, body: bytes, unless: str) -> Signature:
        """Keep a detached signature, unless another file of the kind `unless` was issued in place of the document.

        Raises SignatureNotAccepted, StampMismatch, AlreadySigned, TooManySignatures.
        """
        signature = await self._accepted(document, body)
        if len(await self.signatures(document)) >= MOST_SIGNATURES:
            raise TooManySignatures(details={"limit": MOST_SIGNATURES})

        def write(db: Connection) -> None:
            self._store.hold(db, document.id)
            issued = self._store.issued(db, document.subject, unless)
            if issued is not None and issued.id != document.id:
                raise StampMismatch
            self._store.sign(db, document.id, signature)

        try:
            await self._database.write(write)
        except IntegrityError as error:
            raise AlreadySigned from error
        return signature

    async def release(self, waiting: Document, kind: str, body: bytes, instead_of: Document) -> Signature:
        """A drawn file is issued as `kind` once the certificate of its stamp has signed it; until then it waits.

        Raises SignatureNotAccepted, StampMismatch, AlreadySigned, SignedWithoutStamp.
        """
        signature = await self._accepted(waiting, body)

        def write(db: Connection) -> None:
            self._store.hold(db, instead_of.id)
            if self._store.is_signed(db, instead_of.id):
                raise SignedWithoutStamp
            if not self._store.rename(db, waiting.id, kind):  # another certificate was chosen meanwhile
                raise StampMismatch
            self._store.sign(db, waiting.id, signature)

        try:
            await self._database.write(write)
        except IntegrityError as error:
            raise AlreadySigned from error
        return signature

    async def _accepted(self, document: Document, body: bytes) -> Signature:
        """Good over these bytes, and by the certificate whose stamp they show, if they show one."""
        at = self._clock()
        result = await self._verifier.verify(document.content, body, at=at)
        if not result.is_good:
            raise SignatureNotAccepted(details={"verdict": result.verdict, "text": VERDICTS[result.verdict]})
        stamp = stamp_of(result)
        signature = Signature(result.thumbprint, stamp, result.revocation, result.trust_version, at, body)
        if document.stamp is not None and document.stamp != stamp:
            raise StampMismatch
        return signature

    async def signatures(self, document: Document | Issued) -> tuple[Signature, ...]:
        return await self._database.read(lambda db: self._store.signatures(db, document.id))

    async def copy(self, document: Document, name: str, footer: str, timezone: str) -> Document:
        """The pages of the original and every stamp: made once for the signatures that there are."""
        signatures = await self.signatures(document)
        signers = "".join(signature.thumbprint for signature in signatures)
        kind = f"copy-{hashlib.sha256(signers.encode()).hexdigest()[:32]}"

        def sheet() -> Sheet:
            now = self._clock()
            data = {
                "title": texts.COPY_TITLE,
                "footer": footer,
                "made": texts.COPY_MADE.format(day(datetime.fromtimestamp(now / 1_000_000, UTC), timezone)),
                "name": name,
                "sha256": document.sha256,
                "stamps": [shown(signature.stamp, timezone) for signature in signatures],
                "pages": document.pages,
            }
            return Sheet("copy", {}, data, now, files={"original.pdf": document.content})

        return await self.made_once(f"document:{document.id}", kind, sheet)


def shown(stamp: Stamp, timezone: str) -> dict[str, str | bool]:
    """A stamp as templates draw it."""
    term = texts.TERM.format(day(stamp.not_before, timezone), day(stamp.not_after, timezone))
    return {"serial": stamp.serial.upper(), "owner": stamp.owner, "valid": term, "is_demo": stamp.is_demo}


def day(at: datetime, timezone: str) -> str:
    return at.astimezone(ZoneInfo(timezone)).strftime("%d.%m.%Y")
