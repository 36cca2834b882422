"""Receipts: signed by a published key, and for this very command of this very meeting."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from load import texts
from load.ballot import canonical
from load.history import Operation, Outcome


@dataclass(frozen=True, slots=True)
class Examined:
    """`wrong` says what is wrong with the receipt of a command, None if nothing; `is_verified` needs a key."""

    operation: Operation
    wrong: str | None
    is_verified: bool


def examine(
    operations: Iterable[Operation], topic: str, keys: Mapping[str, str] | None
) -> Iterator[Examined]:
    """Everything that was acknowledged; one place in the log is one vote's."""
    done = [operation for operation in operations if operation.outcome is Outcome.OK]
    times = Counter(_place(operation) for operation in done if operation.op == "cast" and operation.receipt)
    for operation in done:
        is_again = operation.op == "cast" and times[_place(operation)] > 1
        wrong = _wrong(operation, topic, keys) or (texts.RECEIPT_AGAIN if is_again else None)
        yield Examined(operation, wrong, bool(keys and operation.receipt and wrong is None))


def is_genuine(receipt: Mapping[str, Any], keys: Mapping[str, str]) -> bool:
    """Ed25519 over the canonical JSON of its other fields. `keys` maps a key's id to the public key in hex."""
    said = {name: value for name, value in receipt.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[receipt["key"]]))
        key.verify(bytes.fromhex(receipt["signature"]), canonical(said))
    except (KeyError, ValueError, InvalidSignature):
        return False
    return True


def _wrong(operation: Operation, topic: str, keys: Mapping[str, str] | None) -> str | None:
    receipt = operation.receipt
    if receipt is None:
        return texts.RECEIPT_MISSING if operation.op == "cast" else None
    if receipt.get("topic") != topic:
        return texts.RECEIPT_ELSEWHERE
    if operation.position and receipt.get("pos") != operation.position:
        return texts.RECEIPT_MOVED
    return texts.RECEIPT_FORGED if keys and not is_genuine(receipt, keys) else None


def _place(operation: Operation) -> tuple[Any, Any]:
    receipt = operation.receipt or {}
    return receipt.get("epoch"), receipt.get("pos")
