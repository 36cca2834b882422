"""A trust folder is filled from files and lists, its lists are renewed, and what will fail is told in time."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.signatures import pem
from app.signatures import trusted as running
from app.signatures.chain import judge_chain
from app.signatures.renewal import FETCHED, Updated, update_list, update_lists
from app.signatures.trust import ANCHORS, CRLS, LISTS, load_trust
from app.signatures.trust_folder import (
    Imported,
    crl_urls,
    import_files,
    import_tsl,
    opened,
    standings,
)
from app.signatures.trusted import Trusted
from app.signatures.tsl import read_tsl
from tests.app.signatures.authorities import DAY, NOW, Authority, a_key, a_root, number_of
from tests.app.signatures.lists_site import ListsSite, lists_site
from tests.app.signatures.test_tsl import authority, tsl

ROOT = a_root()


@pytest.fixture
def site() -> Iterator[ListsSite]:
    with lists_site() as site:
        yield site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Trusts ROOT and nobody else yet."""
    (tmp_path / "root.cer").write_bytes(ROOT.der)
    import_files(tmp_path / "trust", tmp_path / "root.cer", as_anchors=True)
    return tmp_path / "trust"


def publishing(site: ListsSite) -> Authority:
    """Issued by ROOT, which names where its own lists are."""
    place = x509.DistributionPoint([x509.UniformResourceIdentifier(site.url("/root.crl"))], None, None, None)
    return ROOT.authority("Выдающий УЦ", extensions=[x509.CRLDistributionPoints([place])])


def test_files_of_all_kinds_find_their_place(tmp_path: Path) -> None:
    source, folder = tmp_path / "from", tmp_path / "trust"
    source.mkdir()
    issuing = ROOT.authority("Выдающий УЦ")
    (source / "root.cer").write_bytes(ROOT.der)
    (source / "issuing.crt").write_bytes(issuing.certificate.public_bytes(Encoding.PEM))
    (source / "list.crl").write_bytes(issuing.crl())
    (source / "broken.der").write_bytes(b"nothing")
    (source / "readme.txt").write_text("not looked at")

    careful = import_files(folder, source, as_anchors=False)
    trusting = import_files(folder, source, as_anchors=True)

    assert (careful.anchors, careful.intermediates, careful.crls, careful.roots_left_out) == (0, 1, 1, 1)
    assert [line.partition(":")[0] for line in careful.unreadable] == ["broken.der"]
    assert (trusting.anchors, trusting.intermediates, trusting.crls) == (1, 0, 0)
    assert len(load_trust(folder).anchors) == 1


def test_a_list_of_authorities_brings_no_anchors(folder: Path, site: ListsSite) -> None:
    issuing, stranger = publishing(site), a_root("Чужой")
    xml = tsl(
        authority("УЦ", issuing.der, stranger.der, b"broken", urls=(site.url("/list.crl"), "ldap://x/y"))
    )

    found = import_tsl(folder, read_tsl(xml))
    again = import_tsl(folder, read_tsl(xml))

    assert (found.intermediates, found.anchors, found.roots_left_out, found.urls) == (1, 0, 1, 2)
    assert found.unreadable[0].startswith("УЦ: ")
    assert (again.intermediates, again.urls) == (0, 0)
    assert set(crl_urls(folder)) == {site.url("/list.crl"), site.url("/root.crl")}
    assert [each.owner.common_name for each in load_trust(folder).anchors] == ["Головной УЦ"]


def test_renewed_lists_are_good_enough_to_judge_by(folder: Path, site: ListsSite) -> None:
    issuing = filled(folder, site)
    person = issuing.person()
    site.files |= {"/root.crl": ROOT.crl(), "/list.crl": issuing.crl({number_of(person): NOW - DAY})}

    outcomes = tuple(update_lists(folder, site.fetcher()))

    assert {each.outcome for each in outcomes} == {"new"}
    found = judge_chain(person, (), at=NOW, crl="strict", trust=load_trust(folder))
    assert found.verdict == "cert_revoked"


def test_an_unchanged_list_is_not_sent_again_and_a_newer_one_takes_its_place(
    folder: Path, site: ListsSite
) -> None:
    issuing = filled(folder, site)
    site.files |= {"/root.crl": ROOT.crl(), "/list.crl": issuing.crl(number=1)}

    first = tuple(update_lists(folder, site.fetcher()))
    second = tuple(update_lists(folder, site.fetcher()))
    site.files["/list.crl"] = issuing.crl(number=2, since=NOW)
    third = tuple(update_lists(folder, site.fetcher()))

    assert outcomes_of(first) == ["new", "new"]
    assert outcomes_of(second) == ["same", "same"]
    assert outcomes_of(third) == ["new", "same"]
    assert [path for path, condition in site.asked if condition] != []
    assert sorted(crl.number for crl in load_trust(folder).crls) == ["1", "2"]


