"""The standalone check of a signature gives every vector the server's own verdict, and notices when it is weakened."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.app.signatures.cases import AT, CASES, FOLDER, signed
from tests.verifier.weakenings import QUICK, WEAKENINGS, Weakening, weakened
from verifier.signature import Asked, Signature, examine
from verifier.trust import Trust, brought

AT_US = int(AT.timestamp()) * 1_000_000


@cache
def trust_of(folder: str) -> Trust:
    own = brought(FOLDER / folder)
    return Trust(own.anchors, own.between, own.lists)


def found(
    case: dict[str, Any], check: Callable[..., Signature] = examine, trust: Any = trust_of
) -> Signature:
    asked = Asked(AT_US, is_strict=True, by_clock=case["check_signing_time"])
    content, signature = ((FOLDER / case[part]).read_bytes() for part in ("content", "signature"))
    return check(content, signature, asked, trust(case["pki"]))


@pytest.mark.parametrize("name", CASES)
def test_a_vector_gets_the_servers_own_verdict(name: str) -> None:
    own, server = found(CASES[name]), signed(name).verified()

    assert own.verdict == server.verdict
    assert own.verdict in CASES[name]["verdict"]
    assert own.numbers == server.crl_numbers


def test_loaded_anew_and_unchanged_it_is_as_good_as_before() -> None:
    assert not kinds_that_differ(None)


@pytest.mark.parametrize("weakness", WEAKENINGS, ids=lambda each: each.name)
def test_a_vector_notices_that(weakness: Weakening) -> None:
    assert weakness.noticed_by in kinds_that_differ(weakness)


def kinds_that_differ(weakness: Weakening | None) -> set[str]:
    with weakened(weakness) as (trust, signature):

        @cache
        def anew(folder: str) -> Any:
            own = trust.brought(FOLDER / folder)
            return trust.Trust(own.anchors, own.between, own.lists)

        def check(content: bytes, cms: bytes, asked: Asked, by: Any) -> Any:
            return signature.examine(content, cms, asked, by)

        cases = [CASES[name] for name in QUICK]
        return {case["kind"] for case in cases if found(case, check, anew).verdict not in case["verdict"]}
