"""The demonstration authority: whom it names, what it asks, and that the verifier takes what it issued."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from app.accounts.model import Contact
from app.signatures.demo_api import owner_of
from app.signatures.demo_ca import FOLDER, KEY, open_authority
from app.signatures.model import Owner, Policy
from app.signatures.refusals import BadRequestForCertificate
from app.signatures.verifier import verify
from load.sign import Key, request_for, signed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERSON = Owner(common_name="Петров Пётр", surname="Петров", given_name="Пётр", snils="11223344595")


def test_what_a_person_signs_with_his_certificate_is_verified_as_his(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, NOW)
    key = Key()
    issued = authority.issue(request_for(key), PERSON, NOW)

    cms = signed(b"ballot", key, (issued.certificate, *issued.chain), NOW)
    result = verify(b"ballot", cms, at=NOW, policy=Policy(), trust=authority.trust)

    assert (result.verdict, result.revocation) == ("ok", "checked")
    assert result.owner == PERSON
    other = verify(b"other", cms, at=NOW, policy=Policy(), trust=authority.trust)
    assert other.verdict == "content_mismatch"


def test_it_is_made_once_even_by_many_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: open_authority(tmp_path, NOW), range(4)))

    assert len({authority.trust.version for authority in made}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]
    assert (tmp_path / FOLDER / KEY).stat().st_mode & 0o077 == 0


def test_the_name_in_the_request_counts_for_nothing(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    somebody = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Кто-то другой")])
    request = x509.CertificateSigningRequestBuilder().subject_name(somebody).sign(key, hashes.SHA256())

    issued = open_authority(tmp_path, NOW).issue(request.public_bytes(Encoding.DER), PERSON, NOW)

    assert "Кто-то" not in x509.load_der_x509_certificate(issued.certificate).subject.rfc4514_string()


@pytest.mark.parametrize("spoiled", ["garbage", "signature", "rsa", "curve"])
def test_a_request_without_proof_or_with_another_key_is_refused(tmp_path: Path, spoiled: str) -> None:
    authority = open_authority(tmp_path, NOW)
    empty = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    requests: dict[str, Callable[[], bytes]] = {
        "garbage": lambda: b"\x30\x03\x02\x01\x00",
        "signature": lambda: request_for(Key())[:-1] + b"\x00",
        "rsa": lambda: empty.sign(rsa.generate_private_key(65537, 2048), hashes.SHA256()).public_bytes(
            Encoding.DER
        ),
        "curve": lambda: empty.sign(ec.generate_private_key(ec.SECP384R1()), hashes.SHA256()).public_bytes(
            Encoding.DER
        ),
    }
    request = requests[spoiled]()

    with pytest.raises(BadRequestForCertificate):
        authority.issue(request, PERSON, NOW)


def test_a_certificate_ends_and_another_authority_does_not_count(tmp_path: Path) -> None:
    authority, foreign = open_authority(tmp_path / "a", NOW), open_authority(tmp_path / "b", NOW)
    key = Key()
    issued = authority.issue(request_for(key), PERSON, NOW)
    later = NOW + timedelta(days=31)
    cms = signed(b"ballot", key, (issued.certificate, *issued.chain), later)

    assert verify(b"ballot", cms, at=later, policy=Policy(), trust=authority.trust).verdict == "cert_expired"
    cms = signed(b"ballot", key, (issued.certificate, *issued.chain), NOW)
    said = verify(b"ballot", cms, at=NOW, policy=Policy(), trust=foreign.trust).verdict
    assert said in ("untrusted_issuer", "chain_invalid")


def test_an_organization_is_named_by_its_number_and_a_person_by_his_name() -> None:
    assert owner_of(Contact("ООО «Ромашка»", inn="7707083893")).inn_le == "7707083893"
    person = owner_of(Contact("Петров Пётр Ильич", snils="112-233-445 95"))
    assert (person.surname, person.given_name, person.snils) == ("Петров", "Пётр Ильич", "11223344595")
