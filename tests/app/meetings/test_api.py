"""Meetings over HTTP: dry runs, founding whole or not at all, links, and nobody into another's meeting."""

import asyncio
import base64
import csv
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import Connection, inspect, text
from starlette.testclient import TestClient

from app.accounts import api as accounts_api
from app.accounts.attempts import FAILURES
from app.accounts.cookie import site_of
from app.kernel.http import install
from app.kernel.ids import new_id
from app.meetings import api as meetings_api
from app.meetings.access import Access
from app.meetings.draft import DraftMeeting
from app.meetings.founding import Admission
from app.meetings.importing import limits
from app.meetings.importing.instructions import Asked, Principal, Principals
from app.meetings.new_meeting import NewMeetings
from app.meetings.view_types import Contact, MeetingView, MyBallot, TableRow, TableView
from tests.app.accounts.places import URL, Place, a_place, sqlite_url
from tests.app.meetings.importing.files import AGENDA as CARD
from tests.app.meetings.importing.files import QUESTION, ROW, a_register
from tests.app.meetings.importing.files import csv as csv_file

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
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
            signature_policy="off",
            tolerance_ms=1000,
            profile_version="1",
            register_sha256="0" * 64,
            creditors_total=2,
            creditors_present=0,
            quorum=None,
            may_open=False,
            may_open_reason=None,
        )

    async def table_for(self, meeting: str, person: str, voting: int) -> TableView | None:
        rows = [TableRow("c0001", "ООО «Ромашка»", "100", "for", "electronic")]
        return TableView(voting, "q1", rows) if voting == 1 else None

    async def recount_for(self, meeting: str, person: str, voting: int) -> dict[str, Any] | None:
        return {"id": "1", "ballots": []} if voting == 1 else None

    async def creditors_of(self, meeting: str) -> dict[str, int]:
        return {one.person: len(one.creditors) for one in self.people[meeting]}

    async def receipts_for(self, meeting: str, person: str) -> tuple[MyBallot, ...]:
        return (MyBallot(1, "c0001", 5, "0" * 64, None, "electronic"),)

    async def principals_for(self, meeting: str, person: str) -> Principals | None:
        lines = {line.creditor: line for line in self.drafts[meeting].register}
        mine = next(one.creditors for one in self.people[meeting] if one.person == person)
        creditors = tuple(Principal(who, lines[who].name, lines[who].inn) for who in mine)
        return Principals(creditors, (Asked("q1", "1", {"for": "За", "against": "Против"}),))

    async def minutes_for(self, meeting: str, person: str) -> str | None:
        return "<!doctype html><p>Протокол"


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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with asyncio.Runner() as runner:
        opened = a_place(sqlite_url(tmp_path))
        place = runner.run(enter(opened))
        meetings = FoundMeetings()
        yield Server(an_app(place, meetings), place, meetings, runner)
        runner.run(leave(opened))


async def enter(opened: AbstractAsyncContextManager[Place]) -> Place:
    return await opened.__aenter__()


async def leave(opened: AbstractAsyncContextManager[Place]) -> None:
    await opened.__aexit__(None, None, None)


def an_app(place: Place, meetings: FoundMeetings) -> FastAPI:
    site = site_of(URL)
    new_meetings = NewMeetings(place.database, place.accounts, meetings, place.clock)
    access = Access(place.accounts, site, meetings)
    app = FastAPI()
    app.include_router(accounts_api.router(place.accounts, site, place.clock), prefix="/api")
    app.include_router(meetings_api.api(access, new_meetings), prefix="/api")
    app.include_router(meetings_api.pages(access))
    install(app)
    return app


# --- the session ---------------------------------------------------------------------------------------------------


def test_a_link_becomes_a_session_with_its_page(server: Server) -> None:
    browser = server.practitioner()

    seats = browser.get("/api/session").json()["seats"]

    assert seats == [
        {
            "meeting": None,
            "person": browser.person,
            "role": "practitioner",
            "name": "Соколова Вера",
            "page": f"/new?p={browser.person}",
        }
    ]


def test_without_a_session_there_are_no_seats_and_no_rights(server: Server) -> None:
    browser = Browser(server.app)

    assert browser.get("/api/session").json() == {"seats": []}
    assert browser.get("/api/meetings/m_1/receipts?p=p_1").json()["code"] == "sign_in_again"
    assert browser.post("/api/imports/agenda", files={"agenda": b"x"}).status_code == 401


