"""Is a receipt genuine: Ed25519 over the canonical JSON of its other fields, by a published key."""

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from load.ballot import canonical


def is_genuine(receipt: Mapping[str, Any], keys: Mapping[str, str]) -> bool:
    """`keys` maps a key's id to the public key in hex."""
    said = {name: value for name, value in receipt.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[receipt["key"]]))
        key.verify(bytes.fromhex(receipt["signature"]), canonical(said))
    except (KeyError, ValueError, InvalidSignature):
        return False
    return True
