"""What a certificate says of its owner and issuer: a walk over its DER, no more of it than a reader of a report needs."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

UTC_TIME, VERSION = 0x17, 0xA0
LONG = 0x80
TEXTS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
FIELDS = {
    "550403": "common_name",
    "550404": "surname",
    "55042a": "given_name",
    "55040a": "organization",
    "2a85036403": "snils",
    "2a85030381030101": "inn",
    "2a85036404": "inn_le",
}
"""The contents of an object identifier in hex: 2.5.4.*, and those of Russia (FSB order № 795)."""
KEYS = {
    "2a864886f70d010101": "RSA",
    "2a8648ce3d0201": "ECDSA",
    "2a85030701010101": "ГОСТ Р 34.10-2012, 256",
    "2a85030701010102": "ГОСТ Р 34.10-2012, 512",
}
Element = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`serial` and `thumbprint` (SHA-256) are lower-case hex, dates `YYYY-MM-DD HH:MM:SS` in UTC."""

    serial: str
    thumbprint: str
    owner: Mapping[str, str] = field(repr=False)
    issuer: Mapping[str, str]
    not_before: str
    not_after: str
    algorithm: str


def read_certificate(der: bytes) -> Certificate:
    """Raises ValueError for what is none."""
    try:
        whole = next(elements(der))[1]
        parts = list(elements(next(elements(whole))[1]))
        if parts[0][0] == VERSION:
            del parts[0]
        serial, _, issuer, validity, owner, key = (contents for _, contents in parts[:6])
        since, until = elements(validity)
        algorithm = next(elements(next(elements(key))[1]))[1].hex()
    except (StopIteration, IndexError) as error:
        raise ValueError("not a certificate") from error
    return Certificate(
        serial=serial.lstrip(b"\0").hex() or "00",
        thumbprint=hashlib.sha256(der).hexdigest(),
        owner=names(owner),
        issuer=names(issuer),
        not_before=_date(since),
        not_after=_date(until),
        algorithm=KEYS.get(algorithm, algorithm),
    )


def elements(data: bytes) -> Iterator[Element]:
    """Tag and contents, one after another. Raises ValueError."""
    while data:
        if len(data) < 2:
            raise ValueError("cut short")
        tag, length, begin = data[0], data[1], 2
        if length & LONG:
            begin += length & ~LONG
            length = int.from_bytes(data[2:begin], "big")
        if len(data) < begin + length:
            raise ValueError("cut short")
        yield tag, data[begin : begin + length]
        data = data[begin + length :]


def names(name: bytes) -> dict[str, str]:
    """Of a field that is repeated the first counts, as it does for the server."""
    found: dict[str, str] = {}
    for _, relative in elements(name):
        for _, pair in elements(relative):
            (_, kind), (tag, value) = elements(pair)
            if kind.hex() in FIELDS and tag in TEXTS:
                found.setdefault(FIELDS[kind.hex()], value.decode(TEXTS[tag]).strip())
    return found


def _date(element: Element) -> str:
    tag, contents = element
    text = contents.decode("ascii")
    if tag == UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    day, hour = f"{text[:4]}-{text[4:6]}-{text[6:8]}", f"{text[8:10]}:{text[10:12]}:{text[12:14]}"
    return f"{day} {hour}"