def test_signing_out_ends_the_session(server: Server) -> None:
    browser = server.practitioner()

    assert browser.delete("/api/session").status_code == 204
    assert browser.get("/api/session").json() == {"seats": []}


def test_a_wrong_token_is_refused_and_trying_many_is_stopped(server: Server) -> None:
    browser = Browser(server.app)

    answers = [browser.post("/api/session", json={"token": "A" * 22}) for _ in range(FAILURES + 1)]

    assert {answer.json()["code"] for answer in answers[:-1]} == {"link_refused"}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many_attempts")
    assert server.practitioner().get("/api/session").json()["seats"]


@pytest.mark.parametrize("path", ["/api/session", "/api/imports/register", "/api/meetings?p=p_1"])
def test_a_page_of_another_site_changes_nothing(server: Server, path: str) -> None:
    client = TestClient(server.app, base_url=URL)

    answer = client.post(path, json={"token": "x"}, headers={"origin": "https://evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_a_ticket_is_for_the_topic_of_the_meeting(server: Server) -> None:
    practitioner = server.practitioner()
    meeting = practitioner.found().json()["meeting"]

    answer = practitioner.post(f"/api/meetings/{meeting}/ticket?p={practitioner.person}").json()

    assert answer["topic"] == f"meeting:{meeting}"
    holder = server.runner.run(server.place.accounts.spend_ticket(answer["ticket"], answer["topic"]))
    assert holder is not None
    assert holder.person == practitioner.person


# --- dry runs ------------------------------------------------------------------------------------------------------


def test_a_dry_run_names_every_fault_and_keeps_nothing(server: Server) -> None:
    practitioner = server.practitioner()
    bad = a_register((1, "ООО", "", "x", "", "", ""), (2, "", "", "=1+1", "", "", ""))

    report = practitioner.post("/api/imports/register", files={"register": bad}).json()

    assert report["ok"] is False
    assert [(f["code"], f["row"], f["column"]) for f in report["faults"]] == [
        ("not_a_number", 2, "D"),
        ("formula", 3, "D"),
    ]
    assert report["columns"][3]["heading"] == "Сумма требования, руб."
    assert server.meetings.drafts == {}


def test_a_mapping_is_sent_back_and_remembered_for_its_person_only(server: Server) -> None:
    practitioner, other = server.practitioner(), server.practitioner()
    files = {"register": csv_file([("кто", "сколько"), ("ПАО «Банк»", "150")])}
    mapping = {"columns": {"name": "A", "claim": "B"}, "header_row": 1, "unit": "kopecks"}

    first = practitioner.post("/api/imports/register", files=files).json()
    mapped = practitioner.post(
        "/api/imports/register", files=files, data={"mapping": json.dumps(mapping)}
    ).json()
    again = practitioner.post("/api/imports/register", files=files).json()
    by_other = other.post("/api/imports/register", files=files).json()

    assert [report["ok"] for report in (first, mapped, again, by_other)] == [False, True, True, False]
    assert again["mapping_was_remembered"]
    assert again["sums"]["claims"] == "150"


@pytest.mark.parametrize(
    "mapping", ["{", "[]", '{"columns": 5, "header_row": 1}', '{"columns": {}}', "x" * 5_000]
)
def test_a_broken_mapping_is_malformed(server: Server, mapping: str) -> None:
    answer = server.practitioner().post(
        "/api/imports/register", files={"register": GOOD}, data={"mapping": mapping}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_a_body_over_the_limit_is_cut_off(server: Server) -> None:
    huge = b"x" * (2 * limits.TABLE_BYTES + limits.AGENDA_BYTES + 2 * limits.MIB)

    answer = server.practitioner().post("/api/imports/register", files={"register": huge})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_file_over_its_own_limit_is_reported(server: Server) -> None:
    answer = server.practitioner().post(
        "/api/imports/register", files={"register": b"x" * (limits.TABLE_BYTES + 1)}
    )

    assert [fault["code"] for fault in answer.json()["faults"]] == ["file_too_large"]


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"register": "x"}},
        {"content": b"garbage", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"garbage", "headers": {"content-type": "multipart/form-data"}},
        {"data": {"register": "not a file"}, "files": {"other": b"x"}},
        {"files": {"agenda": b"x"}},
        {"files": [("register", GOOD), ("a", b""), ("b", b""), ("c", b"")]},
    ],
)
def test_what_is_no_upload_is_malformed(server: Server, body: dict[str, Any]) -> None:
    answer = server.practitioner().post("/api/imports/register", **body)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_an_agenda_is_tried_too(server: Server) -> None:
    practitioner = server.practitioner()

    good = practitioner.post("/api/imports/agenda", files={"agenda": SMALL_AGENDA}).json()
    bad = practitioner.post("/api/imports/agenda", files={"agenda": b"a: &x 1"}).json()

    assert (good["ok"], good["questions_total"], good["debtor"]) == (True, 1, "ООО «Должник»")
    assert bad["faults"][0]["text"]


