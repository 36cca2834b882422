"""However many ask for files of a meeting at once, few are prepared: the others wait their turn."""

import asyncio
from dataclasses import dataclass
from typing import cast

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from app.documents.model import Document, Signature
from app.meetings.access import Access
from app.meetings.documents import MeetingDocuments
from app.meetings.documents_api import api
from app.meetings.new_meeting import AT_ONCE

URL = "https://meeting.example"
FILE = Document("d_1", "meeting:m_1", "minutes", "0" * 64, 1, 0, None, b"%PDF")


class Everybody:
    """Lets each in."""

    async def named(self, *asked: object) -> None: ...

    async def participant(self, *asked: object) -> None: ...


@dataclass
class SlowDocuments:
    """Knows how many were at it together."""

    now: int = 0
    most: int = 0

    async def _prepared(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(20):
            await asyncio.sleep(0)
        self.now -= 1

    async def draft(self, *asked: object) -> None:
        await self._prepared()

    async def minutes(self, *asked: object) -> Document:
        await self._prepared()
        return FILE

    async def signatures(self, document: Document) -> tuple[Signature, ...]:
        return ()

    async def signed_copy(self, *asked: object) -> Document:
        await self._prepared()
        return FILE

    async def packed_minutes(self, *asked: object) -> bytes:
        await self._prepared()
        return b"PK"

    async def ballot_files(self, *asked: object) -> bytes:
        await self._prepared()
        return b"PK"


@pytest.mark.parametrize(
    "path", ["minutes", "minutes.pdf", "minutes.zip", "minutes-copy.pdf", "votings/1/ballots/A.zip"]
)
async def test_of_many_who_ask_at_once_all_but_a_few_wait(path: str) -> None:
    documents = SlowDocuments()
    site = FastAPI()
    site.include_router(api(cast(Access, Everybody()), cast(MeetingDocuments, documents)))

    async with AsyncClient(transport=ASGITransport(site), base_url=URL) as browser:
        asked = [browser.get(f"/meetings/m_1/{path}?p=p_{n}") for n in range(10 * AT_ONCE)]
        answers = await asyncio.gather(*asked)

    assert {answer.status_code for answer in answers} == {200}
    assert documents.most == AT_ONCE