def test_an_older_list_does_not_come_back(folder: Path, site: ListsSite) -> None:
    issuing = filled(folder, site)
    site.files |= {"/root.crl": ROOT.crl(), "/list.crl": issuing.crl(number=2, since=NOW)}
    tuple(update_lists(folder, site.fetcher()))
    site.files["/list.crl"] = issuing.crl(number=1, since=NOW - DAY)

    found = tuple(update_lists(folder, site.fetcher()))

    assert outcomes_of(found) == ["older", "same"]
    assert "2" in {crl.number for crl in load_trust(folder).crls}


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"<html>maintenance</html>", "not_a_list"),
        (a_root("Чужой").crl(), "unknown_authority"),
        (b"", "not_a_list"),
    ],
)
def test_what_is_no_list_of_ours_changes_nothing(
    folder: Path, site: ListsSite, body: bytes, outcome: str
) -> None:
    filled(folder, site)
    site.files |= {"/root.crl": ROOT.crl(), "/list.crl": body}
    before = load_trust(folder).version

    found = tuple(update_lists(folder, site.fetcher()))

    assert outcome in outcomes_of(found)
    assert [crl.issuer_name for crl in load_trust(folder).crls] == ["Головной УЦ"]
    assert load_trust(folder).version != before
    assert site.url("/list.crl") not in json.loads((folder / FETCHED).read_bytes())


def test_a_forged_list_of_a_known_authority_is_left(folder: Path, site: ListsSite) -> None:
    issuing = filled(folder, site)
    site.files |= {"/root.crl": ROOT.crl(), "/list.crl": issuing.crl(key=a_key())}

    assert "unknown_authority" in outcomes_of(tuple(update_lists(folder, site.fetcher())))


def test_one_address_that_fails_does_not_stop_the_others(folder: Path, site: ListsSite) -> None:
    filled(folder, site, "/silent")
    site.files["/root.crl"] = ROOT.crl()

    found = tuple(update_lists(folder, site.fetcher(ends_within_s=0.3)))

    assert outcomes_of(found) == ["new", "too_slow"]


def test_what_fails_first_stands_first(folder: Path, site: ListsSite) -> None:
    issuing = filled(folder, site)
    site.files |= {"/root.crl": ROOT.crl(until=NOW + 9 * DAY), "/list.crl": issuing.crl(until=NOW + DAY)}
    tuple(update_lists(folder, site.fetcher()))

    first, second = standings(load_trust(folder))

    assert (first.name, second.name) == ("Выдающий УЦ", "Головной УЦ")
    assert [first.fails_at(NOW + 2 * DAY), second.fails_at(NOW + 2 * DAY)] == [True, False]
    assert (first.list_until, second.is_anchor) == (NOW + DAY, True)


def test_an_authority_without_a_list_fails_always(folder: Path, site: ListsSite) -> None:
    filled(folder, site)

    assert all(each.fails_at(NOW - timedelta(days=1)) for each in standings(load_trust(folder)))


def test_an_empty_folder_trusts_nobody(tmp_path: Path) -> None:
    assert opened(tmp_path).anchors == ()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "-----BEGIN CERTIFICATE-----\nMIIB",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
    ids=["emptied", "half written", "no certificate"],
)
async def test_a_process_reads_a_changed_folder_anew_and_keeps_what_was_if_it_is_broken(
    folder: Path, site: ListsSite, broken: str
) -> None:
    trusted = Trusted(folder, (), None)
    first = trusted.now()
    await trusted.reload()
    unchanged = trusted.now()
    filled(folder, site)
    await trusted.reload()
    second = trusted.now()
    (folder / ANCHORS).write_text(broken)
    await trusted.reload()

    assert unchanged is first
    assert len(second.intermediates) == 1
    assert trusted.now() is second


async def test_without_a_folder_or_hosts_nobody_is_asked(folder: Path, site: ListsSite) -> None:
    filled(folder, site)

    await Trusted(folder, (), None).update()
    await Trusted(None, (site.host,), None).update()

    assert site.asked == []
    assert Trusted(None, (), None).now().anchors == ()


async def test_the_job_asks_only_public_addresses(folder: Path, site: ListsSite) -> None:
    filled(folder, site)
    trusted = Trusted(folder, (site.host,), None)

    await trusted.update()

    assert site.asked == []
    assert trusted.now().crls == ()