# --- founding ------------------------------------------------------------------------------------------------------


def test_a_meeting_is_founded_on_its_files(server: Server) -> None:
    practitioner = server.practitioner()

    answer = practitioner.found()

    assert answer.status_code == 201, answer.text
    meeting = answer.json()["meeting"]
    assert answer.json()["page"] == f"/console/{meeting}?p={practitioner.person}"
    assert [line.name for line in server.meetings.drafts[meeting].register] == ["ООО «Ромашка»", "АО «Лютик»"]
    assert sorted(person.role for person in server.meetings.people[meeting]) == [
        "organizer",
        "participant",
        "participant",
        "registrar",
        "screen",
    ]
    admitted = {person.person for person in server.meetings.people[meeting]}
    links = server.runner.run(server.place.accounts.links(meeting))
    assert {link.seat.person for link in links} == admitted


@pytest.mark.parametrize(("register", "agenda"), [(BAD, SMALL_AGENDA), (GOOD, b"{}"), (b"", b"")])
def test_a_fault_in_either_file_founds_nothing(server: Server, register: bytes, agenda: bytes) -> None:
    practitioner = server.practitioner()

    answer = practitioner.found(register, agenda)

    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused")
    details = answer.json()["details"]
    assert not (details["register"]["ok"] and details["agenda"]["ok"])
    assert server.meetings.drafts == {}
    assert len(practitioner.get("/api/session").json()["seats"]) == 1


def test_only_a_practitioner_founds_meetings(server: Server) -> None:
    practitioner = server.practitioner()
    meeting = practitioner.found().json()["meeting"]
    participant = server.browser(meeting, "АО «Лютик»")

    answer = participant.found()

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_three_hundred_creditors_come_in_with_their_representatives(server: Server) -> None:
    practitioner = server.practitioner()
    register, agenda, contacts = (
        (EXAMPLES / name).read_bytes() for name in ("register-300.xlsx", "agenda.yaml", "contacts.xlsx")
    )

    answer = practitioner.found(register, agenda, contacts=contacts)

    assert answer.status_code == 201, answer.text
    people = server.meetings.people[answer.json()["meeting"]]
    assert max(len(person.creditors) for person in people) == 8
    assert sum(len(person.creditors) for person in people) == 300


# --- links ---------------------------------------------------------------------------------------------------------


