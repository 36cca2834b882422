"""Signs ballots by itself: a P-256 key, its certification request, a detached CAdES-BES in DER; nothing of the product."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

SHA256 = "2.16.840.1.101.3.4.2.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME, SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.16.2.47"
INTEGER, OCTETS, NULL, OID, UTC_TIME, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x17, 0x30, 0x31
IMPLICIT_0, EXPLICIT_0 = 0xA0, 0xA0


class Key:
    """A private key that never leaves this process."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class Signer:
    """A key with its certificate; `chain` in DER begins with the own one, `serial` is its number in hex."""

    key: Key
    chain: tuple[bytes, ...]
    serial: str

    @classmethod
    def of(cls, key: Key, chain: tuple[bytes, ...]) -> "Signer":
        number = x509.load_der_x509_certificate(chain[0]).serial_number
        return cls(key, chain, number.to_bytes((number.bit_length() + 7) // 8).hex())

    def sign(self, content: bytes, at_ms: float) -> bytes:
        return signed(content, self.key, self.chain, datetime.fromtimestamp(at_ms / 1000, UTC))


def request_for(key: Key) -> bytes:
    """PKCS #10 in DER with an empty name: who it is the server knows."""
    empty = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return empty.sign(key.private, hashes.SHA256()).public_bytes(Encoding.DER)


def signed(content: bytes, key: Key, chain: Sequence[bytes], at: datetime) -> bytes:
    """A detached signature over `content`; `chain` in DER begins with the signer's own certificate."""
    own = x509.load_der_x509_certificate(chain[0])
    attributes = sorted(attributes_of(content, chain[0], at))
    signer = der(
        SEQUENCE,
        integer(1),
        der(SEQUENCE, own.issuer.public_bytes(), integer(own.serial_number)),
        algorithm(SHA256),
        der(IMPLICIT_0, *attributes),
        algorithm(ECDSA_SHA256),
        der(OCTETS, key.sign(der(SET, *attributes))),
    )
    return der(
        SEQUENCE,
        oid(SIGNED_DATA),
        der(
            EXPLICIT_0,
            der(
                SEQUENCE,
                integer(1),
                der(SET, algorithm(SHA256)),
                der(SEQUENCE, oid(DATA)),
                der(IMPLICIT_0, *chain),
                der(SET, signer),
            ),
        ),
    )


def attributes_of(content: bytes, certificate: bytes, at: datetime) -> list[bytes]:
    """What CAdES-BES signs: what it is, its digest, when, by which certificate."""
    named = der(SEQUENCE, der(SEQUENCE, der(SEQUENCE, der(OCTETS, hashlib.sha256(certificate).digest()))))
    return [
        attribute(CONTENT_TYPE, oid(DATA)),
        attribute(MESSAGE_DIGEST, der(OCTETS, hashlib.sha256(content).digest())),
        attribute(SIGNING_TIME, der(UTC_TIME, f"{at:%y%m%d%H%M%SZ}".encode())),
        attribute(SIGNING_CERTIFICATE_V2, named),
    ]


def attribute(kind: str, value: bytes) -> bytes:
    return der(SEQUENCE, oid(kind), der(SET, value))


def algorithm(kind: str) -> bytes:
    return der(SEQUENCE, oid(kind))


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(size))) + size + body


def integer(value: int) -> bytes:
    """Not negative."""
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    return der(OID, bytes((40 * first + second,)), *map(base128, rest))


def base128(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(0x80 | value & 0x7F)
    return bytes(reversed(groups))
