"""Rows of documents: functions over a Connection, and how their bytes are sealed; rules are in `service.py`."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app.documents.model import Document, Issued, Signature, Stamp
from app.documents.tables import document, document_signature
from app.kernel.crypto import KeyEncryptionKeys


@dataclass(frozen=True, slots=True)
class Store:
    keks: KeyEncryptionKeys

    def add(self, db: Connection, made: Document) -> None:
        """Raises IntegrityError when the subject has one of this kind."""
        db.execute(insert(document).values(**self._values(made)))

    def put(self, db: Connection, made: Document) -> None:
        """In place of the one of this kind that waited for its signature; of several at once the last stays."""
        upsert = insert_sqlite if db.dialect.name == "sqlite" else insert_postgresql
        values = self._values(made)
        one_of_a_kind = [document.c.subject, document.c.kind]
        db.execute(
            upsert(document).values(**values).on_conflict_do_update(index_elements=one_of_a_kind, set_=values)
        )

    def _values(self, made: Document) -> dict[str, Any]:
        stamp = None if made.stamp is None else self._sealed_stamp(made.stamp, f"{made.id}/stamp")
        return {
            "id": made.id,
            "subject": made.subject,
            "kind": made.kind,
            "sha256": made.sha256,
            "pages": made.pages,
            "made_at": made.made_at,
            "kek_id": self.keks.current,
            "stamp_wrapped": stamp,
            "content_wrapped": self.keks.wrap(made.content, place(f"{made.id}/content")),
        }

    def hold(self, db: Connection, id: str) -> None:
        """Nobody else signs this document, or issues another in its place, before the transaction is over."""
        db.execute(select(document.c.id).where(document.c.id == id).with_for_update())

    def is_signed(self, db: Connection, id: str) -> bool:
        return bool(db.scalar(select(exists().where(document_signature.c.document == id))))

    def rename(self, db: Connection, id: str, kind: str) -> bool:
        """Whether it is still there. Raises IntegrityError when the subject has one of this kind."""
        return db.execute(update(document).where(document.c.id == id).values(kind=kind)).rowcount == 1

    def issued(self, db: Connection, subject: str, kind: str) -> Issued | None:
        asked = select(document.c.id, document.c.sha256)
        row = db.execute(asked.where(document.c.subject == subject, document.c.kind == kind)).one_or_none()
        return None if row is None else Issued(row.id, row.sha256)

    def find(self, db: Connection, subject: str, kind: str) -> Document | None:
        asked = select(document).where(document.c.subject == subject, document.c.kind == kind)
        row = db.execute(asked).one_or_none()
        return None if row is None else self._document(row)

    def _document(self, row: Row[tuple[object, ...]]) -> Document:
        kek = row.kek_id
        stamp = row.stamp_wrapped
        return Document(
            id=row.id,
            subject=row.subject,
            kind=row.kind,
            sha256=row.sha256,
            pages=row.pages,
            made_at=row.made_at,
            stamp=None if stamp is None else self._stamp(kek, stamp, f"{row.id}/stamp"),
            content=self.keks.unwrap(kek, row.content_wrapped, place(f"{row.id}/content")),
        )

    def sign(self, db: Connection, to: str, signature: Signature) -> None:
        """Raises IntegrityError when this certificate has signed it."""
        where = f"{to}/{signature.thumbprint}"
        db.execute(
            insert(document_signature).values(
                document=to,
                thumbprint=signature.thumbprint,
                received_at=signature.received_at,
                revocation=signature.revocation,
                trust_version=signature.trust_version,
                kek_id=self.keks.current,
                stamp_wrapped=self._sealed_stamp(signature.stamp, f"{where}/stamp"),
                body_wrapped=self.keks.wrap(signature.body, place(f"{where}/body")),
            )
        )

    def signatures(self, db: Connection, of: str) -> tuple[Signature, ...]:
        """In the order in which they came."""
        table = document_signature
        asked = select(table).where(table.c.document == of).order_by(table.c.received_at, table.c.thumbprint)
        return tuple(self._signature(row) for row in db.execute(asked))

    def _signature(self, row: Row[tuple[object, ...]]) -> Signature:
        where = f"{row.document}/{row.thumbprint}"
        return Signature(
            thumbprint=row.thumbprint,
            stamp=self._stamp(row.kek_id, row.stamp_wrapped, f"{where}/stamp"),
            revocation=row.revocation,
            trust_version=row.trust_version,
            received_at=row.received_at,
            body=self.keks.unwrap(row.kek_id, row.body_wrapped, place(f"{where}/body")),
        )

    def _sealed_stamp(self, stamp: Stamp, where: str) -> bytes:
        return self.keks.wrap(msgspec.json.encode(stamp), place(where))

    def _stamp(self, kek_id: str, wrapped: bytes, where: str) -> Stamp:
        return msgspec.json.decode(self.keks.unwrap(kek_id, wrapped, place(where)), type=Stamp)


def place(where: str) -> bytes:
    return f"document/{where}".encode()
