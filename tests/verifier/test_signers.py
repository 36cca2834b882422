"""Whose signature it is, and what lists of revoked certificates say of the moment of the vote."""

import hashlib
import os
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from app.signatures.identity import Claimed, compare
from app.signatures.model import Owner
from app.signatures.pem import pem
from load.sign import Key, signed
from tests.app.signatures.authorities import NOW, Authority, a_key, a_name
from tests.app.signatures.cases import AT, CASES, FOLDER
from tests.verifier.archives import archive_of
from verifier.archive import Event
from verifier.chain import read_events
from verifier.finding import Findings
from verifier.identity import admitted, difference
from verifier.libcrypto import has_gost
from verifier.signature import Asked, Signature, examine
from verifier.signers import Signers, settled_by
from verifier.trust import Brought, Trust, brought
from verifier.versions import Versions

Files = dict[str, bytes]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BYTES = b"a ballot"
IVANOV = {"name": "Иванов Иван", "snils": "11223344596"}
"""His СНИЛС has a wrong check sum."""
SERVERS = {
    **dict.fromkeys(("snils_absent", "bad_snils", "snils_differs"), "snils"),
    **dict.fromkeys(("organization_differs", "representative", "inn_differs"), "inn"),
    **dict.fromkeys(("no_name_in_certificate", "name_differs"), "name"),
}
"""The server's words for what is compared here."""


def root() -> Authority:
    name, key = a_name("Root"), a_key()
    made = Authority(name, key, x509.load_der_x509_certificate(_self_signed(name, key)))
    return made


def _self_signed(name: x509.Name, key: ec.EllipticCurvePrivateKey) -> bytes:
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - DAY * 9, NOW + DAY * 9)
    builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def examined(**crl: Any) -> Signature:
    """A signature of NOW under one list; `crl` as `Authority.crl` takes it, `revoked_at` for the signer's own entry."""
    authority, key = root(), Key()
    leaf = authority.issue(a_name("Петрова"), key.private, extensions=crl.pop("extensions", ()))
    if "revoked_at" in crl:
        crl["revoked"] = {leaf.serial_number: crl.pop("revoked_at")}
    trust = Trust([authority.der], [], [authority.crl(**crl)] if crl else [])
    signature = signed(BYTES, key, [leaf.public_bytes(Encoding.DER)], NOW)
    return examine(BYTES, signature, Asked(int(NOW.timestamp()) * 1_000_000), trust)


def test_a_list_renewed_after_the_vote_still_speaks_of_it() -> None:
    found = examined(since=NOW + HOUR, until=NOW + DAY)

    assert (found.verdict, found.doubt) == ("ok", "")


def test_a_certificate_revoked_after_the_vote_was_good_at_it() -> None:
    assert examined(since=NOW + DAY, until=NOW + 2 * DAY, revoked_at=NOW + HOUR).verdict == "ok"
    found = examined(since=NOW + DAY, until=NOW + 2 * DAY, revoked_at=NOW - HOUR)
    assert found.verdict == "cert_revoked"


def test_a_list_made_after_a_certificate_has_ended_hides_no_revocation_of_before() -> None:
    authority, key = root(), Key()
    leaf = authority.issue(a_name("Петрова"), key.private, until=NOW + DAY)
    before = authority.crl(revoked={leaf.serial_number: NOW - HOUR})
    after = authority.crl(since=NOW + 2 * DAY, until=NOW + 3 * DAY)
    signature = signed(BYTES, key, [leaf.public_bytes(Encoding.DER)], NOW)
    asked = Asked(int(NOW.timestamp()) * 1_000_000)

    both, late = Trust([authority.der], [], [before, after]), Trust([authority.der], [], [after])
    assert examine(BYTES, signature, asked, both).verdict == "cert_revoked"
    assert examine(BYTES, signature, asked, late).doubt == "crl_missing"


