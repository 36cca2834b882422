"""Whose signature it is, and what lists of revoked certificates say of the moment of the vote."""

from base64 import b64encode, encodebytes
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

import verifier.trust
from tests.app.signatures.authorities import NOW, Authority, a_key, a_name
from tests.app.signatures.cases import AT, CASES, FOLDER
from tests.verifier.archives import archive_of
from verifier.archive import Event
from verifier.chain import read_events
from verifier.finding import Findings
from verifier.identity import admitted, difference
from verifier.libcrypto import has_gost, libcrypto
from verifier.signers import Signers
from verifier.trust import Trust

Files = dict[str, bytes]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BYTES = b"a ballot"


def root() -> Authority:
    name, key = a_name("Root"), a_key()
    made = Authority(name, key, x509.load_der_x509_certificate(_self_signed(name, key)))
    return made


def _self_signed(name: x509.Name, key: ec.EllipticCurvePrivateKey) -> bytes:
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - DAY * 9, NOW + DAY * 9)
    builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def a_pem(kind: str, *ders: bytes) -> bytes:
    name = kind.encode()
    return b"".join(
        b"-----BEGIN %b-----\n%b-----END %b-----\n" % (name, encodebytes(der), name) for der in ders
    )


def examined(**crl: Any) -> verifier.trust.Signature:
    """A signature of NOW under one list; `crl` as `Authority.crl` takes it, `revoked_at` for the signer's own entry."""
    authority, key = root(), a_key()
    leaf = authority.issue(a_name("Петрова"), key)
    if "revoked_at" in crl:
        crl["revoked"] = {leaf.serial_number: crl.pop("revoked_at")}
    lists = a_pem("X509 CRL", authority.crl(**crl)) if crl else b""
    trust = Trust(a_pem("CERTIFICATE", authority.der), b"", lists)
    return trust.examine(BYTES, signed(leaf, key), int(NOW.timestamp()))


def signed(leaf: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary]
    builder = PKCS7SignatureBuilder().set_data(BYTES).add_signer(leaf, key, hashes.SHA256())
    return builder.sign(Encoding.DER, options)


def test_a_list_renewed_after_the_vote_still_speaks_of_it() -> None:
    found = examined(since=NOW + HOUR, until=NOW + DAY)

    assert (found.why, found.revocation) == ("", "checked")


def test_a_certificate_revoked_after_the_vote_was_good_at_it() -> None:
    assert examined(since=NOW + DAY, until=NOW + 2 * DAY, revoked_at=NOW + HOUR).why == ""
    assert "revoked" in examined(since=NOW + DAY, until=NOW + 2 * DAY, revoked_at=NOW - HOUR).why


def test_a_missing_a_stale_and_a_forged_list_are_told_apart_from_a_bad_signature() -> None:
    assert (examined().why, examined().revocation) == ("", "missing")
    assert examined(until=NOW - HOUR).revocation == "stale"
    assert examined(key=a_key(), revoked_at=NOW - HOUR).revocation == "missing"


def test_a_certificate_of_another_use_signs_no_ballot() -> None:
    authority, key = root(), a_key()
    usage = x509.KeyUsage(False, False, True, False, True, False, False, False, False)
    leaf = authority.issue(a_name("tls.example.org"), key, extensions=[usage])
    trust = Trust(a_pem("CERTIFICATE", authority.der), b"", b"")

    assert "not for signing" in trust.examine(BYTES, signed(leaf, key), int(NOW.timestamp())).why


# --- of the archive of a meeting


def signers_of(files: Files, **facts: Any) -> tuple[Signers, Event]:
    """`facts` replace what the log says of the signature of the first ballot."""
    archive = archive_of(files)
    events = read_events(archive, Findings())
    trust = Trust(*(files[f"trust/{name}.pem"] for name in ("anchors", "intermediates", "crls")))
    signers = Signers(archive, trust, admitted(events), Findings())
    event = next(event for event in events if event.kind == "ballot_cast")
    return signers, event_saying(event, **facts)


def event_saying(event: Event, **facts: Any) -> Event:
    said = {**event.said, "signature": {**event.said["signature"], **facts}}
    return replace(event, said=said)


