"""How many values some bytes would become, told from the bytes: a request of empty maps takes the loop for half a minute."""

MAX_VALUES = 8_192
"""Maps, lists, keys and everything in them, of one frame or one request; the largest honest one has some hundreds."""

_SIZES = bytearray([1] * 256)
"""Bytes that a value's own head and fixed content take, by its first byte; what a container holds are values again."""
_LENGTHS = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
"""Bytes of the length of binaries, extensions and texts, by the first byte."""

for _first, _content in {0xCA: 4, 0xCB: 8, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}.items():
    _SIZES[_first] = 1 + _content
for _power in range(4):
    _SIZES[0xCC + _power] = _SIZES[0xD0 + _power] = 1 + 2**_power
for _power in range(5):
    _SIZES[0xD4 + _power] = 2 + 2**_power
for _text in range(32):
    _SIZES[0xA0 + _text] = 1 + _text
for _first, _width in _LENGTHS.items():
    _SIZES[_first] = 1 + _width + (_first in (0xC7, 0xC8, 0xC9))


def is_bulky(data: bytes) -> bool:
    """Does MessagePack hold more than MAX_VALUES? A flat walk over the heads; nonsense is left to the decoder."""
    at, end = 0, len(data)
    for _ in range(MAX_VALUES):
        if at >= end:
            return False
        first = data[at]
        if first in _LENGTHS:
            at += int.from_bytes(data[at + 1 : at + 1 + _LENGTHS[first]], "big")
        at += _SIZES[first]
    return at < end


def is_bulky_json(data: bytes) -> bool:
    """The same of JSON, by what stands before each value; a little more, where a text holds the signs."""
    return sum(map(data.count, (b"{", b"[", b",", b":"))) > MAX_VALUES
