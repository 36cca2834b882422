"""The list of access links, its print-out, and revoking one."""

import base64
import csv
import hashlib
import io
import json

from app.accounts.model import Contact, Link, Role, Seat
from app.meetings.draft import SignaturePolicy
from app.meetings.links import printout
from app.meetings.links.texts import NO_PHONE
from app.meetings.view import meeting_view
from tests.app.meetings.importing.files import ROW
from tests.app.meetings.importing.files import csv as csv_file
from tests.app.meetings.served import GOOD, SMALL_AGENDA, Browser, Server
from tests.builders import a_meeting


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


def printed(
    policy: SignaturePolicy, role: Role = "participant", phone: str | None = "+7 ··· ··· 12 34"
) -> str:
    """The line of the only slip that says what to sign with."""
    log = a_meeting(policy=policy, until="convened")
    seat = Seat("s_1", "p_1", "m_1", role, Contact("ООО «Ромашка»"))
    link = Link("k_1", seat, "https://kvorum.example/in#secret")

    html = printout.page(meeting_view(log.state, log.texts), (link,), {"p_1": phone})

    return html.partition('<p class="signing">')[2].partition("</p>")[0]


def test_a_slip_says_what_to_sign_with() -> None:
    assert printed("qualified").startswith("Понадобится электронная подпись")
    assert printed("simple").startswith("Код для подписи бюллетеня придёт по СМС на +7 ··· ··· 12 34.")
    assert printed("simple", phone=None) == NO_PHONE
    assert printed("off") == printed("qualified", "observer") == printed("simple", "screen") == ""


def test_a_slip_shows_the_end_of_the_number_that_the_meeting_has(server: Server) -> None:
    practitioner = server.practitioner()
    contacts = csv_file([("Кредитор", "ИНН", "Телефон"), (ROW[1], ROW[2], "8 916 123-12-34")])
    files = {"register": ("r.xlsx", GOOD), "agenda": ("a.yaml", SMALL_AGENDA), "contacts": ("c", contacts)}
    basis = {"kind": "decision", "document": "протокол № 1"}
    data = {"signing": json.dumps({"policy": "simple", "basis": basis})}
    founded = practitioner.post(f"/api/meetings?p={practitioner.person}", files=files, data=data)

    page = practitioner.get(f"/meetings/{founded.json()['meeting']}/links?p={practitioner.person}").text

    assert page.count("+7 ··· ··· 12 34") == 1
    assert page.count(NO_PHONE) == 1
    assert "9161231234" not in page


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