def test_the_list_of_links_opens_rooms_and_holds_no_live_formulas(server: Server) -> None:
    practitioner = server.practitioner()
    contacts = csv_file(
        [("Кредитор", "Почта", "Телефон"), ("ООО «Ромашка»", "r@example.org", "8 900 000-00-00")]
    )
    meeting = practitioner.found(
        csv_file([("Кредитор", "Сумма"), ("ООО «Ромашка»", "1"), ("@СУММ(1)", "1")]), contacts=contacts
    ).json()["meeting"]

    answer = practitioner.get(f"/api/meetings/{meeting}/links.csv?p={practitioner.person}")

    rows = {row[0]: row for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")}
    assert rows["ООО «Ромашка»"][1:4] == ["участник", "r@example.org", "'+79000000000"]
    assert "'@СУММ(1)" in rows
    assert "attachment" in answer.headers["content-disposition"]
    assert (
        Browser(server.app).signed_in(rows["ООО «Ромашка»"][4]).get("/api/session").json()["seats"][0]["page"]
    )


def test_the_printout_has_a_code_for_everybody_and_its_own_policy(server: Server) -> None:
    practitioner = server.practitioner()
    meeting = practitioner.found(
        csv_file([("Кредитор", "Сумма"), ("<script>alert(1)</script>", "1"), ("Б", "1")])
    ).json()["meeting"]

    answer = practitioner.get(f"/meetings/{meeting}/links?p={practitioner.person}")

    assert answer.status_code == 200
    assert answer.text.count("<svg") == 5
    assert "<script>" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "10.12.2026 11:00 (UTC+03:00)" in answer.text
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_a_revoked_link_is_off_the_list_and_opens_nothing(server: Server) -> None:
    practitioner = server.practitioner()
    meeting = practitioner.found().json()["meeting"]
    lost = next(
        link
        for link in server.runner.run(server.place.accounts.links(meeting))
        if link.seat.name == "АО «Лютик»"
    )

    answer = practitioner.delete(f"/api/meetings/{meeting}/links/{lost.id}?p={practitioner.person}")

    assert answer.status_code == 204
    assert "АО «Лютик»" not in server.links(meeting)
    refused = Browser(server.app).post("/api/session", json={"token": lost.url.partition("#")[2]})
    assert refused.json()["code"] == "link_refused"


def test_observers_of_the_agenda_file_get_a_link_and_no_creditor(server: Server) -> None:
    agenda = SMALL_AGENDA + "\nнаблюдатели: [Смирнов Павел]\n".encode()
    meeting = server.practitioner().found(agenda=agenda).json()["meeting"]

    observer = server.browser(meeting, "Смирнов Павел")

    (seat,) = observer.get("/api/session").json()["seats"]
    assert (seat["role"], seat["page"]) == ("observer", f"/room/{meeting}?p={observer.person}")
    admitted = [one for one in server.meetings.people[meeting] if one.role == "observer"]
    assert [(one.name, one.creditors) for one in admitted] == [("Смирнов Павел", ())]


def test_a_link_is_found_in_the_list_and_revoked_and_the_list_tells_no_secret(server: Server) -> None:
    practitioner = server.practitioner()
    meeting = practitioner.found().json()["meeting"]
    path = f"/api/meetings/{meeting}/links"
    listed = practitioner.get(f"{path}?p={practitioner.person}")
    lost = next(line for line in listed.json() if line["name"] == "АО «Лютик»")
    lost_url = server.links(meeting)["АО «Лютик»"]

    practitioner.delete(f"{path}/{lost['id']}?p={practitioner.person}")

    assert (lost["role"], lost["creditors"]) == ("participant", 1)
    assert {url.partition("#")[2] for url in [lost_url, *server.links(meeting).values()]}.isdisjoint(
        token for token in listed.text.split('"')
    )
    names = [line["name"] for line in practitioner.get(f"{path}?p={practitioner.person}").json()]
    assert "АО «Лютик»" not in names
    assert names


# --- who may see what ----------------------------------------------------------------------------------------------

PRIVATE = (
    "/api/meetings/{m}/links.csv?p={p}",
    "/api/meetings/{m}/links?p={p}",
    "/meetings/{m}/links?p={p}",
)
OPEN = (
    "/api/meetings/{m}/tables/1?p={p}",
    "/api/meetings/{m}/receipts?p={p}",
    "/api/meetings/{m}/votings/1/recount.json?p={p}",
    "/meetings/{m}/minutes?p={p}",
)


@pytest.mark.parametrize("path", PRIVATE + OPEN)
def test_anothers_meeting_does_not_exist(server: Server, path: str) -> None:
    mine, theirs = server.practitioner(), server.practitioner()
    their_meeting = theirs.found().json()["meeting"]
    mine.found()

    for person in (mine.person, theirs.person, "p_nobody"):
        answer = mine.get(path.format(m=their_meeting, p=person))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize("name", ["АО «Лютик»", "Экран в зале", "Стойка регистрации"])
def test_only_the_organizer_sees_the_links(server: Server, path: str, name: str) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    browser = server.browser(meeting, name)

    assert browser.get(path.format(m=meeting, p=browser.person)).status_code == 403


def test_a_participant_sees_tables_and_receipts(server: Server) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    participant = server.browser(meeting, "АО «Лютик»")

    table, receipts = (participant.get(path.format(m=meeting, p=participant.person)) for path in OPEN[:2])

    assert table.json()["rows"][0]["weight_kopecks"] == "100"
    assert receipts.json()[0]["creditor"] == "c0001"
    assert participant.get(f"/api/meetings/{meeting}/tables/2?p={participant.person}").status_code == 404


def test_a_screen_in_the_hall_gets_no_file_for_a_recount(server: Server) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    participant, screen = server.browser(meeting, "АО «Лютик»"), server.browser(meeting, "Экран в зале")
    path = f"/api/meetings/{meeting}/votings/{{}}/recount.json?p={{}}"

    given = participant.get(path.format(1, participant.person))

    assert given.json() == {"id": "1", "ballots": []}
    assert "attachment" in given.headers["content-disposition"]
    assert participant.get(path.format(2, participant.person)).status_code == 404
    assert screen.get(path.format(1, screen.person)).status_code == 403


def instructed(server: Server, browser: Browser, meeting: str, file: bytes, **more: Any) -> Response:
    files = {"file": ("i.csv", file)}
    return browser.post(f"/api/meetings/{meeting}/instructions?p={browser.person}", files=files, **more)


def test_instructions_are_read_for_own_creditors_only_and_leave_nothing(server: Server) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    participant = server.browser(meeting, "АО «Лютик»")
    before = database_rows(server)

    answer = instructed(
        server, participant, meeting, csv_file([("АО Лютик", 1, "за"), ("ООО Ромашка", 1, "за")])
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["faults"] == []
    mine, foreign = answer.json()["rows"]
    assert (mine["creditor"], mine["question"], mine["option"], mine["typed"]) == ("c0002", "q1", "for", "за")
    assert (foreign["creditor"], foreign["fault"]) == (None, "instruction_of_nobody")
    assert database_rows(server) == before


def test_instructions_of_others_are_not_read(server: Server) -> None:
    practitioner = server.practitioner()
    meeting, other = (practitioner.found().json()["meeting"] for _ in range(2))
    screen, participant = server.browser(meeting, "Экран в зале"), server.browser(meeting, "АО «Лютик»")

    assert instructed(server, practitioner, meeting, b"x").status_code == 403
    assert instructed(server, screen, meeting, b"x").status_code == 403
    assert instructed(server, participant, other, b"x").json()["code"] == "not_found"
    nobody = Browser(server.app)
    nobody.person = participant.person
    assert instructed(server, nobody, meeting, b"x").status_code == 401
    foreign = instructed(server, participant, meeting, b"x", headers={"origin": "https://evil.example"})
    assert foreign.json()["code"] == "foreign_origin"


def test_instructions_over_a_mebibyte_are_cut_off_in_memory(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    participant = server.browser(meeting, "АО «Лютик»")
    monkeypatch.setattr(SpooledTemporaryFile, "rollover", not_in_memory)

    largest = instructed(server, participant, meeting, b"x" * (limits.INSTRUCTIONS_BYTES - 1_000))
    over = instructed(server, participant, meeting, b"x" * limits.INSTRUCTIONS_BYTES)

    assert largest.status_code == 200
    assert (over.status_code, over.json()["code"]) == (413, "too_large")


def not_in_memory(file: object) -> None:
    raise AssertionError("a file of instructions was written to the disk")


def database_rows(server: Server) -> dict[str, int]:
    """Rows by table: what is stored shows here."""

    def counted(db: Connection) -> dict[str, int]:
        tables = inspect(db).get_table_names()
        return {name: db.execute(text(f'select count(*) from "{name}"')).scalar_one() for name in tables}

    return server.runner.run(server.place.database.read(counted))


def test_the_screen_has_no_table_by_name(server: Server) -> None:
    meeting = server.practitioner().found().json()["meeting"]
    screen = server.browser(meeting, "Экран в зале")

    assert screen.get(f"/api/meetings/{meeting}/tables/1?p={screen.person}").status_code == 403


def test_the_openapi_document_names_every_route(server: Server) -> None:
    document = server.app.openapi()

    assert {"/api/session", "/api/meetings", "/api/imports/register", "/api/imports/agenda"} <= document[
        "paths"
    ].keys()
    body = document["paths"]["/api/meetings"]["post"]["requestBody"]["content"]["multipart/form-data"][
        "schema"
    ]
    assert body["required"] == ["register", "agenda"]
    assert {"RegisterReport", "AgendaReport", "SeatAnswer"} <= document["components"]["schemas"].keys()
