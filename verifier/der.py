"""A strict reader of DER (X.690): shortest lengths, every tag as expected, nothing left over, so that nothing reads two ways."""

import calendar
import time
from collections.abc import Iterator
from functools import lru_cache

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONTEXT, EXPLICIT = 0x80, 0xA0
LONG, MOST_LENGTH_BYTES = 0x80, 4


class NotDer(ValueError):
    """The bytes are not what the standard says must stand here."""


class Reader:
    """Goes over the elements of one value in their order; `tag` is what the next one must have."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self._data, self._at, self._end = data, at, len(data) if end is None else end

    def peek(self) -> int | None:
        """The tag of the next element, None at the end."""
        return self._data[self._at] if self._at < self._end else None

    def take(self, tag: int) -> bytes:
        """The contents of the next element."""
        begin, end = self._next(tag)
        return self._data[begin:end]

    def whole(self, tag: int) -> bytes:
        """The next element with its header."""
        start = self._at
        return self._data[start : self._next(tag)[1]]

    def enter(self, tag: int) -> "Reader":
        return Reader(self._data, *self._next(tag))

    def maybe(self, tag: int) -> bytes | None:
        return self.take(tag) if self.peek() == tag else None

    def maybe_enter(self, tag: int) -> "Reader | None":
        return self.enter(tag) if self.peek() == tag else None

    def each(self, tag: int) -> Iterator["Reader"]:
        while self._at < self._end:
            yield self.enter(tag)

    def wholes(self, tag: int) -> Iterator[bytes]:
        while self._at < self._end:
            yield self.whole(tag)

    def done(self) -> None:
        if self._at != self._end:
            raise NotDer(f"{self._end - self._at} bytes left over")

    def _next(self, tag: int) -> tuple[int, int]:
        """Where its contents begin and end; the reader goes behind it."""
        data, at = self._data, self._at
        if at + 2 > self._end:
            raise NotDer("ends too early")
        if data[at] != tag:
            raise NotDer(f"tag {data[at]:#04x} where {tag:#04x} must be")
        length, begin = data[at + 1], at + 2
        if length & LONG:
            length, begin = self._long_length(length & ~LONG, begin)
        if begin + length > self._end:
            raise NotDer("longer than what holds it")
        self._at = begin + length
        return begin, self._at

    def _long_length(self, octets: int, at: int) -> tuple[int, int]:
        end = at + octets
        length = int.from_bytes(self._data[at:end], "big")
        is_shortest = length >= LONG and self._data[at] != 0
        if not 1 <= octets <= MOST_LENGTH_BYTES or end > self._end or not is_shortest:
            raise NotDer("a length of another form than the shortest")
        return length, end


def single(data: bytes, tag: int) -> Reader:
    """A reader over the one element that `data` is."""
    outer = Reader(data)
    inner = outer.enter(tag)
    outer.done()
    return inner


def integer(contents: bytes) -> int:
    is_padded = len(contents) > 1 and contents[0] in (0, 0xFF) and contents[0] >> 7 == contents[1] >> 7
    if not contents or is_padded:
        raise NotDer("an integer of another form than the shortest")
    return int.from_bytes(contents, "big", signed=True)


@lru_cache(maxsize=512)
def dotted(contents: bytes) -> str:
    """An object identifier in figures: 1.2.643.7.1.1.1.1."""
    if not contents or contents[-1] & 0x80:
        raise NotDer("an object identifier cut short")
    arcs, value = [], 0
    for octet in contents:
        if not value and octet == 0x80:
            raise NotDer("an object identifier of another form than the shortest")
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    root = min(arcs[0] // 40, 2)
    return ".".join(map(str, (root, arcs[0] - 40 * root, *arcs[1:])))


def algorithm(reader: Reader) -> str:
    """The identifier of an AlgorithmIdentifier."""
    return dotted(reader.enter(SEQUENCE).take(OID))


def seconds(reader: Reader) -> int:
    """UTCTime or GeneralizedTime in whole seconds of UTC (RFC 5280, 4.1.2.5), since 1970."""
    is_long = reader.peek() == GENERALIZED_TIME
    stamp = reader.take(GENERALIZED_TIME if is_long else UTC_TIME)
    if len(stamp) != (15 if is_long else 13) or not stamp.endswith(b"Z") or not stamp[:-1].isdigit():
        raise NotDer("a time of another form than that of RFC 5280")
    figures = stamp.decode()
    if not is_long:
        figures = ("20" if figures < "50" else "19") + figures
    try:
        return calendar.timegm(time.strptime(figures, "%Y%m%d%H%M%SZ"))
    except ValueError:
        raise NotDer("no such time") from None
