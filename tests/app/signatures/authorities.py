"""Made-up authorities for tests: certificates and lists of revoked ones with whatever is to be wrong in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.signatures.certificate import Certificate, read_certificate

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
YEAR, DAY = timedelta(days=365), timedelta(days=1)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Names = Mapping[x509.ObjectIdentifier, str]


def a_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def a_name(common_name: str, **others: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    parts += [x509.NameAttribute(x509.ObjectIdentifier(oid), text) for oid, text in others.items()]
    return x509.Name(parts)


@dataclass(frozen=True)
class Authority:
    """An issuer of certificates and lists."""

    name: x509.Name
    key: Key
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def issue(
        self,
        name: x509.Name,
        key: Key,
        *,
        is_authority: bool = False,
        since: datetime = NOW - YEAR,
        until: datetime = NOW + YEAR,
        extensions: Iterable[x509.ExtensionType] = (),
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder(self.name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(since).not_valid_after(until)
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        for each in extensions:
            builder = builder.add_extension(each, critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def authority(self, common_name: str, **options: object) -> "Authority":
        name, key = a_name(common_name), a_key()
        return Authority(name, key, self.issue(name, key, is_authority=True, **options))  # type: ignore[arg-type]

    def person(self, common_name: str = "Петрова", **options: object) -> Certificate:
        made = self.issue(a_name(common_name), a_key(), **options)  # type: ignore[arg-type]
        return read_certificate(made.public_bytes(Encoding.DER))

    def crl(
        self,
        revoked: Mapping[int, datetime] | None = None,
        *,
        number: int = 1,
        since: datetime = NOW - DAY,
        until: datetime = NOW + DAY,
        key: Key | None = None,
        extensions: Iterable[x509.ExtensionType] = (),
    ) -> bytes:
        """`revoked`: when, by serial number."""
        builder = x509.CertificateRevocationListBuilder(self.name, since, until)
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for each in extensions:
            builder = builder.add_extension(each, critical=True)
        for serial, when in (revoked or {}).items():
            entry = x509.RevokedCertificateBuilder(serial, when).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(key or self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def a_root(common_name: str = "Головной УЦ") -> Authority:
    name, key = a_name(common_name), a_key()
    blank = Authority(name, key, None)  # type: ignore[arg-type]
    return Authority(name, key, blank.issue(name, key, is_authority=True))


def number_of(certificate: Certificate) -> int:
    return int.from_bytes(certificate.serial, "big")
