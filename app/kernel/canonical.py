"""Canonical JSON: one byte string for one value, readable by anybody with a standard library."""

from collections.abc import Mapping
from types import NoneType
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")
"""Writes what `json.dumps` does with sorted keys and no ASCII escaping, in a tenth of the time (a test compares them)."""

_ATOMS = frozenset({str, int, bool, NoneType})


def canonical(value: Any) -> bytes:
    """UTF-8, sorted keys, no spaces, no ASCII escaping. Raises ValueError for floats and anything JSON lacks."""
    return _encoder.encode(_plain(value))


def _plain(value: Any) -> Any:
    if type(value) in _ATOMS:
        return value
    if isinstance(value, Mapping):
        return {_key(key): item if type(item) in _ATOMS else _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    raise ValueError(f"canonical JSON has no {type(value).__name__}")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    raise ValueError(f"a key must be text, not {type(key).__name__}")
