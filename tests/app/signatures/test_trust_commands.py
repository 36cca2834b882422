"""`kvorum trust` as an operator meets it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.signatures import texts
from app.signatures.trust_commands import trust
from tests.app.signatures.authorities import a_root
from tests.app.signatures.cases import FOLDER
from tests.app.signatures.lists_site import ListsSite, lists_site
from tests.app.signatures.test_tsl import authority, tsl

PKI = FOLDER / "pki" / "p256"


@pytest.fixture
def site() -> Iterator[ListsSite]:
    with lists_site() as site:
        yield site


def test_a_folder_is_imported_and_its_standing_told(tmp_path: Path) -> None:
    done = ran("import", str(PKI), "--anchors", "--trust", str(tmp_path))
    told = ran("status", "--trust", str(tmp_path), "--on", "2026-12-01")

    assert done.exit_code == 0
    assert texts.IMPORTED.format(anchors=1, intermediates=4, crls=4, urls=0) in done.stdout
    assert told.exit_code == 1
    failing = [line for line in told.stdout.splitlines() if "не годится на 01.12.2026" in line]
    assert len(failing) == 2


def test_roots_are_not_trusted_unless_asked(tmp_path: Path) -> None:
    done = ran("import", str(PKI), "--trust", str(tmp_path))

    assert texts.ROOTS_LEFT_OUT.format(count=1) in done.stdout
    assert not (tmp_path / "anchors.pem").exists()


def test_a_list_of_authorities_is_imported_without_those_out_of_force(tmp_path: Path) -> None:
    file = tmp_path / "tsl.xml"
    issuing = a_root().authority("УЦ")
    file.write_bytes(tsl(authority("УЦ", issuing.der), authority("Бывший", status="Прекращена")))

    done = ran("import", str(file), "--trust", str(tmp_path / "trust"))

    assert done.exit_code == 0
    assert texts.LEFT_OUT.format(count=1) in done.stdout


def test_what_could_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.cer").write_bytes(b"nothing")

    done = ran("import", str(tmp_path), "--trust", str(tmp_path / "trust"))

    assert done.exit_code == 1
    assert "broken.cer" in done.stderr


def test_lists_are_renewed_and_every_address_tells_what_came(
    tmp_path: Path, site: ListsSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = a_root()
    issuing = root.authority("УЦ")
    (tmp_path / "root.cer").write_bytes(root.der)
    (tmp_path / "tsl.xml").write_bytes(
        tsl(authority("УЦ", issuing.der, urls=(site.url("/1"), site.url("/2"))))
    )
    now = datetime.now(UTC)
    site.files["/1"] = issuing.crl(since=now, until=now + timedelta(days=30))
    folder = ("--trust", str(tmp_path / "trust"))
    for source in ("root.cer", "tsl.xml"):
        ran("import", str(tmp_path / source), "--anchors", *folder)
    monkeypatch.setattr("app.signatures.trust_commands.Fetcher", lambda hosts: site.fetcher())

    done = ran("update", *folder, "--host", site.host)

    assert done.exit_code == 1
    assert f"{site.url('/1')}: {texts.OUTCOMES['new']}" in done.stdout
    assert f"{site.url('/2')}: status_404" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("status",), texts.NO_TRUST_DIR),
        (("update", "--trust", "nowhere"), texts.NO_CRL_HOSTS),
        (("update", "--trust", "nowhere", "--host", "crl.example"), texts.NO_URLS),
        (("status", "--trust", "nowhere"), texts.TRUST_EMPTY),
        (("import", "nothing.xml", "--trust", "nowhere"), "nothing.xml"),
        (("import", str(FOLDER / "README.md"), "--trust", "nowhere"), "README.md"),
    ],
)
def test_what_is_missing_is_said(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    done = ran(*arguments)

    assert done.exit_code in (1, 2)
    assert sentence in done.stderr
    assert not (tmp_path / "nowhere").exists()


def test_no_two_outcomes_say_the_same_and_a_status_is_told_as_it_is() -> None:
    assert texts.outcome("status_503") == "status_503"
    assert len(set(texts.OUTCOMES.values())) == len(texts.OUTCOMES)


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(trust, arguments)