def test_lists_are_kept_as_they_came_and_only_those_that_changed_are_read_again(
    folder: Path, site: ListsSite
) -> None:
    """Base64 of megabytes would stop every other thread while it is decoded."""
    issuing = filled(folder, site)
    site.files |= {"/root.crl": ROOT.crl(), "/list.crl": issuing.crl(number=1)}
    tuple(update_lists(folder, site.fetcher()))
    first = load_trust(folder)
    site.files["/list.crl"] = issuing.crl(number=2, since=NOW)
    tuple(update_lists(folder, site.fetcher()))

    second = load_trust(folder, first)

    assert not (folder / CRLS).exists()
    assert {file.read_bytes() for file in (folder / LISTS).iterdir()} == {crl.der for crl in second.crls}
    kept = [crl for crl in second.crls if any(crl is before for before in first.crls)]
    assert [crl.issuer_name for crl in kept] == ["Головной УЦ"]


def test_a_list_put_there_by_hand_is_decoded_piece_by_piece(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long: no other thread runs while one piece is decoded."""
    longest: list[int] = []

    def watched(piece: bytes, validate: bool) -> bytes:
        longest.append(len(piece))
        return b64decode(piece, validate=validate)

    crl = ROOT.crl(dict.fromkeys(range(1, 8000), NOW - DAY))
    (folder / CRLS).write_bytes(pem.pem("X509 CRL", crl) + pem.pem("X509 CRL", ROOT.crl()))
    monkeypatch.setattr("app.signatures.pem.b64decode", watched)

    found = load_trust(folder)

    assert found.crls[0].der == crl
    assert len(found.crls) == 2
    assert max(longest) == pem.PIECE < len(crl)
    assert found.contents.count("list ") == 2


def test_where_the_list_is_gone_it_is_asked_for_as_if_never_before(folder: Path, site: ListsSite) -> None:
    site.files["/root.crl"] = ROOT.crl()
    filled(folder, site, "/none")
    tuple(update_lists(folder, site.fetcher()))
    for file in (folder / LISTS).iterdir():
        file.unlink()

    found = update_list(folder, site.fetcher(), site.url("/root.crl"), opened(folder))

    assert found.outcome == "new"
    assert len(load_trust(folder).crls) == 1


def test_a_list_with_an_endless_number_is_no_list(folder: Path, site: ListsSite) -> None:
    filled(folder, site)
    site.files |= {"/root.crl": ROOT.crl(number=2**159), "/list.crl": ROOT.crl(number=1 << 20_000)}

    assert outcomes_of(tuple(update_lists(folder, site.fetcher()))) == ["not_a_list", "new"]


async def test_what_goes_wrong_at_one_address_loses_nothing_of_the_others(
    folder: Path, site: ListsSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a list is there as soon as it has come, so that a process may stop between two addresses."""
    filled(folder, site, "/none")
    asked: list[str] = []

    def fails_first(folder: Path, fetcher: object, url: str, trust: object) -> Updated:
        asked.append(url)
        if len(asked) == 1:
            raise OSError("disk full")
        return Updated(url, "new")

    monkeypatch.setattr(running, "update_list", fails_first)

    await Trusted(folder, (site.host,), None).update()

    assert sorted(asked) == sorted(crl_urls(folder))


async def test_a_process_tells_who_cannot_be_relied_on(folder: Path, site: ListsSite) -> None:
    issuing = filled(folder, site)
    site.files |= {"/root.crl": ROOT.crl(until=NOW + 9 * DAY), "/list.crl": issuing.crl(until=NOW + DAY)}
    trusted = Trusted(folder, (), None)
    nobody = trusted.failing(NOW)
    tuple(update_lists(folder, site.fetcher()))

    await trusted.reload()

    assert set(nobody) == {"Выдающий УЦ", "Головной УЦ"}
    assert (trusted.failing(NOW), trusted.failing(NOW + 2 * DAY)) == ((), ("Выдающий УЦ",))


def filled(folder: Path, site: ListsSite, path: str = "/list.crl") -> Authority:
    """An authority whose list is published at `path`."""
    issuing = publishing(site)
    found = import_tsl(folder, read_tsl(tsl(authority("УЦ", issuing.der, urls=(site.url(path),)))))
    assert found == Imported(found=1, intermediates=1, urls=2)
    return issuing


def outcomes_of(found: tuple[Updated, ...]) -> list[str]:
    """In the order of the addresses' names."""
    return [each.outcome for each in sorted(found, key=lambda each: each.url)]
