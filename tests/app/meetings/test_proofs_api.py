"""Proofs by HTTP: a signed challenge is told back as what the certificate is worth for this account."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.accounts.cookie import site_of
from app.kernel.crypto import MacKeys
from app.meetings.signing import PooledSignatures
from app.signatures import proof_api
from app.signatures.challenge import Challenges
from app.signatures.demo_ca import DemoAuthority, open_authority
from app.signatures.kept import KeptTrust
from app.signatures.model import Owner
from app.signatures.pool import SignaturePool
from app.signatures.texts import DEMO_ISSUER
from load.sign import Key, request_for, signed
from tests.app.accounts.places import URL
from tests.app.meetings.served import Browser, Server

MINE = Owner(common_name="Соколова Вера", surname="Соколова", given_name="Вера")


class Office:
    """A server with proofs, somebody who is signed in, and an authority that gives her certificates."""

    def __init__(self, server: Server, authority: DemoAuthority, pool: SignaturePool) -> None:
        place = server.place
        self.now = datetime.fromtimestamp(place.clock.now / 1_000_000, UTC)
        self.authority = authority
        kept = KeptTrust(place.database, place.clock)
        signatures = PooledSignatures(pool, lambda: authority.trust, kept, DEMO_ISSUER)
        challenges = Challenges(MacKeys({1: b"1" * 32}), place.clock, place.database, signatures)
        routes = proof_api.router(challenges, place.accounts, site_of(URL), place.clock)
        server.app.include_router(routes, prefix="/api")
        self.browser = server.practitioner()

    def challenge(self) -> bytes:
        answer = self.browser.post(f"/api/signature/challenges?p={self.browser.person}")
        assert answer.status_code == 200, answer.text
        return b64decode(answer.json()["challenge"])

    def proved(self, content: bytes, owner: Owner = MINE, *, over: bytes = b"") -> tuple[int, dict[str, Any]]:
        key = Key()
        issued = self.authority.issue(request_for(key), owner, self.now)
        cms = signed(over or content, key, (issued.certificate, *issued.chain), self.now)
        given = {"challenge": b64encode(content).decode(), "signature": b64encode(cms).decode()}
        answer = self.browser.post(f"/api/signature/proofs?p={self.browser.person}", json=given)
        return answer.status_code, answer.json()


@pytest.fixture
def office(server: Server, tmp_path: Path) -> Iterator[Office]:
    now = datetime.fromtimestamp(server.place.clock.now / 1_000_000, UTC)
    with closing(SignaturePool()) as pool:
        yield Office(server, open_authority(tmp_path / "keys", now), pool)


def test_who_signs_the_challenge_is_told_that_the_certificate_is_good_and_is_hers(office: Office) -> None:
    content = office.challenge()

    status, proof = office.proved(content)
    again = office.proved(content)

    assert status == 200
    assert (proof["good"], proof["verdict"], proof["owner_match"]) == (True, "ok", "same_name")
    assert proof["not_after_ms"] > office.now.timestamp() * 1000
    assert (again[0], again[1]["code"]) == (409, "challenge_spent")


def test_anothers_certificate_and_another_text_are_told_and_are_no_proof(office: Office) -> None:
    other = Owner(common_name="Другая Анна", surname="Другая", given_name="Анна")

    _, stranger = office.proved(office.challenge(), other)
    _, forged = office.proved(office.challenge(), over=b"x")
    status, unknown = office.proved(b"{}")

    assert (stranger["good"], stranger["verdict"], stranger["owner_match"]) == (False, "ok", "name_differs")
    assert (forged["good"], forged["verdict"], forged["owner_match"]) == (False, "content_mismatch", None)
    assert (status, unknown["code"]) == (422, "challenge_unknown")


def test_proofs_are_for_whoever_is_signed_in_and_not_without_end(office: Office, server: Server) -> None:
    stranger = Browser(server.app)
    path = f"/api/signature/challenges?p={office.browser.person}"

    assert stranger.post(path).status_code == 401
    assert server.practitioner().post(path).status_code == 404
    for _ in range(proof_api.ASKED):
        office.challenge()
    refused = office.browser.post(path)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_proofs")
    assert refused.json()["details"] == {"retry_after_s": 601}
