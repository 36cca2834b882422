"""The whole site at its edges: headers on every answer, health, one shape of errors, no secrets."""

import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient
from pydantic import SecretStr

from app import main
from app.bootstrap import Services, opened_services
from app.kernel.settings import Settings
from app.main import DatabaseSilent, allow_files, answers, create_app, patiently_opened
from app.signatures.algorithms import verified_algorithms

URL = "https://meeting.example"
PROBLEM = "application/problem+json"


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    settings = Settings(
        environment="embedded",
        public_url=URL,
        database_url=SecretStr(f"sqlite:///{tmp_path / 'kvorum.sqlite'}"),
        keys_dir=tmp_path / "keys",
    )
    async with opened_services(settings) as services:
        yield services


@pytest.fixture
async def client(services: Services) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(create_app(services)), base_url=URL) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/",
        "/room/m_1",
        "/nowhere",
        "/api/session",
        "/api/nowhere",
        "/meetings/m_1/minutes",
    ],
)
async def test_every_answer_carries_the_headers_of_security(client: AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["cache-control"] in ("no-store", "no-cache")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/nowhere", 404, "not_found"),
        ("GET", "/assets/../../app/main.py", 404, "not_found"),
        ("PUT", "/api/session", 405, "method_not_allowed"),
        ("POST", "/api/session", 422, "malformed"),
        ("GET", "/api/meetings/m_1/receipts?p=p_1", 401, "sign_in_again"),
        ("GET", "/meetings/m_1/minutes?p=p_1", 401, "sign_in_again"),
    ],
)
async def test_every_part_of_the_site_answers_errors_in_one_shape(
    client: AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path, headers={"origin": URL})

    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:kvorum:error:{code}")
    assert body["detail"]


async def test_health_says_alive_and_readiness_names_what_is_missing(
    client: AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(work: object) -> None:
        raise ConnectionError

    ready = await client.get("/readyz")
    monkeypatch.setattr(services.database, "read", away)
    unready = await client.get("/readyz")

    assert (await client.get("/healthz")).json() == {
        "status": "ok",
        "signature": {"algorithms": list(verified_algorithms()), "authorities_failing": 0},
    }
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert unready.status_code == 503
    assert unready.json()["checks"] == {"database": False, "clock": True, "seals": False}


async def test_a_mistake_of_ours_is_a_number_under_the_same_headers(
    client: AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(work: object) -> None:
        raise RuntimeError("the choice of c1 is for")

    monkeypatch.setattr(services.database, "read", broken)

    answer = await client.get("/readyz")

    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert answer.json()["details"].keys() == {"incident"}
    assert "choice" not in answer.text
    assert "content-security-policy" in answer.headers


async def test_public_halves_of_the_receipt_keys_are_for_everybody(
    client: AsyncClient, services: Services
) -> None:
    keys = (await client.get("/api/keys")).json()["receipts"]

    assert keys == {key: half.hex() for key, half in services.keys.receipts.public().items()}
    assert all(len(half) == 64 for half in keys.values())


async def test_a_foreign_page_cannot_use_the_fallback(client: AsyncClient) -> None:
    answer = await client.post("/live/poll", content=b"\x90", headers={"origin": "https://evil.example"})

    assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)


async def test_the_database_answers(services: Services) -> None:
    assert await answers(services.database)


def test_too_few_open_files_end_the_start_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda what: (64, 256))
    monkeypatch.setattr(resource, "setrlimit", lambda what, limits: None)

    with pytest.raises(SystemExit, match="KVORUM_MAX_CONNECTIONS"):
        allow_files(257)
    allow_files(256)


async def test_a_start_waits_for_a_database_that_is_late_but_not_for_ever(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([ConnectionRefusedError(), TimeoutError()])

    @asynccontextmanager
    async def late(settings: Settings, *, serves: bool) -> AsyncIterator[Services]:
        for failure in failures:
            raise failure
        yield services

    monkeypatch.setattr(main, "opened_services", late)
    monkeypatch.setattr(main, "AGAIN_S", 0.0)

    async with patiently_opened(services.settings) as opened:
        assert opened is services

    failures = iter([ConnectionRefusedError()])
    monkeypatch.setattr(main, "PATIENCE_S", -1.0)
    with pytest.raises(DatabaseSilent):
        await opened_once(services.settings)


async def opened_once(settings: Settings) -> None:
    async with patiently_opened(settings):
        pass
