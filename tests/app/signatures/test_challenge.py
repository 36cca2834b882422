"""Who signs a challenge of this server holds the key; nothing else will do in its place."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.kernel.crypto import MacKeys
from app.signatures.challenge import LIFETIME_US, Challenges, Proof
from app.signatures.identity import Claimed
from app.signatures.model import Policy, Result
from app.signatures.pool import SignaturePool
from app.signatures.refusals import ChallengeOver, ChallengeSpent, ChallengeUnknown
from app.signatures.trust import trust_of
from load.sign import Key, signed
from tests.app.accounts.places import Place, a_place, sqlite_url
from tests.app.signatures.authorities import YEAR, Authority, a_name, a_root

ROOT = a_root()
CLAIMED = Claimed("Петрова Алёна", "11223344595")


@dataclass(frozen=True, slots=True)
class Rooted:
    """Implements `Verifier`: one root is trusted, lists of revoked certificates are left alone."""

    pool: SignaturePool

    async def verify(self, content: bytes, signature: bytes, *, at: int) -> Result:
        moment = datetime.fromtimestamp(at / 1_000_000, UTC)
        trust = trust_of([ROOT.der])
        return await self.pool.verify(content, signature, at=moment, policy=Policy(crl="off"), trust=trust)


class Desk:
    """A server's challenges, its clock, and a person with a key."""

    def __init__(self, place: Place, pool: SignaturePool, macs: MacKeys | None = None) -> None:
        self.clock = place.clock
        macs = macs or MacKeys({1: b"1" * 32})
        self.challenges = Challenges(macs, self.clock, place.database, Rooted(pool))
        self.key = Key()
        self.chain = (certificate(ROOT, self.key, self.now),)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now / 1_000_000, UTC)

    async def proved(self, content: bytes, *, person: str = "p_1", purpose: str = "application") -> Proof:
        signature = signed(content, self.key, self.chain, self.now)
        return await self.challenges.prove(
            content, signature, person=person, purpose=purpose, claimed=CLAIMED
        )


@pytest.fixture
def pool() -> Iterator[SignaturePool]:
    pool = SignaturePool()
    yield pool
    pool.close()


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with a_place(sqlite_url(tmp_path)) as place:
        yield place


@pytest.fixture
def desk(place: Place, pool: SignaturePool) -> Desk:
    return Desk(place, pool)


async def test_who_signs_the_challenge_holds_the_key(desk: Desk) -> None:
    proof = await desk.proved(desk.challenges.issue("p_1", "application"))

    assert proof.is_good
    assert proof.result.verdict == "ok"


async def test_another_owner_has_proved_only_that_he_is_another(desk: Desk) -> None:
    desk.chain = (certificate(ROOT, desk.key, desk.now, surname="Сидоров"),)

    proof = await desk.proved(desk.challenges.issue("p_1", "application"))

    assert proof.identity is not None
    assert (proof.identity.verdict, proof.identity.needs_review) == ("name_differs", True)
    assert not proof.is_good


async def test_an_untrusted_certificate_is_no_proof(desk: Desk) -> None:
    desk.chain = (certificate(a_root("Чужой"), desk.key, desk.now),)

    proof = await desk.proved(desk.challenges.issue("p_1", "application"))

    assert (proof.result.verdict, proof.identity, proof.is_good) == ("untrusted_issuer", None, False)


async def test_a_challenge_is_for_one_person_and_one_purpose(desk: Desk) -> None:
    content = desk.challenges.issue("p_1", "application")

    for other in ({"person": "p_2"}, {"purpose": "readiness"}):
        with pytest.raises(ChallengeUnknown):
            await desk.proved(content, **other)


async def test_a_challenge_lives_for_ten_minutes(desk: Desk) -> None:
    content, other = (desk.challenges.issue("p_1", "application") for _ in range(2))
    desk.clock.now += LIFETIME_US - 1
    in_time = await desk.proved(content)
    desk.clock.now += 1

    assert in_time.is_good
    with pytest.raises(ChallengeOver):
        await desk.proved(other)
    with pytest.raises(ChallengeOver):
        await desk.proved(content)


async def test_a_good_proof_is_taken_once_and_a_bad_one_may_be_mended(desk: Desk) -> None:
    content = desk.challenges.issue("p_1", "application")
    mine = desk.chain
    desk.chain = (certificate(a_root("Чужой"), desk.key, desk.now),)
    assert not (await desk.proved(content)).is_good
    desk.chain = mine

    assert (await desk.proved(content)).is_good
    with pytest.raises(ChallengeSpent):
        await desk.proved(content)


async def test_what_this_server_did_not_issue_is_unknown(
    desk: Desk, place: Place, pool: SignaturePool
) -> None:
    stranger = Desk(place, pool, MacKeys({1: b"2" * 32}))
    ours = desk.challenges.issue("p_1", "application")
    forged = (
        stranger.challenges.issue("p_1", "application"),
        ours.replace(b'"p_1"', b'"p_2"'),
        ours + b" ",
        ours.replace(b"{", b"{ ", 1),
        b"{}",
        b"",
        b"x" * 5000,
    )

    for content in forged:
        with pytest.raises(ChallengeUnknown):
            await desk.proved(content)


def certificate(issuer: Authority, key: Key, now: datetime, surname: str = "Петрова") -> bytes:
    oids = {"2.5.4.4": surname, "2.5.4.42": "Алёна", "1.2.643.100.3": "11223344595"}
    made: x509.Certificate = issuer.issue(
        a_name(f"{surname} Алёна", **oids), key.private, since=now - YEAR / 12, until=now + YEAR / 12
    )
    return made.public_bytes(Encoding.DER)
