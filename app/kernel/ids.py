"""Opaque random ids: nothing about a person or an order can be read from them."""

import base64
import secrets


def new_id(prefix: str) -> str:
    """`prefix` and 80 random bits as 16 lower-case letters and digits, e.g. `p_k3j…`."""
    return f"{prefix}_{base64.b32encode(secrets.token_bytes(10)).decode().lower()}"
