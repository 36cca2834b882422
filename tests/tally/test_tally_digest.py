"""Canonical JSON and its hash."""

import hashlib

import pytest

from tally.digest import canonical, sha256_of


def test_canonical_json_is_sorted_tight_utf_8() -> None:
    assert canonical({"б": [1, None, True], "a": "я"}) == '{"a":"я","б":[1,null,true]}'.encode()


def test_what_is_not_a_number_has_no_canonical_form() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(float("nan"))


def test_the_hash_is_sha_256_in_hex() -> None:
    assert sha256_of({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()
