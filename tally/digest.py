"""Canonical JSON and its SHA-256: what makes two inputs provably the same."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """UTF-8, sorted keys, no spaces, no ASCII escaping; floats have no place in the count."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha256_of(value: Any) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()
