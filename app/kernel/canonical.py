"""Canonical JSON: one byte string for one value, readable by anybody with a standard library."""

import json
from collections.abc import Mapping
from typing import Any


def canonical(value: Any) -> bytes:
    """UTF-8, sorted keys, no spaces, no ASCII escaping. Raises ValueError for floats and anything JSON lacks."""
    text = json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {_key(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise ValueError(f"canonical JSON has no {type(value).__name__}")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    raise ValueError(f"a key must be text, not {type(key).__name__}")
