"""A signed ballot with the real verifier and the demonstration authority, and how owners are compared with persons."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.kernel.crypto import MacKeys
from app.kernel.db import Database
from app.meetings.ports import Signer
from app.meetings.signing import PooledSignatures, owner_match
from app.signatures.carriers import Carriers
from app.signatures.demo_ca import open_authority
from app.signatures.kept import KeptTrust
from app.signatures.model import CrlPolicy, Owner
from app.signatures.pool import SignaturePool
from app.signatures.texts import DEMO_ISSUER
from app.signatures.trust import trust_of
from load.sign import Key, request_for, signed
from tests.app.accounts.places import a_place, sqlite_url

TOKEN = "SCARD\\rutoken_lt_39445e29\\0A00\\28A9"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = int(NOW.timestamp()) * 1_000_000
OWNER = Owner(common_name="Петров Пётр", surname="Петров", given_name="Пётр", snils="11223344595")
PETROV = Signer("p_1", "Петров Петр", "112-233-445 95")


@pytest.fixture
def pool() -> Iterator[SignaturePool]:
    with closing(SignaturePool()) as pool:
        yield pool


@pytest.fixture
def kept(sqlite_database: Database) -> KeptTrust:
    return KeptTrust(sqlite_database, lambda: AT)


async def test_a_certificate_of_the_demonstration_counts_only_where_the_server_runs_with_it(
    tmp_path: Path, pool: SignaturePool, kept: KeptTrust
) -> None:
    authority = open_authority(tmp_path, NOW)
    key = Key()
    issued = authority.issue(request_for(key), OWNER, NOW)
    cms = signed(b"ballot", key, (issued.certificate, *issued.chain), NOW)
    demo = PooledSignatures(pool, lambda: authority.trust, kept, DEMO_ISSUER)
    real = PooledSignatures(pool, lambda: trust_of(()), kept)

    mine = await demo.examine(b"ballot", cms, at=AT, signer=PETROV)
    foreign = await real.examine(b"ballot", cms, at=AT, signer=PETROV)

    assert (mine.verdict, mine.owner_match, mine.demo, mine.revocation) == ("ok", "same", True, "checked")
    assert (foreign.verdict, foreign.demo) == ("untrusted_issuer", False)
    assert f"{mine.trust_version}.txt" in await demo.trust_files([mine.trust_version, foreign.trust_version])


async def test_a_carrier_is_bound_to_the_owner_of_a_good_certificate(
    tmp_path: Path, pool: SignaturePool
) -> None:
    authority = open_authority(tmp_path / "keys", NOW)
    sidorov = Owner(common_name="Сидоров Пётр", surname="Сидоров", given_name="Пётр", snils="08765430300")

    def signed_by(owner: Owner) -> bytes:
        key = Key()
        issued = authority.issue(request_for(key), owner, NOW)
        return signed(b"ballot", key, (issued.certificate, *issued.chain), NOW)

    async with a_place(sqlite_url(tmp_path)) as place:
        carriers = Carriers(place.database, MacKeys({1: b"1" * 32}), place.clock, "refuse")
        signatures = PooledSignatures(
            pool,
            lambda: authority.trust,
            KeptTrust(place.database, place.clock),
            DEMO_ISSUER,
            carriers=carriers,
        )

        async def told(by: Owner, carrier: str | None, signer: Signer = PETROV) -> tuple[str, bool]:
            facts = await signatures.examine(b"ballot", signed_by(by), at=AT, signer=signer, carrier=carrier)
            return facts.owner_match, bool(facts.carrier)

        stranger = await told(sidorov, TOKEN)
        mine = await told(OWNER, TOKEN)
        other = await told(sidorov, TOKEN, Signer("p_2", "Сидоров Пётр", "087-654-303 00"))
        local, unknown = await told(OWNER, "REGISTRY\\\\le-1"), await told(OWNER, None)

    assert (stranger, mine) == (("snils_differs", False), ("same", False))
    assert other == ("carrier_other_person", True)
    assert (local, unknown) == (("local_key", False), ("same", False))


@pytest.mark.parametrize(("crl", "verdict"), [("grace", "ok"), ("strict", "crl_missing")])
async def test_the_policy_of_lists_is_the_servers_choice(
    tmp_path: Path, pool: SignaturePool, kept: KeptTrust, crl: CrlPolicy, verdict: str
) -> None:
    authority = open_authority(tmp_path, NOW)
    key = Key()
    issued = authority.issue(request_for(key), OWNER, NOW)
    cms = signed(b"ballot", key, (issued.certificate, *issued.chain), NOW)
    bare = trust_of(
        [each.der for each in authority.trust.anchors], [each.der for each in authority.trust.intermediates]
    )
    signatures = PooledSignatures(pool, lambda: bare, kept, DEMO_ISSUER, crl)

    found = await signatures.examine(b"ballot", cms, at=AT, signer=PETROV)

    assert found.verdict == verdict
    assert signatures.trust_version() == bare.version


@pytest.mark.parametrize(
    ("owner", "signer", "match"),
    [
        (OWNER, Signer("p", "Сидоров Пётр", "112-233-445 95"), "review"),
        (OWNER, Signer("p", "Петров Пётр", "087-654-303 00"), "snils_differs"),
        (OWNER, Signer("p", "ПЕТРОВ  петр"), "same_name"),
        (OWNER, Signer("p", "Петров Павел"), "name_differs"),
        (
            Owner(organization="ООО «Ромашка»", inn_le="7707083893"),
            Signer("p", "x", inn="7707083893"),
            "same",
        ),
        (
            Owner(common_name="ООО", inn_le="7707083893"),
            Signer("p", "ООО", inn="7736050003"),
            "organization_differs",
        ),
        (Owner(organization='ООО "Ромашка"'), Signer("p", "ООО «Ромашка»"), "same_name"),
        (Owner(), Signer("p", ""), "no_name_in_certificate"),
    ],
)
def test_owner_and_person_are_compared_by_snils_then_inn_then_name(
    owner: Owner, signer: Signer, match: str
) -> None:
    assert owner_match(owner, signer) == match
