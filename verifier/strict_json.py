"""JSON that reads one way only: no floats, no NaN, no key twice; too deep is as unreadable as too odd."""

import json
from typing import Any

MOST_DIGITS = 64


def loads(text: bytes | str) -> Any:
    """Raises ValueError."""
    try:
        if isinstance(text, bytes):
            text = text.decode()
        return json.loads(
            text, parse_float=_refused, parse_constant=_refused, parse_int=_whole, object_pairs_hook=_object
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refused(text: str) -> None:
    raise ValueError(f"the number {text[:MOST_DIGITS]}")


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError("a number too long")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
