"""What signatures were judged by is kept under its version: its certificates, and the lists that were looked at, once."""

import asyncio
import hashlib

import pytest

from app.kernel.db import Database
from app.kernel.errors import DatabaseAway
from app.signatures.kept import KeptTrust
from app.signatures.trust import TrustStore, trust_of
from tests.app.signatures.authorities import a_root
from tests.app.signatures.cases import good, signed


@pytest.fixture
def kept(sqlite_database: Database) -> KeptTrust:
    return KeptTrust(sqlite_database, lambda: 1)


def with_another_list(store: TrustStore) -> TrustStore:
    return trust_of(
        [each.der for each in store.anchors],
        [each.der for each in store.intermediates],
        [*(each.der for each in store.crls), a_root().crl()],
    )


async def test_the_name_of_a_version_is_the_hash_of_its_contents(kept: KeptTrust) -> None:
    one = good("p256")
    await kept.keep(one.trust, one.verified())

    files = await kept.files([one.trust.version, "nowhere"])

    contents = files[f"{one.trust.version}.txt"]
    assert hashlib.sha256(contents).hexdigest() == one.trust.version
    assert contents.count(b"\n") == len(one.trust.parts)


async def test_certificates_are_kept_and_of_lists_those_that_were_looked_at(kept: KeptTrust) -> None:
    one = good("p256")
    result = one.verified()
    await kept.keep(one.trust, result)

    files = await kept.files([one.trust.version])

    lists = {name.removesuffix(".crl") for name in files if name.endswith(".crl")}
    assert lists == {crl.sha256 for crl in result.crls}
    assert len(lists) < len(one.trust.crls)
    certificates = {each.thumbprint for each in (*one.trust.anchors, *one.trust.intermediates)}
    assert {name.removesuffix(".pem") for name in files if name.endswith(".pem")} == certificates


async def test_a_list_that_is_looked_at_later_joins_its_version(kept: KeptTrust) -> None:
    one, other = good("rsa"), signed("rsa-stale_crl")
    await kept.keep(one.trust, one.verified())
    before = await kept.files([one.trust.version])
    await kept.keep(other.trust, other.verified())

    assert one.trust is other.trust
    assert len(await kept.files([one.trust.version])) == len(before) + 1


async def test_a_signature_that_leads_nowhere_leaves_nothing(kept: KeptTrust) -> None:
    stranger = signed("p256-unknown_ca")
    await kept.keep(stranger.trust, stranger.verified())

    assert await kept.files([stranger.trust.version]) == {}


async def test_two_versions_and_two_processes_share_their_files(sqlite_database: Database) -> None:
    one = good("p256")
    second = with_another_list(one.trust)
    processes = [KeptTrust(sqlite_database, lambda: 1) for _ in range(2)]
    await asyncio.gather(
        *(each.keep(store, one.verified()) for each in processes for store in (one.trust, second))
    )

    first, both = [
        await processes[0].files(asked)
        for asked in ([one.trust.version], [one.trust.version, second.version])
    ]
    assert both.keys() - first.keys() == {f"{second.version}.txt"}


async def test_a_verdict_whose_trust_cannot_be_kept_is_not_told(
    kept: KeptTrust, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise ConnectionError

    one = good("p256")
    with monkeypatch.context() as broken:
        broken.setattr(sqlite_database, "write", away)
        with pytest.raises(DatabaseAway):
            await kept.keep(one.trust, one.verified())
    await kept.keep(one.trust, one.verified())

    assert await kept.files([one.trust.version])
