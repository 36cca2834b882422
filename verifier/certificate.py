"""A certificate (X.509, RFC 5280): its facts, read strictly, and the object of OpenSSL that its key and chain need."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from verifier.algorithms import KEYS
from verifier.der import (
    BIT_STRING,
    BOOLEAN,
    CONTEXT,
    EXPLICIT,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    NotDer,
    Reader,
    algorithm,
    dotted,
    seconds,
    single,
)
from verifier.libcrypto import Handle, certificate_handle

TEXTS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
FIELDS = {
    "2.5.4.3": "common_name",
    "2.5.4.4": "surname",
    "2.5.4.42": "given_name",
    "2.5.4.10": "organization",
    "1.2.643.100.3": "snils",
    "1.2.643.3.131.1.1": "inn",
    "1.2.643.100.4": "inn_le",
}
"""2.5.4.*, and the fields of Russia (FSB order № 795)."""
KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.37"
SUBJECT_KEY_ID, AUTHORITY_KEY_ID, POLICIES = "2.5.29.14", "2.5.29.35", "2.5.29.32"
DISTRIBUTION_POINTS = "2.5.29.31"
SUBJECT_SIGN_TOOL, QUALIFIED_CLASSES = "1.2.643.100.111", "1.2.643.100.113."
DIGITAL_SIGNATURE, NON_REPUDIATION, CRL_SIGN = 0x80, 0x40, 0x02
PEOPLE = frozenset({"2.5.29.37.0", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"})
"""Any use, client authentication, e-mail."""
RUSSIAN_USES = "1.2.643."
TRUE = b"\xff"


@dataclass(frozen=True, slots=True)
class Certificate:
    """`thumbprint` is SHA-256 of the DER; `issuer_name`, `subject_name` whole DER names, `number` the contents of an INTEGER."""

    der: bytes = field(repr=False)
    handle: Handle = field(repr=False)
    thumbprint: str
    number: bytes
    issuer_name: bytes = field(repr=False)
    subject_name: bytes = field(repr=False)
    owner: Mapping[str, str] = field(repr=False)
    issuer: Mapping[str, str]
    since_s: int
    until_s: int
    key: str
    signed_by: str
    extensions: Mapping[str, bytes] = field(repr=False)

    @property
    def serial(self) -> str:
        """Lower-case hex."""
        return self.number.lstrip(b"\0").hex() or "00"

    @property
    def not_before(self) -> str:
        return _date(self.since_s)

    @property
    def not_after(self) -> str:
        return _date(self.until_s)

    @property
    def algorithm(self) -> str:
        return KEYS.get(self.key, self.key)

    @property
    def key_id(self) -> bytes | None:
        value = self.extensions.get(SUBJECT_KEY_ID)
        return _only(value, OCTET_STRING) if value else None

    @property
    def points(self) -> frozenset[bytes]:
        """Where its authority publishes lists of revoked certificates: GeneralNames, DER."""
        value = self.extensions.get(DISTRIBUTION_POINTS)
        points = single(value, SEQUENCE).each(SEQUENCE) if value else ()
        return frozenset(name for point in points for name in full_names(point.maybe_enter(EXPLICIT)))

    @property
    def may_sign(self) -> bool:
        """Documents: by key usage and, if it has one, by extended key usage."""
        usage = self._usage()
        if usage is not None and not usage & (DIGITAL_SIGNATURE | NON_REPUDIATION):
            return False
        uses = self._identifiers(EXTENDED_KEY_USAGE)
        return not uses or any(use in PEOPLE or use.startswith(RUSSIAN_USES) for use in uses)

    @property
    def may_sign_lists(self) -> bool:
        usage = self._usage()
        return usage is None or bool(usage & CRL_SIGN)

    @property
    def is_marked_qualified(self) -> bool:
        """The class of protection and the tool of its owner are named (FSB order № 795)."""
        value = self.extensions.get(POLICIES)
        policies = single(value, SEQUENCE).each(SEQUENCE) if value else ()
        named = [dotted(each.take(OID)) for each in policies]
        return SUBJECT_SIGN_TOOL in self.extensions and any(n.startswith(QUALIFIED_CLASSES) for n in named)

    def _usage(self) -> int | None:
        value = self.extensions.get(KEY_USAGE)
        if value is None:
            return None
        bits = _only(value, BIT_STRING)
        return bits[1] if len(bits) > 1 else 0

    def _identifiers(self, extension: str) -> tuple[str, ...]:
        value = self.extensions.get(extension)
        reader = single(value, SEQUENCE) if value else Reader(b"")
        found = []
        while reader.peek() is not None:
            found.append(dotted(reader.take(OID)))
        return tuple(found)


@lru_cache(maxsize=4096)
def read_certificate(der: bytes) -> Certificate:
    """Raises NotDer for what is none."""
    handle = certificate_handle(der)
    if handle is None:
        raise NotDer("not a certificate")
    body = single(der, SEQUENCE).enter(SEQUENCE)
    body.maybe(EXPLICIT)  # version
    number = body.take(INTEGER)
    signed_by = algorithm(body)
    issuer = body.whole(SEQUENCE)
    validity = body.enter(SEQUENCE)
    since_s, until_s = seconds(validity), seconds(validity)
    subject = body.whole(SEQUENCE)
    key = algorithm(body.enter(SEQUENCE))
    body.maybe(CONTEXT + 1)
    body.maybe(CONTEXT + 2)  # unique identifiers of old times
    extensions = {kind: value for kind, (_, value) in read_extensions(body.maybe_enter(EXPLICIT + 3)).items()}
    return Certificate(
        der=der,
        handle=handle,
        thumbprint=sha256(der).hexdigest(),
        number=number,
        issuer_name=issuer,
        subject_name=subject,
        owner=names(subject),
        issuer=names(issuer),
        since_s=since_s,
        until_s=until_s,
        key=key,
        signed_by=signed_by,
        extensions=extensions,
    )


def read_extensions(reader: Reader | None) -> dict[str, tuple[bool, bytes]]:
    """Kind → is it critical, its value; none may come twice."""
    found: dict[str, tuple[bool, bytes]] = {}
    for extension in reader.enter(SEQUENCE).each(SEQUENCE) if reader else ():
        kind = dotted(extension.take(OID))
        is_critical = extension.maybe(BOOLEAN) == TRUE
        if kind in found:
            raise NotDer(f"extension {kind} twice")
        found[kind] = is_critical, extension.take(OCTET_STRING)
        extension.done()
    return found


def full_names(point: Reader | None) -> Iterator[bytes]:
    """The names in a DistributionPointName; a name relative to the issuer is none of them."""
    listed = point.maybe_enter(EXPLICIT) if point else None
    while listed and (tag := listed.peek()) is not None:
        yield listed.whole(tag)


def names(name: bytes) -> dict[str, str]:
    """Of a field that is repeated the first counts, as it does for the server."""
    found: dict[str, str] = {}
    for relative in single(name, SEQUENCE).each(SET):
        for pair in relative.each(SEQUENCE):
            kind = FIELDS.get(dotted(pair.take(OID)))
            tag = pair.peek()
            if tag is None:
                raise NotDer("an attribute of a name without a value")
            value = pair.take(tag)
            pair.done()
            if kind and tag in TEXTS:
                found.setdefault(kind, _text(tag, value))
    return found


def authority_name(certificate: Certificate) -> str:
    return certificate.owner.get("common_name") or certificate.owner.get("organization", "")


def _text(tag: int, value: bytes) -> str:
    try:
        return value.decode(TEXTS[tag]).strip()
    except UnicodeDecodeError:
        raise NotDer("a text that cannot be read") from None


def _only(value: bytes, tag: int) -> bytes:
    outer = Reader(value)
    contents = outer.take(tag)
    outer.done()
    return contents


def _date(moment_s: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment_s))
