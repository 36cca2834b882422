"""`kvorum verify` as a person and a program read it; exit codes tell good, bad and impossible apart."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from app.signatures import texts
from app.signatures.algorithms import why_missing
from app.signatures.commands import verify
from tests.app.signatures.cases import CASES, FOLDER

AT = ("--at", "2026-11-21T15:00:00+03:00")


def test_a_good_signature_names_its_owner_and_what_was_looked_at() -> None:
    done = ran(*files("p256-good_binary_document"), *AT)

    assert done.exit_code == 0
    assert "[ok]" in done.stdout
    assert f"{texts.ORGANIZATION}: {CASES['p256-good_binary_document']['signer']['O']}" in done.stdout
    assert done.stdout.count(f"{texts.LIST}: №") == 2


def test_a_bad_signature_says_what_to_do() -> None:
    done = ran(*files("p256-tampered_content"), *AT)

    assert done.exit_code == 1
    assert texts.VERDICTS["content_mismatch"] in done.stdout


def test_a_program_reads_the_result_as_json() -> None:
    case = CASES["p256-good_leaf_only"]

    done = ran(*files("p256-good_leaf_only"), *AT, "--json")
    result = json.loads(done.stdout)

    assert done.exit_code == 0
    assert (result["is_good"], result["verdict"], result["checked_at"]) == (True, "ok", AT[1])
    assert result["owner"]["snils"] == case["signer"]["SNILS"]


def test_without_a_moment_the_age_of_a_signature_does_not_matter() -> None:
    assert ran(*files("p256-signing_time_old"), *AT).exit_code == 1
    assert ran(*files("p256-signing_time_old")).exit_code == 0


def test_lists_of_revoked_certificates_may_be_put_off_or_left_out() -> None:
    put_off, left_out = (ran(*files("p256-no_crl"), *AT, "--crl", name) for name in ("grace", "off"))

    assert texts.REVOCATIONS["deferred"] in put_off.stdout
    assert texts.REVOCATIONS["off"] in left_out.stdout
    assert put_off.exit_code == left_out.exit_code == 0


def test_an_algorithm_that_is_missing_comes_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    engineless = why_missing_without_engine()
    monkeypatch.setattr("app.signatures.commands.why_missing", lambda: engineless)

    done = ran(*files("gost512-corrupt_signature_value"), *AT)

    assert "libengine-gost-openssl" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("document",),
        ("nothing.pdf", "nothing.sig", "--trust", str(FOLDER / "pki/rsa")),
        (*("nothing.pdf", "nothing.sig", "--trust", str(FOLDER / "pki/rsa")), "--at", "2026-11-21T12:00:00"),
        ("--vectors", str(FOLDER / "README.md")),
        ("--vectors", "nothing.json"),
    ],
)
def test_what_cannot_be_checked_is_neither_good_nor_bad(arguments: tuple[str, ...]) -> None:
    done = ran(*arguments)

    assert done.exit_code == 2
    assert done.stderr.strip()


def test_a_folder_without_anchors_cannot_be_trusted(tmp_path: Path) -> None:
    document, signature, *_ = files("p256-good_leaf_only")

    done = ran(document, signature, "--trust", str(tmp_path))

    assert done.exit_code == 2
    assert "anchors.pem" in done.stderr


def files(case: str) -> tuple[str, ...]:
    about = CASES[case]
    content, signature, trust = (str(FOLDER / about[part]) for part in ("content", "signature", "pki"))
    return content, signature, "--trust", trust


def why_missing_without_engine() -> dict[str, str]:
    assert not why_missing()
    return {"gost2012_512": texts.remedy("gost2012_512", "engine_not_installed")}


def ran(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(verify)
    return CliRunner().invoke(app, arguments)
