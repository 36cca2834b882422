"""Every vector gets its verdict; the runner names what differs."""

import json
from pathlib import Path

import pytest

from app.signatures.libcrypto import libcrypto
from app.signatures.vectors import NotVectors, run_vectors
from tests.app.signatures.cases import CASES, VECTORS, WHOLE, signed


def test_the_engine_of_gost_is_installed() -> None:
    assert libcrypto().missing is None, "apt-get install libengine-gost-openssl"


@pytest.mark.parametrize("case", CASES)
def test_a_vector_gets_its_verdict(case: str) -> None:
    assert signed(case).verified().verdict in CASES[case]["verdict"]


def test_the_file_of_vectors_is_equal_as_a_whole() -> None:
    report = run_vectors(VECTORS)

    assert report.count == len(CASES) == 75
    assert not report.differences


def test_differences_of_verdict_and_owner_are_named(tmp_path: Path) -> None:
    first, second = (dict(CASES[name]) for name in ("p256-tampered_content", "p256-good_leaf_only"))
    for case in (first, second):
        case |= {part: str(VECTORS.parent / case[part]) for part in ("content", "signature", "pki")}
    first["verdict"], second["signer"] = ["ok"], {"SNILS": "00000000000", "L": "nobody looks at it"}
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps({**WHOLE, "cases": [first, second]}))

    found = run_vectors(file).differences

    assert [(each.case, each.what, each.expected) for each in found] == [
        ("p256-tampered_content", "verdict", "ok"),
        ("p256-good_leaf_only", "SNILS", "00000000000"),
    ]
    assert found[0].found == "content_mismatch"


def test_who_should_have_signed_is_compared_with_the_owner(tmp_path: Path) -> None:
    case = dict(CASES["rsa-signer_mismatch"])
    case |= {part: str(VECTORS.parent / case[part]) for part in ("content", "signature", "pki")}
    case["expected_person"] = case["signer"]
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps({**WHOLE, "cases": [case]}))

    (found,) = run_vectors(file).differences

    assert (found.what, found.expected, found.found) == ("identity", "signer_mismatch", "same")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2, "verification_time": "2026-11-21T12:00:00+00:00", "cases": []}']
)
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "vectors.json"
    file.write_text(text)

    with pytest.raises(NotVectors):
        run_vectors(file)
