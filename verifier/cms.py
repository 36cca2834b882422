"""A signature file (CMS, RFC 5652; CAdES-BES): what stands in it, nothing of its truth."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass

from verifier.der import (
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
    integer,
    seconds,
    single,
)

DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.16.2.47"
SHA256 = "2.16.840.1.101.3.4.2.1"
DIRECTORY_NAME = EXPLICIT + 4


@dataclass(frozen=True, slots=True)
class Signer:
    """One SignerInfo. `names` is (issuer, serial) of the certificate, or else `key_id` stands for it."""

    names: tuple[bytes, bytes] | None
    key_id: bytes | None
    digest: str
    algorithm: str
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
class Meant:
    """Which certificate the signer says is his (ESSCertIDv2, RFC 5035)."""

    digest: str
    value: bytes
    names: tuple[bytes, bytes] | None


def unwrapped(signature: bytes) -> bytes:
    """The binary form of what may be binary, PEM or base64. Raises NotDer."""
    if signature[:1] == bytes([SEQUENCE]):
        return signature
    lines = signature.strip().splitlines()
    if lines and lines[0].startswith(b"-----BEGIN ") and lines[-1].startswith(b"-----END "):
        lines = lines[1:-1]
    try:
        return b64decode(b"".join(line.strip() for line in lines), validate=True)
    except NotBase64:
        raise NotDer("neither binary nor base64") from None


def read_cms(der: bytes) -> Cms:
    outer = single(der, SEQUENCE)
    if dotted(outer.take(OID)) != SIGNED_DATA:
        raise NotDer("not signed data")
    explicit = outer.enter(EXPLICIT)
    outer.done()
    data = explicit.enter(SEQUENCE)
    explicit.done()
    integer(data.take(INTEGER))
    for each in data.enter(SET).each(SEQUENCE):
        dotted(each.take(OID))
    content = data.enter(SEQUENCE)
    content_type = dotted(content.take(OID))
    is_detached = content.peek() is None
    certificates = data.maybe_enter(EXPLICIT)
    data.maybe(EXPLICIT + 1)  # lists of revoked certificates: only those of the trust count
    signers = data.enter(SET)
    data.done()
    own = tuple(certificates.wholes(SEQUENCE)) if certificates else ()
    return Cms(is_detached, content_type, own, tuple(_signer(each) for each in signers.each(SEQUENCE)))


def _signer(info: Reader) -> Signer:
    integer(info.take(INTEGER))
    key_id = info.maybe(CONTEXT)
    names = _names(info.enter(SEQUENCE)) if key_id is None else None
    digest = algorithm(info)
    signed = info.whole(EXPLICIT) if info.peek() == EXPLICIT else None
    named = algorithm(info)
    signature = info.take(OCTET_STRING)
    info.maybe(EXPLICIT + 1)  # unsigned attributes
    info.done()
    if signed is not None:
        signed = bytes([SET]) + signed[1:]
    return Signer(names, key_id, digest, named, signature, signed, _attributes(signed))


def _names(named: Reader) -> tuple[bytes, bytes]:
    issuer, serial = named.whole(SEQUENCE), named.take(INTEGER)
    named.done()
    return issuer, serial


def _attributes(signed: bytes | None) -> dict[str, bytes]:
    """Each kind once, each with one value: what is said twice might be read two ways."""
    found: dict[str, bytes] = {}
    for attribute in single(signed, SET).each(SEQUENCE) if signed else ():
        kind = dotted(attribute.take(OID))
        values = attribute.enter(SET)
        attribute.done()
        tag = values.peek()
        if kind in found or tag is None:
            raise NotDer(f"attribute {kind} twice or without a value")
        found[kind] = values.whole(tag)
        values.done()
    return found


def message_digest(signer: Signer) -> bytes:
    return _value(signer, MESSAGE_DIGEST).take(OCTET_STRING)


def signed_type(signer: Signer) -> str:
    return dotted(_value(signer, CONTENT_TYPE).take(OID))


def _value(signer: Signer, kind: str) -> Reader:
    if kind not in signer.attributes:
        raise NotDer(f"no attribute {kind}")
    return Reader(signer.attributes[kind])


def signing_time(signer: Signer) -> int | None:
    """Seconds since 1970, by the signer's own clock."""
    value = signer.attributes.get(SIGNING_TIME)
    return seconds(Reader(value)) if value else None


def meant(signer: Signer) -> Meant | None:
    value = signer.attributes.get(SIGNING_CERTIFICATE_V2)
    if value is None:
        return None
    first = single(value, SEQUENCE).enter(SEQUENCE).enter(SEQUENCE)
    digest = algorithm(first) if first.peek() == SEQUENCE else SHA256
    hashed = first.take(OCTET_STRING)
    named = first.maybe_enter(SEQUENCE)
    first.done()
    if named is None:
        return Meant(digest, hashed, None)
    issuer = named.enter(SEQUENCE).enter(DIRECTORY_NAME).whole(SEQUENCE)
    return Meant(digest, hashed, (issuer, named.take(INTEGER)))
