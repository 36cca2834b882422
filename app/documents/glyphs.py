"""Which characters our fonts can draw. PDF/A allows no other: one emoji in a creditor's name would be no minutes at all."""

import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
BODY = (
    "LiberationSerif-Regular.ttf",
    "LiberationSerif-Bold.ttf",
    "LiberationSans-Regular.ttf",
    "LiberationSans-Bold.ttf",
)
"""What a value may be set in; the other two fonts have hashes and nothing of people."""
ALIKE = {**dict.fromkeys((*b"\t\r", 0x2028, 0x2029, 0x205F, 0x3000), " "), 0x2011: "-", 0x20BD: "руб."}
"""What stands for signs that people type and our fonts have not."""
UNSEEN = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xFE0E, 0xFE0F))
"""Joiners and selectors that come along when a text is copied: they say nothing."""
TURNS = frozenset((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""They would print a name in another order than it was written in, so they are shown instead."""


def drawable(value: Any) -> Any:
    """The same values; a character that no font of ours has stands as its number, such as [U+1F642]."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {name: drawable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [drawable(item) for item in value]
    return value


def _text(text: str) -> str:
    composed = unicodedata.normalize("NFC", text).translate(ALIKE | UNSEEN)
    return _missing().sub(lambda found: f"[U+{ord(found[0]):04X}]", composed)


@cache
def _missing() -> re.Pattern[str]:
    has = frozenset.intersection(*(frozenset(characters(FONTS / name)) for name in BODY)) - TURNS
    drawn = "".join(re.escape(chr(code)) for code in sorted(has) if code >= ord(" "))
    return re.compile(f"[^\n{drawn}]")


def characters(font: Path) -> Iterator[int]:
    """Of a TrueType font that has a glyph for each: its table `cmap` in format 4, which is that of our fonts."""
    body = font.read_bytes()
    (tables,) = struct.unpack_from(">H", body, 4)
    places = (struct.unpack_from(">4s4xI", body, 12 + 16 * number) for number in range(tables))
    cmap = next(start for tag, start in places if tag == b"cmap")
    (subtables,) = struct.unpack_from(">H", body, cmap + 2)
    for number in range(subtables):
        (offset,) = struct.unpack_from(">I", body, cmap + 4 + 8 * number + 4)
        if struct.unpack_from(">H", body, cmap + offset) == (4,):
            yield from _segments(body, cmap + offset)


def _segments(body: bytes, at: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", body, at + 6)
    ends, starts, deltas, offsets = (at + 14, at + 16 + twice, at + 16 + 2 * twice, at + 16 + 3 * twice)
    for step in range(0, twice, 2):
        first, last = (struct.unpack_from(">H", body, part + step)[0] for part in (starts, ends))
        (delta,), (offset,) = (struct.unpack_from(">H", body, part + step) for part in (deltas, offsets))
        for code in range(first, min(last, 0xFFFE) + 1):
            place = offsets + step + offset + 2 * (code - first)
            glyph = struct.unpack_from(">H", body, place)[0] if offset else code
            if glyph and (glyph + delta) & 0xFFFF:
                yield code
