"""A session by HTTP: a link becomes a page, a wrong one nothing, and other sites change nothing."""

import pytest
from starlette.testclient import TestClient

from app.accounts.attempts import FAILURES
from tests.app.accounts.places import URL
from tests.app.meetings.served import Browser, Server


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
