"""A document keeps its bytes: rendered once, sealed at rest, signed beside, copied with every stamp."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select

from app.documents.model import Document, Stamp, stamp_of
from app.documents.refusals import AlreadySigned, SignatureNotAccepted, SignedWithoutStamp, StampMismatch
from app.documents.render import Renderer
from app.documents.service import Documents
from app.documents.tables import document, document_signature
from app.kernel.errors import Refused
from app.signatures.model import Owner, Result
from tests.app.accounts.places import KEKS, Place, a_place, sqlite_url
from tests.app.documents.test_render import STAMP, a_ballot, text_of

CHAIR = Result(
    verdict="ok",
    checked_at=datetime(2026, 3, 1, tzinfo=UTC),
    trust_version="test",
    owner=Owner(common_name="Петрова А.", surname="Петрова", given_name="Алёна"),
    serial=STAMP.serial,
    thumbprint="a" * 64,
    not_before=STAMP.not_before,
    not_after=STAMP.not_after,
)
SECRETARY = replace(
    CHAIR, owner=Owner(common_name="x", organization="ООО «Ромашка»"), serial="0b02", thumbprint="b" * 64
)

STAMPED = "minutes_stamped"


@dataclass
class FakeVerifier:
    """Says `results` by the signature; anything else is a bad signature."""

    results: dict[bytes, Result] = field(default_factory=lambda: {b"chair": CHAIR, b"secretary": SECRETARY})
    content: list[bytes] = field(default_factory=list)

    async def verify(self, content: bytes, signature: bytes, *, at: int) -> Result:
        self.content.append(content)
        return self.results.get(signature, replace(CHAIR, verdict="bad_signature"))


@dataclass
class Desk:
    place: Place
    verifier: FakeVerifier
    documents: Documents
    asked: int = 0

    async def made(self, stamp: Stamp | None = None, **changes: Any) -> Document:
        def sheet() -> Any:
            self.asked += 1
            return replace(a_ballot(**changes), made_at=self.place.clock() + self.asked * 1_000_000)

        return await self.documents.made_once("meeting:m_1", "minutes", sheet, stamp)

    async def copy(self, of: Document) -> bytes:
        return (await self.documents.copy(of, "Протокол", "Дело", "Europe/Moscow")).content


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_place(sqlite_url(tmp_path)) as place:
        renderer, verifier = Renderer(), FakeVerifier()
        yield Desk(place, verifier, Documents(place.database, KEKS, place.clock, renderer, verifier))
        renderer.close()


async def test_what_is_stored_is_what_is_served_and_what_the_hash_names(desk: Desk) -> None:
    first = await desk.made()
    again = await desk.made(signer="Другой")
    found = await desk.documents.find("meeting:m_1", "minutes")

    assert first == again == found
    assert desk.asked == 1
    assert hashlib.sha256(first.content).hexdigest() == first.sha256


async def test_two_who_ask_at_once_are_given_the_same_bytes(desk: Desk) -> None:
    made = await asyncio.gather(*(desk.made() for _ in range(4)))

    assert len({one.sha256 for one in made}) == 1
    assert desk.asked > 1


async def test_a_copy_of_the_database_shows_neither_the_file_nor_who_signed(desk: Desk) -> None:
    made = await desk.made()
    await desk.documents.sign(made, b"chair", STAMPED)

    row = await desk.place.database.read(lambda db: db.execute(select(document)).one())
    signed = await desk.place.database.read(lambda db: db.execute(select(document_signature)).one())

    assert b"%PDF" not in row.content_wrapped
    assert "Петрова".encode() not in signed.stamp_wrapped + signed.body_wrapped


async def test_signatures_lie_beside_the_bytes_that_were_verified(desk: Desk) -> None:
    made = await desk.made()

    await desk.documents.sign(made, b"chair", STAMPED)
    await desk.documents.sign(made, b"secretary", STAMPED)

    kept = await desk.documents.signatures(made)
    assert [one.body for one in kept] == [b"chair", b"secretary"]
    assert [one.stamp.owner for one in kept] == ["Петрова Алёна", "ООО «Ромашка», x"]
    assert desk.verifier.content == [made.content, made.content]
    assert (await desk.made()).content == made.content


@pytest.mark.parametrize(
    ("signature", "refusal"), [(b"garbage", SignatureNotAccepted), (b"chair", AlreadySigned)]
)
async def test_a_bad_or_repeated_signature_is_refused(
    desk: Desk, signature: bytes, refusal: type[Refused]
) -> None:
    made = await desk.made()
    await desk.documents.sign(made, b"chair", STAMPED)

    with pytest.raises(refusal):
        await desk.documents.sign(made, signature, STAMPED)

    assert len(await desk.documents.signatures(made)) == 1


async def test_a_stamp_of_another_certificate_than_the_signers_is_a_mismatch(desk: Desk) -> None:
    """The stamp is drawn of the chosen certificate before the signing."""
    made = await desk.made(stamp=replace(STAMP, owner="Петрова Алёна"))

    with pytest.raises(StampMismatch):
        await desk.documents.sign(made, b"secretary", STAMPED)
    await desk.documents.sign(made, b"chair", STAMPED)


async def test_a_copy_has_the_pages_of_the_original_every_stamp_and_its_hash(desk: Desk) -> None:
    made = await desk.made(wording="Утвердить отчёт. " * 500)
    await desk.documents.sign(made, b"chair", STAMPED)
    await desk.documents.sign(made, b"secretary", STAMPED)

    copy = await desk.copy(made)

    text = text_of(copy)
    for part in ("Петрова Алёна", "ООО «Ромашка»", "0B02", made.sha256, "Копия, изготовлена 15.01.2027"):
        assert part in text
    with pikepdf.open(io.BytesIO(copy)) as read:
        assert len(read.pages) == made.pages + 1


async def test_a_copy_is_made_once_for_the_same_signatures(desk: Desk) -> None:
    made = await desk.made()
    await desk.documents.sign(made, b"chair", STAMPED)

    first = await desk.copy(made)
    desk.place.clock.now += 60_000_000
    again = await desk.copy(made)
    await desk.documents.sign(made, b"secretary", STAMPED)
    later = await desk.copy(made)

    assert first == again
    assert "0B02" in text_of(later)


@pytest.fixture
async def shared(postgres_url: str) -> AsyncIterator[Desk]:
    """On the database that several workers write to at once."""
    async with a_place(postgres_url) as place:
        renderer, verifier = Renderer(), FakeVerifier()
        yield Desk(place, verifier, Documents(place.database, KEKS, place.clock, renderer, verifier))
        renderer.close()


async def test_files_drawn_at_once_leave_one_waiting_and_refuse_nobody(shared: Desk) -> None:
    drawing = (shared.documents.drawn("meeting:m_1", "waiting", a_ballot, STAMP) for _ in range(4))
    drawn = await asyncio.gather(*drawing)

    waiting = await shared.documents.find("meeting:m_1", "waiting")
    assert waiting is not None
    assert waiting.id in {one.id for one in drawn}


async def test_of_a_signature_without_the_stamp_and_one_with_it_that_come_at_once_one_is_taken(
    shared: Desk,
) -> None:
    plain = await shared.made()
    waiting = await shared.documents.drawn("meeting:m_1", "waiting", a_ballot, stamp_of(CHAIR))

    said = await asyncio.gather(
        shared.documents.sign(plain, b"secretary", STAMPED),
        shared.documents.release(waiting, STAMPED, b"chair", plain),
        return_exceptions=True,
    )

    refused = [one for one in said if isinstance(one, SignedWithoutStamp | StampMismatch)]
    assert len(refused) == 1
    stamped = await shared.documents.find("meeting:m_1", STAMPED)
    assert (stamped is None) == bool(await shared.documents.signatures(plain))
