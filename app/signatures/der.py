"""A strict reader of DER (X.690): definite minimal lengths, one-byte tags, every tag as expected, nothing left over."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31
CONTEXT, EXPLICIT = 0x80, 0xA0
STRINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
"""UTF8String, NumericString, PrintableString, T61String, IA5String, UniversalString, BMPString."""


class NotDer(ValueError):
    """The bytes are not what the standard says must stand here."""


class Reader:
    """Goes over the elements of one value in their order."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = at
        self._end = len(data) if end is None else end

    def peek(self) -> int | None:
        """The tag of the next element, None at the end."""
        return self._data[self._at] if self._at < self._end else None

    def take(self, tag: int) -> bytes:
        """The contents of the next element."""
        body, end = self._element(tag)
        return self._data[body:end]

    def whole(self, tag: int) -> bytes:
        """The next element with its header."""
        start = self._at
        _, end = self._element(tag)
        return self._data[start:end]

    def enter(self, tag: int) -> "Reader":
        """A reader over the contents of the next element."""
        body, end = self._element(tag)
        return Reader(self._data, body, end)

    def maybe(self, tag: int) -> bytes | None:
        """`take` if the next element has this tag."""
        return self.take(tag) if self.peek() == tag else None

    def maybe_enter(self, tag: int) -> "Reader | None":
        return self.enter(tag) if self.peek() == tag else None

    def each(self, tag: int) -> Iterator["Reader"]:
        """Readers over the elements up to the end, all of one tag."""
        while self._at < self._end:
            yield self.enter(tag)

    def take_rest(self) -> bytes:
        """Everything up to the end: of an element that was entered, its contents."""
        rest = self._data[self._at : self._end]
        self._at = self._end
        return rest

    def done(self) -> None:
        """Nothing may be left."""
        if self._at != self._end:
            raise NotDer(f"{self._end - self._at} bytes left over")

    def _element(self, tag: int) -> tuple[int, int]:
        """Where the contents of the next element begin and end; the reader goes behind it."""
        at, data = self._at, self._data
        if at + 2 > self._end:
            raise NotDer("ends too early")
        if data[at] != tag:
            raise NotDer(f"tag {data[at]:#04x} where {tag:#04x} must be")
        length, body = data[at + 1], at + 2
        if length > 127:
            length, body = self._long_length(length & 0x7F, body)
        if body + length > self._end:
            raise NotDer("longer than what holds it")
        self._at = body + length
        return body, self._at

    def _long_length(self, octets: int, at: int) -> tuple[int, int]:
        end = at + octets
        if not 1 <= octets <= 4 or end > self._end:
            raise NotDer("length of indefinite or impossible form")
        length = int.from_bytes(self._data[at:end], "big")
        if length < 128 or not self._data[at]:
            raise NotDer("length not in the shortest form")
        return length, end


def single(data: bytes, tag: int) -> Reader:
    """A reader over the one element that `data` is."""
    outer = Reader(data)
    inner = outer.enter(tag)
    outer.done()
    return inner


def integer(contents: bytes) -> int:
    if not contents or (
        len(contents) > 1 and contents[0] in (0, 255) and contents[0] >> 7 == contents[1] >> 7
    ):
        raise NotDer("an integer not in the shortest form")
    return int.from_bytes(contents, "big", signed=True)


@lru_cache(maxsize=512)
def dotted(contents: bytes) -> str:
    """An object identifier in figures: 1.2.643.7.1.1.1.1."""
    if not contents or contents[-1] & 0x80:
        raise NotDer("an object identifier cut short")
    arcs, value = [], 0
    for octet in contents:
        if not value and octet == 0x80:
            raise NotDer("an object identifier not in the shortest form")
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    root = min(arcs[0] // 40, 2)
    return ".".join(map(str, (root, arcs[0] - 40 * root, *arcs[1:])))


def text(tag: int, contents: bytes) -> str:
    try:
        return contents.decode(STRINGS[tag])
    except (KeyError, UnicodeDecodeError):
        raise NotDer(f"tag {tag:#04x} is no readable text") from None


def moment(reader: Reader) -> datetime:
    """UTCTime or GeneralizedTime, whole seconds, in Z (RFC 5280, 4.1.2.5); aware UTC."""
    is_long = reader.peek() == GENERALIZED_TIME
    stamp = reader.take(GENERALIZED_TIME if is_long else UTC_TIME)
    if len(stamp) != (15 if is_long else 13) or not stamp.endswith(b"Z") or not stamp[:-1].isdigit():
        raise NotDer("a time not in the form of RFC 5280")
    figures = stamp.decode()
    if not is_long:
        figures = ("20" if figures < "50" else "19") + figures
    try:
        return datetime.strptime(figures, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise NotDer("no such time") from None
