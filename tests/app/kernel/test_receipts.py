"""Receipts as anybody may send them: garbage is no receipt of ours, however it is nested."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.kernel.crypto import ReceiptKeys
from app.kernel.log.answers import RECEIPT_FIELDS, is_genuine

KEYS = ReceiptKeys({1: Ed25519PrivateKey.generate()})


@pytest.mark.parametrize("field", [*RECEIPT_FIELDS, "signature"])
def test_a_receipt_nested_without_end_is_no_receipt_of_ours(field: str) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    given = dict.fromkeys(RECEIPT_FIELDS, "") | {"key": KEYS.current, "signature": "00"}

    assert not is_genuine({**given, field: deep}, KEYS.public())
