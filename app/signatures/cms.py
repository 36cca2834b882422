"""Reads a detached CMS signature (RFC 5652, CAdES-BES): the structure, nothing of its truth."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.signatures.der import (
    CONTEXT,
    EXPLICIT,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    NotDer,
    Reader,
    dotted,
    integer,
    moment,
    single,
)

DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.16.2.47"
SHA256 = "2.16.840.1.101.3.4.2.1"
INDEFINITE = 0x80


@dataclass(frozen=True, slots=True)
class Signer:
    """One SignerInfo; `issuer` and `serial` or `key_id` name the certificate."""

    issuer: bytes | None
    serial: bytes | None
    key_id: bytes | None
    digest: str
    signature_algorithm: str
    signature: bytes
    signed: bytes | None
    """The signed attributes as they were signed: with the tag of a SET."""
    attributes: Mapping[str, bytes]
    """The one value of each, DER."""


@dataclass(frozen=True, slots=True)
class Cms:
    is_detached: bool
    content_type: str
    certificates: tuple[bytes, ...]
    signers: tuple[Signer, ...]


@dataclass(frozen=True, slots=True)
class CertificateHash:
    """What the signer says of the certificate (ESSCertIDv2, RFC 5035)."""

    digest: str
    value: bytes
    issuer: bytes | None
    serial: bytes | None


def unwrapped(signature: bytes) -> bytes:
    """The binary form of what may be binary, PEM or base64 with line breaks, as plug-ins give it."""
    if signature[:1] == bytes([SEQUENCE]):
        return signature
    lines = signature.strip().splitlines()
    if lines and lines[0].startswith(b"-----BEGIN ") and lines[-1].startswith(b"-----END "):
        lines = lines[1:-1]
    try:
        return b64decode(b"".join(line.strip() for line in lines), validate=True)
    except NotBase64:
        raise NotDer("neither binary nor base64") from None


def is_indefinite(signature: bytes) -> bool:
    """BER as streaming programs write it."""
    return signature[1:2] == bytes([INDEFINITE])


def read_cms(der: bytes) -> Cms:
    outer = single(der, SEQUENCE)
    if dotted(outer.take(OID)) != SIGNED_DATA:
        raise NotDer("not signed data")
    explicit = outer.enter(EXPLICIT)
    outer.done()
    data = explicit.enter(SEQUENCE)
    explicit.done()
    return _signed_data(data)


def _signed_data(data: Reader) -> Cms:
    integer(data.take(INTEGER))
    for algorithm in data.enter(SET).each(SEQUENCE):
        dotted(algorithm.take(OID))
    content = data.enter(SEQUENCE)
    content_type = dotted(content.take(OID))
    is_detached = content.peek() is None
    certificates = data.maybe_enter(EXPLICIT)
    data.maybe(EXPLICIT + 1)  # lists of revoked certificates: ours alone count
    signers = data.enter(SET)
    data.done()
    return Cms(
        is_detached,
        content_type,
        _wholes(certificates),
        tuple(_signer(each) for each in signers.each(SEQUENCE)),
    )


def _wholes(reader: Reader | None) -> tuple[bytes, ...]:
    found = []
    while reader is not None and reader.peek() is not None:
        found.append(reader.whole(SEQUENCE))
    return tuple(found)


def _signer(info: Reader) -> Signer:
    integer(info.take(INTEGER))
    issuer, serial, key_id = _identifier(info)
    digest = _algorithm(info)
    signed = info.whole(EXPLICIT) if info.peek() == EXPLICIT else None
    signature_algorithm = _algorithm(info)
    signature = info.take(OCTET_STRING)
    info.maybe(EXPLICIT + 1)  # unsigned attributes
    info.done()
    if signed is not None:
        signed = bytes([SET]) + signed[1:]
    return Signer(issuer, serial, key_id, digest, signature_algorithm, signature, signed, _attributes(signed))


def _identifier(info: Reader) -> tuple[bytes | None, bytes | None, bytes | None]:
    if info.peek() == CONTEXT:
        return None, None, info.take(CONTEXT)
    named = info.enter(SEQUENCE)
    issuer, serial = named.whole(SEQUENCE), named.take(INTEGER)
    named.done()
    return issuer, serial, None


def _algorithm(reader: Reader) -> str:
    return dotted(reader.enter(SEQUENCE).take(OID))


def _attributes(signed: bytes | None) -> dict[str, bytes]:
    """Each kind once, each with one value: what is said twice might be read two ways."""
    found: dict[str, bytes] = {}
    for attribute in single(signed, SET).each(SEQUENCE) if signed else ():
        kind = dotted(attribute.take(OID))
        values = attribute.enter(SET)
        attribute.done()
        if kind in found:
            raise NotDer(f"attribute {kind} twice")
        tag = values.peek()
        if tag is None:
            raise NotDer(f"attribute {kind} without a value")
        found[kind] = values.whole(tag)
        values.done()
    return found


def message_digest(signer: Signer) -> bytes:
    return _value(signer, MESSAGE_DIGEST, OCTET_STRING)


def attribute_content_type(signer: Signer) -> str:
    return dotted(_value(signer, CONTENT_TYPE, OID))


def _value(signer: Signer, kind: str, tag: int) -> bytes:
    if kind not in signer.attributes:
        raise NotDer(f"no attribute {kind}")
    return Reader(signer.attributes[kind]).take(tag)


def signing_time(signer: Signer) -> datetime | None:
    value = signer.attributes.get(SIGNING_TIME)
    return moment(Reader(value)) if value else None


def certificate_hash(signer: Signer) -> CertificateHash | None:
    """The first certificate of signingCertificateV2: the signer's own."""
    value = signer.attributes.get(SIGNING_CERTIFICATE_V2)
    if value is None:
        return None
    first = single(value, SEQUENCE).enter(SEQUENCE).enter(SEQUENCE)
    digest = _algorithm(first) if first.peek() == SEQUENCE else SHA256
    hashed = first.take(OCTET_STRING)
    issuer_serial = first.maybe_enter(SEQUENCE)
    first.done()
    if issuer_serial is None:
        return CertificateHash(digest, hashed, None, None)
    names = issuer_serial.enter(SEQUENCE)
    directory = names.enter(EXPLICIT + 4)
    return CertificateHash(digest, hashed, directory.whole(SEQUENCE), issuer_serial.take(INTEGER))
