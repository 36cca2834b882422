"""Certificates of the demonstration authority by HTTP: for whoever is signed in, named as the server knows him."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from app.accounts.cookie import site_of
from app.signatures import demo_api
from app.signatures.demo_ca import DemoAuthority, open_authority
from load.sign import Key, request_for
from tests.app.accounts.places import URL
from tests.app.meetings.served import Browser, Server


@pytest.fixture
def authority(tmp_path: Path) -> DemoAuthority:
    return open_authority(tmp_path / "keys", datetime.now(UTC))


def with_demo(server: Server, authority: DemoAuthority | None) -> Browser:
    place = server.place
    routes = demo_api.router(authority, place.accounts, site_of(URL), place.clock)
    server.app.include_router(routes, prefix="/api")
    return server.practitioner()


def asked(browser: Browser, person: str, csr: bytes) -> tuple[int, dict[str, object]]:
    answer = browser.post(f"/api/demo/certificates?p={person}", json={"csr": b64encode(csr).decode()})
    return answer.status_code, answer.json()


def test_whoever_is_signed_in_gets_a_certificate_in_his_own_name(
    server: Server, authority: DemoAuthority
) -> None:
    browser = with_demo(server, authority)

    status, issued = asked(browser, browser.person, request_for(Key()))

    assert status == 200
    subject = x509.load_der_x509_certificate(b64decode(str(issued["certificate"]))).subject
    name = subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    assert name == "Соколова Вера"
    assert len(list(issued["chain"])) == 1  # type: ignore[call-overload]


def test_nobody_gets_one_in_anothers_name_and_garbage_is_told(
    server: Server, authority: DemoAuthority
) -> None:
    browser = with_demo(server, authority)
    stranger = server.practitioner()

    assert asked(browser, stranger.person, request_for(Key()))[0] == 404
    status, problem = asked(browser, browser.person, b"\x30\x00")
    assert (status, problem["code"]) == (422, "bad_certificate_request")
    assert Browser(server.app).post("/api/demo/certificates?p=x", json={"csr": "MAA="}).status_code == 401


def test_without_the_authority_there_is_nothing(server: Server) -> None:
    browser = with_demo(server, None)

    assert asked(browser, browser.person, request_for(Key()))[0] == 404
