"""A certificate authority for demonstrations and tests: it issues to whoever the server knows, and nobody else trusts it.

Made once, in a folder beside the keys; the root's own key is thrown away after it has signed.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from app.signatures.model import Owner
from app.signatures.owner import FIELDS
from app.signatures.refusals import BadRequestForCertificate
from app.signatures.texts import DEMO_ISSUER, DEMO_ROOT
from app.signatures.trust import ANCHORS, CRLS, INTERMEDIATES, TrustStore, load_trust

FOLDER = "demo-ca"
KEY = "issuing.key"
AUTHORITY_LASTS = timedelta(days=3650)
CERTIFICATE_LASTS = timedelta(days=30)
BEFORE = timedelta(hours=1)
"""Clocks of machines differ: what is issued now was valid a little before."""
USAGE = dict.fromkeys(
    (
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "encipher_only",
        "decipher_only",
        "key_cert_sign",
        "crl_sign",
        "digital_signature",
        "content_commitment",
    ),
    False,
)


@dataclass(frozen=True, slots=True)
class Issued:
    """DER; the chain begins with who issued it and ends before the root."""

    certificate: bytes
    chain: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DemoAuthority:
    trust: TrustStore
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    def issue(self, request: bytes, owner: Owner, at: datetime) -> Issued:
        """Only the key is taken from the request (PKCS #10, DER). Raises BadRequestForCertificate."""
        public = key_of(request)
        leaf = (
            x509.CertificateBuilder()
            .subject_name(name_of(owner))
            .issuer_name(self.certificate.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - BEFORE)
            .not_valid_after(at + CERTIFICATE_LASTS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage(digital_signature=True, content_commitment=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )
        return Issued(leaf.public_bytes(Encoding.DER), (self.certificate.public_bytes(Encoding.DER),))


def key_of(request: bytes) -> ec.EllipticCurvePublicKey:
    """The key of a request whose sender has proved that the other half is his."""
    try:
        asked = x509.load_der_x509_csr(request)
        key = asked.public_key()
        is_signed = asked.is_signature_valid
    except Exception as error:  # a parser fed by anybody: several kinds of exceptions, all mean the same
        raise BadRequestForCertificate from error
    if not is_signed or not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise BadRequestForCertificate
    return key


def name_of(owner: Owner) -> x509.Name:
    """The common name has 64 bytes at most (RFC 5280); the fields beside it say the rest."""
    values = {name: getattr(owner, name) for name in FIELDS.values()}
    values["common_name"] = owner.common_name.encode()[:64].decode(errors="ignore")
    return x509.Name(
        x509.NameAttribute(x509.ObjectIdentifier(oid), values[name])
        for oid, name in FIELDS.items()
        if values[name]
    )


def open_authority(folder: Path, now: datetime) -> DemoAuthority:
    """The authority of the keys' folder, made there if there is none yet; several processes may try at once."""
    home = folder / FOLDER
    if not home.is_dir():
        _make_once(home, now)
    key = load_pem_private_key((home / KEY).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{home / KEY} is no key of an elliptic curve")
    certificate = x509.load_pem_x509_certificate((home / INTERMEDIATES).read_bytes())
    return DemoAuthority(load_trust(home), certificate, key)


def _make_once(home: Path, now: datetime) -> None:
    home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = Path(tempfile.mkdtemp(dir=home.parent, prefix=f".{FOLDER}-"))
    try:
        _make(made, now)
        made.rename(home)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        if not home.is_dir():  # else another process was quicker
            raise


def _make(folder: Path, now: datetime) -> None:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, name = _name(DEMO_ROOT), _name(DEMO_ISSUER)
    root = _authority(root_name, root_key, root_name, root_key, now)
    issuer = _authority(name, key, root_name, root_key, now)
    crls = _empty_crl(root_name, root_key, now), _empty_crl(name, key, now)
    (folder / ANCHORS).write_bytes(root.public_bytes(Encoding.PEM))
    (folder / INTERMEDIATES).write_bytes(issuer.public_bytes(Encoding.PEM))
    (folder / CRLS).write_bytes(b"".join(crl.public_bytes(Encoding.PEM) for crl in crls))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)


def _name(common_name: str) -> x509.Name:
    return x509.Name((x509.NameAttribute(NameOID.COMMON_NAME, common_name),))


def _authority(
    name: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: x509.Name,
    by_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key()), critical=False
        )
        .sign(by_key, hashes.SHA256())
    )


def _empty_crl(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateRevocationList:
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name)
        .last_update(now - BEFORE)
        .next_update(now + AUTHORITY_LASTS)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def usage(**named: bool) -> x509.KeyUsage:
    return x509.KeyUsage(**{**USAGE, **named})
