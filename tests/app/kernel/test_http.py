"""The HTTP edge: coded refusals, numbered incidents, no traceback and no value of the user in either."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.kernel.errors import Forbidden, Refused
from app.kernel.http import install


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install(app, {"already_voted": "Этот кредитор уже проголосовал."})

    @app.get("/refused")
    def refused() -> None:
        raise Refused("already_voted", article="127-ФЗ, ст. 15", details={"creditor": "c1"})

    @app.get("/forbidden")
    def forbidden() -> None:
        raise Forbidden

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the choice of c1 is for")

    @app.get("/number/{number}")
    def number(number: int) -> int:
        return number

    @app.post("/small", max_body_size=10)
    def small(body: dict[str, str]) -> None: ...

    return TestClient(app)


def test_a_refusal_is_a_problem_with_code_article_and_a_sentence(client: TestClient) -> None:
    answer = client.get("/refused")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:kvorum:error:already_voted",
        "title": "Conflict",
        "status": 409,
        "code": "already_voted",
        "detail": "Этот кредитор уже проголосовал.",
        "article": "127-ФЗ, ст. 15",
        "details": {"creditor": "c1"},
    }


def test_each_refusal_has_its_status(client: TestClient) -> None:
    assert client.get("/forbidden").status_code == 403
    assert client.get("/nowhere").json()["code"] == "not_found"


def test_a_body_over_the_limit_of_its_route_is_a_problem_too(client: TestClient) -> None:
    answer = client.post("/small", json={"a": "long" * 10})

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_invalid_request_names_the_place_and_not_the_value(client: TestClient) -> None:
    answer = client.get("/number/Иванов")

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert answer.json()["details"]["faults"][0]["at"] == ["path", "number"]
    assert "Иванов" not in answer.text


def test_a_mistake_of_ours_is_logged_once_and_shown_as_a_number(client: TestClient) -> None:
    with capture_logs() as lines:
        answer = client.get("/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert [line["incident"] for line in lines] == [answer.json()["details"]["incident"]]
    assert "choice" not in answer.text
