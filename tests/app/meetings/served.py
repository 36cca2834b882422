"""The HTTP side of meetings over a database of its own, with meetings kept in memory, and browsers that talk to it."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from app.accounts import api as accounts_api
from app.accounts.cookie import site_of
from app.kernel.http import install
from app.kernel.ids import new_id
from app.meetings import api as meetings_api
from app.meetings.access import Access
from app.meetings.archive import Edition
from app.meetings.draft import DraftMeeting
from app.meetings.founding import Admission
from app.meetings.importing.instructions import Asked, Principal, Principals
from app.meetings.new_meeting import NewMeetings, Policies
from app.meetings.phones import masked
from app.meetings.view_types import (
    AuthorityRow,
    Contact,
    LeakView,
    MeetingView,
    MyBallot,
    TableRow,
    TableView,
    TrustOutlook,
    UncheckedRow,
    UncheckedView,
)
from tests.app.accounts.places import URL, Place
from tests.app.meetings.importing.files import AGENDA as CARD
from tests.app.meetings.importing.files import QUESTION, ROW, a_register

BAD = a_register((1, "ООО", "", "x", "", "", ""))
GOOD = a_register(ROW, (2, "АО «Лютик»", "500100732259", "50", "", "", ""))
SMALL_AGENDA = (CARD + QUESTION).encode()


@dataclass(slots=True)
class FoundMeetings:
    """Implements `app.meetings.ports.Meetings` in memory."""

    drafts: dict[str, DraftMeeting] = field(default_factory=dict)
    people: dict[str, tuple[Admission, ...]] = field(default_factory=dict)

    async def found(
        self, meeting: str, draft: DraftMeeting, people: tuple[Admission, ...], organizer: str
    ) -> None:
        assert people[-1].person == organizer
        self.drafts[meeting], self.people[meeting] = draft, people

    async def meeting_for(self, meeting: str, person: str) -> MeetingView | None:
        card = self.drafts[meeting].card
        return MeetingView(
            id=meeting,
            status="convened",
            form=card.form,
            repeated=card.repeated,
            procedure=card.procedure,
            debtor=card.debtor,
            case_no=card.case_no,
            court=card.court,
            place=card.place,
            starts_at_ms=card.starts_at // 1000,
            organizer=Contact(card.organizer_name, card.organizer_phone),
            signature_policy=self.drafts[meeting].signature_policy,
            shortest_s=10,
            tolerance_ms=1000,
            profile_version="1",
            register_sha256="0" * 64,
            creditors_total=2,
        )

    async def table_for(self, meeting: str, person: str, voting: int) -> TableView | None:
        rows = [TableRow("c0001", "ООО «Ромашка»", "100", "for", "electronic")]
        return TableView(voting, "q1", rows) if voting == 1 else None

    async def leak_for(self, meeting: str, question: str) -> LeakView | None:
        return LeakView(question, 2, "100", "all", "Выдаст всё") if question == "q1" else None

    async def unchecked_for(self, meeting: str) -> UncheckedView:
        return UncheckedView([UncheckedRow(1, "1", 1, "100", True, "может измениться")], [])

    async def trust_for(self, meeting: str) -> TrustOutlook:
        return TrustOutlook([AuthorityRow("Учебный УЦ", "list_missing", None, ["ООО «Ромашка»"])])

    async def recount_for(self, meeting: str, person: str, voting: int) -> dict[str, Any] | None:
        return {"id": "1", "ballots": []} if voting == 1 else None

    async def creditors_of(self, meeting: str) -> dict[str, int]:
        return {one.person: len(one.creditors) for one in self.people[meeting]}

    async def phones_of(self, meeting: str) -> dict[str, str | None]:
        return {one.person: one.phone and masked(one.phone) for one in self.people[meeting]}

    async def receipts_for(self, meeting: str, person: str) -> tuple[MyBallot, ...]:
        return (MyBallot(1, "c0001", 5, "0" * 64, None, "electronic"),)

    async def principals_for(self, meeting: str, person: str) -> Principals | None:
        lines = {line.creditor: line for line in self.drafts[meeting].register}
        mine = next(one.creditors for one in self.people[meeting] if one.person == person)
        creditors = tuple(Principal(who, lines[who].name, lines[who].inn) for who in mine)
        return Principals(creditors, (Asked("q1", "1", {"for": "За", "against": "Против"}),))

    async def minutes_for(self, meeting: str, person: str) -> str | None:
        return "<!doctype html><p>Протокол"

    async def archive_for(self, meeting: str, person: str, edition: Edition, out: Path) -> bool:
        await asyncio.to_thread(out.write_bytes, edition.encode())
        return True


class Browser:
    """Keeps its cookies and names the page it sends from."""

    def __init__(self, app: FastAPI) -> None:
        self._client = TestClient(app, base_url=URL, headers={"origin": URL})
        self.person = ""

    def signed_in(self, url: str) -> "Browser":
        answer = self.post("/api/session", json={"token": url.partition("#")[2]})
        assert answer.status_code == 200, answer.text
        self.person = answer.json()["person"]
        return self

    def get(self, path: str) -> Response:
        return self._client.get(path)

    def post(self, path: str, **body: Any) -> Response:
        return self._client.post(path, **body)

    def delete(self, path: str) -> Response:
        return self._client.delete(path)

    def found(self, register: bytes = GOOD, agenda: bytes = SMALL_AGENDA, **more: bytes) -> Response:
        files = {"register": ("r.xlsx", register), "agenda": ("a.yaml", agenda)}
        files.update({name: (name, body) for name, body in more.items()})
        return self.post(f"/api/meetings?p={self.person}", files=files)


@dataclass(frozen=True, slots=True)
class Server:
    """The app over a database of its own."""

    app: FastAPI
    place: Place
    meetings: FoundMeetings
    runner: asyncio.Runner

    def practitioner(self) -> Browser:
        url = self.runner.run(self.place.accounts.practitioner_link(new_id("p"), "Соколова Вера"))
        return Browser(self.app).signed_in(url)

    def links(self, meeting: str) -> dict[str, str]:
        """Name → URL of every live link."""
        return {link.seat.name: link.url for link in self.runner.run(self.place.accounts.links(meeting))}

    def browser(self, meeting: str, name: str) -> Browser:
        return Browser(self.app).signed_in(self.links(meeting)[name])


def an_app(place: Place, meetings: FoundMeetings) -> FastAPI:
    site = site_of(URL)
    new_meetings = NewMeetings(
        place.database, place.accounts, meetings, place.clock, Policies(("off", "simple"), 10)
    )
    access = Access(place.accounts, site, meetings)
    app = FastAPI()
    app.include_router(accounts_api.router(place.accounts, site, place.clock), prefix="/api")
    app.include_router(meetings_api.api(access, new_meetings), prefix="/api")
    app.include_router(meetings_api.pages(access))
    install(app)
    return app
