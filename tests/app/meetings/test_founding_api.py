"""Dry runs keep nothing; a meeting is founded whole or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from app.meetings.draft import Basis
from app.meetings.importing import limits
from tests.app.meetings.importing.files import ROW, a_register
from tests.app.meetings.importing.files import csv as csv_file
from tests.app.meetings.served import BAD, GOOD, SMALL_AGENDA, Server

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


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


def with_signing(server: Server, signing: str) -> Response:
    practitioner = server.practitioner()
    files = {"register": ("r.xlsx", GOOD), "agenda": ("a.yaml", SMALL_AGENDA)}
    return practitioner.post(f"/api/meetings?p={practitioner.person}", files=files, data={"signing": signing})


def test_the_policy_of_a_meeting_is_chosen_from_what_the_server_offers(server: Server) -> None:
    basis = {"kind": "agreement", "document": "соглашение от 01.02.2026"}

    meeting = with_signing(server, json.dumps({"policy": "simple", "basis": basis})).json()["meeting"]

    draft = server.meetings.drafts[meeting]
    assert draft.signature_policy == "simple"
    assert draft.basis == Basis("agreement", "соглашение от 01.02.2026")
    assert server.practitioner().get("/api/policies").json() == {"policies": ["off", "simple"]}


def test_a_telephone_enters_the_log_only_where_codes_go_to_it(server: Server) -> None:
    contacts = csv_file([("Кредитор", "ИНН", "Телефон"), (ROW[1], ROW[2], "8 916 123-12-34")])
    practitioner = server.practitioner()
    basis = {"kind": "decision", "document": "протокол № 1"}
    files = {
        "register": ("r.xlsx", GOOD),
        "agenda": ("a.yaml", SMALL_AGENDA),
        "contacts": ("c.csv", contacts),
    }
    path = f"/api/meetings?p={practitioner.person}"

    bare = practitioner.post(path, files=files).json()["meeting"]
    data = {"signing": json.dumps({"policy": "simple", "basis": basis})}
    coded = practitioner.post(path, files=files, data=data).json()["meeting"]

    assert {one.phone for one in server.meetings.people[bare]} == {None}
    assert "+79161231234" in {one.phone for one in server.meetings.people[coded]}


@pytest.mark.parametrize(
    ("signing", "code"),
    [
        ({"policy": "qualified"}, "policy_not_offered"),
        ({"policy": "simple"}, "basis_missing"),
        ({"policy": "simple", "basis": {"kind": "decision", "document": " "}}, "basis_missing"),
        ({"policy": "simple", "basis": {"kind": "whim", "document": "x"}}, "malformed"),
        ({"policy": "any"}, "malformed"),
    ],
)
def test_a_policy_that_is_not_offered_or_has_no_ground_founds_nothing(
    server: Server, signing: dict[str, Any], code: str
) -> None:
    answer = with_signing(server, json.dumps(signing))

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert server.meetings.drafts == {}