def test_a_missing_a_stale_and_a_forged_list_are_told_apart_from_a_bad_signature() -> None:
    assert (examined().verdict, examined().doubt) == ("ok", "crl_missing")
    assert examined(until=NOW - HOUR).doubt == "crl_expired"
    assert examined(key=a_key(), revoked_at=NOW - HOUR).doubt == "crl_invalid"


@pytest.mark.parametrize(
    "extension",
    [
        x509.KeyUsage(False, False, True, False, True, False, False, False, False),
        x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")]),
    ],
)
def test_a_certificate_of_another_use_signs_no_ballot(extension: x509.ExtensionType) -> None:
    assert examined(extensions=[extension]).verdict == "key_usage"


# --- of the archive of a meeting


def signers_of(files: Files, _own: Brought | None = None, /, **facts: Any) -> tuple[Signers, Event]:
    """`facts` replace what the log says of the signature of the first ballot."""
    archive, findings = archive_of(files), Findings()
    events = read_events(archive, Findings())
    versions = Versions(archive, _own, findings)
    signers = Signers(archive, versions, admitted(events), settled_by(events), findings)
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


def test_an_owner_who_is_compared_with_nobody_is_told(full: Files) -> None:
    signers, event = signers_of(full)
    signers.persons = {}
    assert codes(signers, event) == []
    signers.conclude()

    assert "owner_unknown" in {note.code for note in signers.findings.notes}


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


# --- the trust of the vote


def without_lists(files: Files) -> tuple[Files, str]:
    """The same trust without its lists, as another version; its name."""
    (path,) = (path for path in files if path.startswith("trust/") and path.endswith(".txt"))
    contents = b"".join(line for line in files[path].splitlines(True) if not line.startswith(b"list "))
    name = hashlib.sha256(contents).hexdigest()
    return {**files, f"trust/{name}.txt": contents}, name


def test_lists_that_were_missing_at_the_vote_are_a_note_where_the_log_says_so(full: Files) -> None:
    files, bare = without_lists(full)
    deferred, event = signers_of(files, revocation="deferred", trust_version=bare, crl_numbers=[])

    assert codes(deferred, event) == []
    deferred.conclude()
    assert "list_missing" in [note.code for note in deferred.findings.notes]
    assert codes(*signers_of(files, trust_version=bare)) == ["list_missing"]


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"crl_numbers": ["7", "1"]}, "lists_other"), ({"revocation": "deferred"}, "lists_other")],
)
def test_the_lists_are_those_that_the_log_names(facts: dict[str, Any], code: str, full: Files) -> None:
    assert codes(*signers_of(full, **facts)) == [code]


def test_a_revocation_settled_later_is_looked_up_in_what_settled_it(full: Files) -> None:
    files, bare = without_lists(full)
    facts = {"revocation": "deferred", "trust_version": bare, "crl_numbers": []}
    for found, expected in (("checked", []), ("revoked", ["settled_other"])):
        signers, event = signers_of(files, **facts)
        version = next(iter(signers_of(full)[1].said["signature"]["trust_version"].split()))
        signers.settled = {event.pos: {"found": found, "trust_version": version}}
        assert codes(signers, event) == expected


@pytest.mark.parametrize(
    ("revocation", "later", "code"),
    [
        ("checked", {"found": "revoked", "trust_version": "ab"}, "signature_bad"),
        ("deferred", {"found": "checked"}, "signature_bad"),
        ("deferred", {"found": "revoked"}, None),
    ],
)
def test_no_word_of_the_log_hides_a_revocation_that_the_readers_own_list_tells(
    revocation: str, later: dict[str, str], code: str | None, full: Files
) -> None:
    authority, key = root(), Key()
    leaf = authority.issue(a_name("Петрова"), key.private)
    listed = authority.crl(revoked={leaf.serial_number: NOW - HOUR})
    _, event = signers_of(full)
    content = full[f"ballots/{event.pos}.json"]
    signature = signed(content, key, [leaf.public_bytes(Encoding.DER)], NOW)
    files = {**full, f"ballots/{event.pos}.sig": signature}
    signers, event = signers_of(
        files, Brought((authority.der,), (), (listed,)), revocation=revocation, demo=True
    )
    signers.settled = {event.pos: later}
    event = replace(event, said={**event.said, "received_at": int(NOW.timestamp()) * 1_000_000})

    assert ("signature_bad" in codes(signers, event)) is (code is not None)


