"""A certificate (X.509, RFC 5280): its facts by the strict reader, its key and its place in a chain by libcrypto."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from app.signatures.der import (
    BIT_STRING,
    BOOLEAN,
    CONTEXT,
    EXPLICIT,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    NotDer,
    Reader,
    dotted,
    moment,
    single,
)
from app.signatures.libcrypto import Handle, libcrypto
from app.signatures.model import Owner
from app.signatures.owner import authority_name, read_owner

KEY_USAGE, EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.37"
SUBJECT_KEY_ID, AUTHORITY_KEY_ID, POLICIES = "2.5.29.14", "2.5.29.35", "2.5.29.32"
DISTRIBUTION_POINTS = "2.5.29.31"
SUBJECT_SIGN_TOOL, QUALIFIED_CLASSES = "1.2.643.100.111", "1.2.643.100.113."
DIGITAL_SIGNATURE, NON_REPUDIATION, CRL_SIGN = 0x80, 0x40, 0x02
ANY_USAGE, CLIENT_AUTH, EMAIL = "2.5.29.37.0", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"
RUSSIAN_USAGES = "1.2.643."
TRUE = b"\xff"
LONGEST_REMEMBERED = 8 * 1024
"""Bytes; a qualified certificate has about two thousand."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """`issuer` and `subject` are whole DER names, `serial` the contents of its INTEGER."""

    der: bytes
    handle: Handle
    thumbprint: str
    serial: bytes
    issuer: bytes
    subject: bytes
    owner: Owner
    issuer_name: str
    not_before: datetime
    not_after: datetime
    key_algorithm: str
    signature_algorithm: str
    extensions: dict[str, bytes]

    @property
    def key_id(self) -> bytes | None:
        value = self.extensions.get(SUBJECT_KEY_ID)
        return single(value, OCTET_STRING).take_rest() if value else None

    @property
    def distribution_points(self) -> frozenset[bytes]:
        """Where its authority publishes lists of revoked certificates: GeneralNames, DER."""
        value = self.extensions.get(DISTRIBUTION_POINTS)
        found: set[bytes] = set()
        for point in single(value, SEQUENCE).each(SEQUENCE) if value else ():
            found |= full_names(point.maybe_enter(EXPLICIT))
        return frozenset(found)

    @property
    def may_sign(self) -> bool:
        """Documents: by key usage and, if it has one, by extended key usage."""
        usage = self._key_usage()
        if usage is not None and not usage & (DIGITAL_SIGNATURE | NON_REPUDIATION):
            return False
        named = self._identifiers(EXTENDED_KEY_USAGE)
        known = {ANY_USAGE, CLIENT_AUTH, EMAIL}
        return not named or any(each in known or each.startswith(RUSSIAN_USAGES) for each in named)

    @property
    def may_sign_crls(self) -> bool:
        usage = self._key_usage()
        return usage is None or bool(usage & CRL_SIGN)

    @property
    def is_marked_qualified(self) -> bool:
        """The class of protection and the tool of its owner are named (FSB order № 795)."""
        policies = single(self.extensions[POLICIES], SEQUENCE) if POLICIES in self.extensions else Reader(b"")
        named = [dotted(each.take(OID)) for each in policies.each(SEQUENCE)]
        return SUBJECT_SIGN_TOOL in self.extensions and any(n.startswith(QUALIFIED_CLASSES) for n in named)

    def _key_usage(self) -> int | None:
        value = self.extensions.get(KEY_USAGE)
        if value is None:
            return None
        bits = single(value, BIT_STRING).take_rest()
        return bits[1] if len(bits) > 1 else 0

    def _identifiers(self, extension: str) -> tuple[str, ...]:
        reader = single(self.extensions[extension], SEQUENCE) if extension in self.extensions else Reader(b"")
        found = []
        while reader.peek() is not None:
            found.append(dotted(reader.take(OID)))
        return tuple(found)


def read_certificate(der: bytes) -> Certificate:
    """`NotDer` if either reader does not understand it. A person signs often: the last ones are remembered.

    Not the large ones: they are read before anybody knows who signed, and a stranger's may fill the memory.
    """
    return remembered(der) if len(der) <= LONGEST_REMEMBERED else _read(der)


@lru_cache(maxsize=4096)
def remembered(der: bytes) -> Certificate:
    return _read(der)


def _read(der: bytes) -> Certificate:
    handle = libcrypto().certificate(der)
    if handle is None:
        raise NotDer("not a certificate")
    outer = single(der, SEQUENCE)
    body = outer.enter(SEQUENCE)
    body.maybe(EXPLICIT)  # version
    serial = body.take(INTEGER)
    signature_algorithm = dotted(body.enter(SEQUENCE).take(OID))
    issuer = body.whole(SEQUENCE)
    validity = body.enter(SEQUENCE)
    not_before, not_after = moment(validity), moment(validity)
    subject = body.whole(SEQUENCE)
    key_algorithm = dotted(body.enter(SEQUENCE).enter(SEQUENCE).take(OID))
    body.maybe(CONTEXT + 1)
    body.maybe(CONTEXT + 2)  # unique identifiers of old times
    return Certificate(
        der=der,
        handle=handle,
        thumbprint=sha256(der).hexdigest(),
        serial=serial,
        issuer=issuer,
        subject=subject,
        owner=read_owner(subject),
        issuer_name=authority_name(read_owner(issuer)),
        not_before=not_before,
        not_after=not_after,
        key_algorithm=key_algorithm,
        signature_algorithm=signature_algorithm,
        extensions={each.kind: each.value for each in read_extensions(body.maybe_enter(EXPLICIT + 3))},
    )


class Extension(NamedTuple):
    """`value` is the contents of its OCTET STRING."""

    kind: str
    is_critical: bool
    value: bytes


def read_extensions(reader: Reader | None) -> tuple[Extension, ...]:
    """None may come twice."""
    found: dict[str, Extension] = {}
    for extension in reader.enter(SEQUENCE).each(SEQUENCE) if reader else ():
        kind = dotted(extension.take(OID))
        is_critical = extension.maybe(BOOLEAN) == TRUE
        if kind in found:
            raise NotDer(f"extension {kind} twice")
        found[kind] = Extension(kind, is_critical, extension.take(OCTET_STRING))
        extension.done()
    return tuple(found.values())


def full_names(point: Reader | None) -> frozenset[bytes]:
    """The names in a DistributionPointName; a name relative to the issuer is none of them."""
    names = point.maybe_enter(EXPLICIT) if point else None
    found = set()
    while names and (tag := names.peek()) is not None:
        found.add(names.whole(tag))
    return frozenset(found)
