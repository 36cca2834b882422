"""Signatures that the harness makes: a program that has nothing of ours accepts them."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from load.sign import Key, Signer, base128, der, integer, signed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def own_certificate(key: Key, serial: int) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Петров Пётр")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.private.public_key())
    made = made.serial_number(serial).not_valid_before(NOW - timedelta(days=1))
    made = made.not_valid_after(NOW + timedelta(days=3650))
    return made.sign(key.private, hashes.SHA256()).public_bytes(Encoding.DER)


def test_openssl_verifies_what_is_signed_and_nothing_else(tmp_path: Path) -> None:
    key = Key()
    chain = (own_certificate(key, 7),)
    own = x509.load_der_x509_certificate(chain[0]).public_bytes(Encoding.PEM)
    (tmp_path / "own.pem").write_bytes(own)
    (tmp_path / "sig").write_bytes(signed(b"ballot", key, chain, NOW))
    (tmp_path / "ballot").write_bytes(b"ballot")
    (tmp_path / "other").write_bytes(b"other")

    def verified(content: str) -> bool:
        command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", "sig", "-binary"]
        command += ["-CAfile", "own.pem", "-purpose", "any", "-attime", f"{NOW.timestamp():.0f}"]
        command += ["-content", content, "-out", "said"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0

    assert verified("ballot")
    assert not verified("other")


def test_numbers_are_written_as_der_wants_them() -> None:
    assert integer(127).hex() == "02017f"
    assert integer(128).hex() == "02020080"
    assert base128(113549).hex() == "86f70d"
    assert der(4, b"x" * 200)[:3].hex() == "0481c8"


def test_a_serial_number_is_told_in_whole_bytes() -> None:
    key = Key()

    assert Signer.of(key, (own_certificate(key, 0xABC),)).serial == "0abc"
