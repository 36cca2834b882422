"""Who signs a challenge of this server holds the key; nothing else will do in its place."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.kernel.crypto import MacKeys
from app.signatures.challenge import LIFETIME_US, Challenges, Proof
from app.signatures.identity import Claimed
from app.signatures.model import Policy
from app.signatures.pool import SignaturePool
from app.signatures.refusals import ChallengeOver, ChallengeUnknown
from app.signatures.trust import trust_of
from load.sign import Key, signed
from tests.app.accounts.places import TurnedClock
from tests.app.signatures.authorities import YEAR, Authority, a_name, a_root

ROOT = a_root()
CLAIMED = Claimed("Петрова Алёна", "11223344595")
POLICY = Policy(crl="off")


class Desk:
    """A server's challenges, its clock, and a person with a key."""

    def __init__(self, pool: SignaturePool, macs: MacKeys | None = None) -> None:
        self.clock = TurnedClock()
        self.challenges = Challenges(macs or MacKeys({1: b"1" * 32}), self.clock, pool)
        self.key = Key()
        self.chain = (certificate(ROOT, self.key, self.now),)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now / 1_000_000, UTC)

    async def proved(self, content: bytes, *, person: str = "p_1", purpose: str = "application") -> Proof:
        return await self.challenges.prove(
            content,
            signed(content, self.key, self.chain, self.now),
            person=person,
            purpose=purpose,
            claimed=CLAIMED,
            policy=POLICY,
            trust=trust_of([ROOT.der]),
        )


@pytest.fixture
def pool() -> Iterator[SignaturePool]:
    pool = SignaturePool()
    yield pool
    pool.close()


@pytest.fixture
def desk(pool: SignaturePool) -> Desk:
    return Desk(pool)


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
    content = desk.challenges.issue("p_1", "application")
    desk.clock.now += LIFETIME_US - 1
    in_time = await desk.proved(content)
    desk.clock.now += 1

    assert in_time.is_good
    with pytest.raises(ChallengeOver):
        await desk.proved(content)


async def test_what_this_server_did_not_issue_is_unknown(desk: Desk, pool: SignaturePool) -> None:
    stranger = Desk(pool, MacKeys({1: b"2" * 32}))
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