def codes(signers: Signers, event: Event) -> list[str]:
    signers.check("qualified", event, signers.archive.files[f"ballots/{event.pos}.json"])
    return [fault.code for fault in signers.findings.faults]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"thumbprint": "ab" * 32}, "signer_other"),
        ({"serial": "01"}, "signer_other"),
        ({"verdict": "cert_expired"}, "signature_refused"),
        ({"owner_match": "name_differs"}, "signature_refused"),
    ],
)
def test_what_the_log_says_of_the_signer_is_compared_with_his_certificate(
    facts: dict[str, str], code: str, full: Files
) -> None:
    assert codes(*signers_of(full, **facts)) == [code]
    assert codes(*signers_of(full)) == []


def test_the_owner_of_the_certificate_is_compared_with_who_was_admitted(full: Files) -> None:
    signers, event = signers_of(full)
    signers.persons = {"p_A": {"name": "Орлова Анна"}}

    assert codes(signers, event) == ["owner_other"]


def test_one_certificate_of_two_people_is_a_fault(full: Files) -> None:
    signers, event = signers_of(full)
    codes(signers, event)
    codes(signers, replace(event, said={**event.said, "person": "p_B"}))
    signers.conclude()

    assert "certificate_shared" in [fault.code for fault in signers.findings.faults]


@pytest.mark.parametrize("policy", ["qualified", "simple", "odd"])
def test_every_policy_but_off_demands_a_signature(policy: str, full: Files) -> None:
    signers, event = signers_of(full)
    unsigned = replace(event, said={**event.said, "signature": None})
    signers.check(policy, unsigned, b"")
    signers.check("off", unsigned, b"")

    assert [fault.code for fault in signers.findings.faults] == ["signature_absent"]


def test_a_missing_list_is_a_note_where_the_log_says_that_it_was_put_off(full: Files) -> None:
    without = {**full, "trust/crls.pem": b""}
    deferred, event = signers_of(without, revocation="deferred")

    assert codes(deferred, event) == []
    assert [note.code for note in deferred.findings.notes] == ["list_missing"]
    assert codes(*signers_of(without)) == ["list_missing"]


def test_a_signature_in_pem_or_base64_is_read(full: Files) -> None:
    signers, event = signers_of(full)
    path = f"ballots/{event.pos}.sig"
    content = full[path]
    for wrapped in (b64encode(content), a_pem("CMS", content)):
        signers, event = signers_of({**full, path: wrapped})
        assert codes(signers, event) == []


@pytest.mark.parametrize(
    ("owner", "person", "expected"),
    [
        ({"common_name": "Пётр  петров"}, {"name": "Петр Петров"}, ""),
        ({"common_name": "Иванов Иван", "snils": "1"}, {"name": "Иванов Иван", "snils": "2"}, "snils"),
        ({"common_name": "Иванов Иван"}, {"name": "Иванов Иван", "snils": "2"}, "snils"),
        ({"inn": "007707083893"}, {"name": "ООО", "inn": "7707083893"}, ""),
        ({"inn": "500100732259"}, {"name": "ООО", "inn": "7707083893"}, "inn"),
        ({"surname": "Иванов", "given_name": "Иван"}, {"name": "Иванов Пётр"}, "name"),
    ],
)
def test_an_owner_is_the_person_by_the_servers_rule(
    owner: dict[str, str], person: dict[str, str], expected: str
) -> None:
    assert difference(owner, person) == expected


# --- GOST


def gost() -> verifier.trust.Signature:
    case = CASES["gost256-good"] if "gost256-good" in CASES else CASES["gost256-good_leaf_only"]
    content, signature = ((FOLDER / case[part]).read_bytes() for part in ("content", "signature"))
    names = ("anchors.pem", "intermediates.pem", "crls.pem")
    trust = Trust(*((FOLDER / case["pki"] / name).read_bytes() for name in names))
    return trust.examine(content, signature, int(AT.timestamp()))


@pytest.mark.skipif(not has_gost(), reason="no GOST engine on this machine")
def test_a_gost_signature_is_good_where_openssl_knows_gost() -> None:
    found = gost()

    assert (found.why, found.revocation, found.is_beyond) == ("", "checked", False)
    assert found.certificate is not None
    assert found.certificate.algorithm.startswith("ГОСТ")


def test_without_gost_such_a_signature_is_beyond_this_machine_and_not_bad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verifier.trust, "has_gost", lambda: False)
    library = libcrypto()
    monkeypatch.setattr(library, "CMS_verify", lambda *_: 0)

    assert gost().is_beyond
