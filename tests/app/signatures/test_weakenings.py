"""The vectors notice when the verifier is weaker than it must be."""

from dataclasses import replace

import pytest

from app.signatures.model import Policy
from tests.app.signatures.cases import AT, CASES, FOLDER
from tests.app.signatures.weakenings import WEAKENINGS, Weakening, weakened

QUICK = {name: case for name, case in CASES.items() if case["algorithm"] in ("p256", "rsa")}
"""Between them every kind of vector."""


def test_loaded_anew_and_unchanged_the_verifier_is_as_good_as_before() -> None:
    assert not kinds_that_differ(None)


@pytest.mark.parametrize("weakness", WEAKENINGS, ids=lambda each: each.name)
def test_a_vector_notices_that(weakness: Weakening) -> None:
    assert weakness.noticed_by in kinds_that_differ(weakness)


def test_there_are_enough_of_them() -> None:
    assert {case["kind"] for case in QUICK.values()} == {case["kind"] for case in CASES.values()}
    assert len(WEAKENINGS) >= 15


def kinds_that_differ(weakness: Weakening | None) -> set[str]:
    with weakened(weakness) as (trust, verifier):
        trusted = {each: trust.load_trust(FOLDER / each) for each in ("pki/p256", "pki/rsa")}
        found = set()
        for case in QUICK.values():
            policy = Policy() if case["check_signing_time"] else replace(Policy(), max_age=None)
            content, signature = ((FOLDER / case[part]).read_bytes() for part in ("content", "signature"))
            result = verifier.verify(content, signature, at=AT, policy=policy, trust=trusted[case["pki"]])
            if result.verdict not in case["verdict"]:
                found.add(case["kind"])
    return found
