"""Foreign bytes never end a worker, and never make a changed content good."""

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.signatures.cms import read_cms
from app.signatures.model import Policy
from app.signatures.trust import trust_of
from app.signatures.verifier import Asked, verify
from tests.app.signatures.cases import ALGORITHMS, AT, Signed, good

FLIPS = 4000 if os.environ.get("KVORUM_LONG") == "1" else 150
BAD = {"malformed", "content_mismatch", "bad_signature"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_flipped_bit_never_makes_another_content_good(algorithm: str) -> None:
    """Over the right content a flip may stay unseen (an unneeded certificate), over another one never."""
    signed = good(algorithm)
    dice = random.Random(7)
    bits = dice.sample(range(len(signed.signature) * 8), FLIPS)

    verdicts = {judged(flipped(signed.signature, bit), signed.content + b".", signed) for bit in bits}
    own = [judged(flipped(signed.signature, bit), signed.content, signed) for bit in bits]

    assert not verdicts & {"ok", "internal_error"}
    assert "internal_error" not in own
    assert own.count("ok") < FLIPS / 2


def test_what_was_asked_is_shown_without_the_ballot() -> None:
    asked = Asked(b"for", b"cms", AT, Policy(), trust_of(()))

    assert "for" not in repr(asked)
    assert "cms" not in repr(asked)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_flipped_bit_of_the_content_is_a_mismatch(algorithm: str) -> None:
    signed = good(algorithm)
    bits = random.Random(8).sample(range(len(signed.content) * 8), 40)

    verdicts = {judged(signed.signature, flipped(signed.content, bit), signed) for bit in bits}

    assert verdicts == {"content_mismatch"}


def test_every_byte_of_the_signers_part_matters() -> None:
    """From the signer's identifier to the signature itself no byte may change in its highest bit."""
    signed = good("p256")
    start = signed.signature.rindex(read_cms(signed.signature).signers[0].issuer or b"")

    unseen = [
        at
        for at in range(start, len(signed.signature))
        if judged(flipped(signed.signature, at * 8 + 7), signed.content, signed) == "ok"
    ]

    assert not unseen


@pytest.mark.parametrize("algorithm", ["p256", "gost256"])
def test_a_signature_cut_anywhere_is_malformed(algorithm: str) -> None:
    signed = good(algorithm)

    verdicts = {
        judged(signed.signature[:end], signed.content, signed) for end in range(len(signed.signature))
    }

    assert verdicts == {"malformed"}


def test_something_behind_the_signature_is_malformed() -> None:
    signed = good("rsa")

    assert judged(signed.signature + b"\0", signed.content, signed) == "malformed"


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\0",
        b"0",
        b"0\x80",
        b"0\x80" * 500,
        b"0\x84\xff\xff\xff\xff",
        b"-----BEGIN CMS-----\n-----END CMS-----",
        b"-----BEGIN ",
        "подпись".encode(),
        random.Random(1).randbytes(200_000),
        b"0" + random.Random(2).randbytes(200_000),
        b"0\x83\x03\x0d\x3b" + b"\0" * 200_000,
        b"A" * 200_000,
    ],
    ids=lambda garbage: f"{len(garbage)}-{garbage[:4].hex()}",
)
def test_garbage_is_malformed(garbage: bytes) -> None:
    assert judged(garbage, b"content", good("p256")) == "malformed"


def test_a_megabyte_of_garbage_is_too_large() -> None:
    assert judged(random.Random(3).randbytes(2**20), b"content", good("p256")) == "too_large"


@given(junk=st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_get_a_verdict(junk: bytes) -> None:
    signed = good("p256")

    assert judged(junk, b"content", signed) == "malformed"
    assert judged(b"0\x80" + junk, b"content", signed) == "malformed"


def test_a_signature_over_another_document_is_a_mismatch() -> None:
    mine, other = good("p256"), good("rsa")

    assert judged(mine.signature, other.content, mine) == "content_mismatch"


def test_authorities_of_others_do_not_count() -> None:
    mine, other = good("p256"), good("rsa")

    assert verify(mine.content, mine.signature, at=AT, policy=mine.policy, trust=other.trust).verdict == (
        "untrusted_issuer"
    )


def judged(signature: bytes, content: bytes, signed: Signed) -> str:
    return verify(content, signature, at=AT, policy=signed.policy, trust=signed.trust).verdict


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_a_mistake_of_ours_is_a_verdict_too_and_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[BaseException] = []

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("app.signatures.verifier.judge_chain", broken)
    monkeypatch.setattr("app.signatures.verifier.incident", lambda error, **_: told.append(error))
    signed = good("p256")

    assert judged(signed.signature, signed.content, signed) == "internal_error"
    assert [type(each) for each in told] == [RuntimeError]