def test_a_version_that_is_not_there_is_named_and_nothing_else_is_asked(full: Files) -> None:
    assert codes(*signers_of(full, trust_version="ab" * 32)) == ["trust_missing"]


def test_without_the_version_ones_own_trust_can_still_judge(full: Files, tmp_path: Path) -> None:
    certificates = [content for path, content in full.items() if path.endswith(".pem")]
    (tmp_path / "anchors.pem").write_bytes(b"".join(certificates))
    own = brought(tmp_path)
    files = {path: content for path, content in full.items() if not path.startswith("trust/")}

    assert codes(*signers_of(files, own, revocation="deferred")) == []
    assert codes(*signers_of(full, own)) == []


def test_a_changed_file_of_trust_is_named(full: Files) -> None:
    for path in [path for path in full if path.startswith("trust/")]:
        content = full[path]
        changed = {**full, path: content[:200] + bytes([content[200] ^ 1]) + content[201:]}
        assert set(codes(*signers_of(changed))) & {"trust_differs", "not_understood"}, path


def test_a_file_that_no_version_names_is_told(full: Files) -> None:
    contents = b"anchor " + b"ab" * 32 + b"\n"
    strays = {"trust/anchors.pem": b"", f"trust/{'cd' * 32}.txt": contents, f"trust/{'ab' * 32}.pem": b""}
    signers, event = signers_of({**full, **strays})
    codes(signers, event)
    signers.versions.conclude([event])

    found = [(fault.code, fault.place) for fault in signers.findings.faults]
    assert sorted(found) == sorted(("trust_stray", path) for path in strays)


def test_a_signature_in_pem_or_base64_is_read(full: Files) -> None:
    signers, event = signers_of(full)
    path = f"ballots/{event.pos}.sig"
    content = full[path]
    for wrapped in (b64encode(content), pem("CMS", content)):
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
        (
            {"surname": "Иванов", "given_name": "Иван", "common_name": "Петров Пётр"},
            {"name": "Петров Пётр"},
            "name",
        ),
        ({"surname": "Иванов", "given_name": "Иван", "snils": "11223344596"}, {**IVANOV}, "snils"),
        ({"common_name": "ООО «А»", "organization": "ООО «Б»"}, {"name": "ООО «А»"}, "name"),
    ],
)
def test_an_owner_is_the_person_by_the_servers_rule(
    owner: dict[str, str], person: dict[str, str], expected: str
) -> None:
    assert difference(owner, person) == expected
    ours = compare(Owner(**owner), Claimed(**person)).verdict
    assert SERVERS.get(ours, "") == expected


# --- GOST


def gost() -> Signature:
    case = CASES["gost256-good"]
    content, signature = ((FOLDER / case[part]).read_bytes() for part in ("content", "signature"))
    own = brought(FOLDER / case["pki"])
    asked = Asked(int(AT.timestamp()) * 1_000_000)
    return examine(content, signature, asked, Trust(own.anchors, own.between, own.lists))


@pytest.mark.skipif(not has_gost() and "CI" not in os.environ, reason="no GOST engine on this machine")
def test_a_gost_signature_is_good_where_openssl_knows_gost() -> None:
    found = gost()

    assert (found.verdict, found.doubt, found.is_beyond) == ("ok", "", False)
    assert found.certificate is not None
    assert found.certificate.algorithm.startswith("ГОСТ")


def test_without_gost_such_a_signature_is_beyond_this_machine_and_not_bad(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("verifier.signature.has_gost", lambda: False)

    assert gost().is_beyond
