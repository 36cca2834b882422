"""Who is trusted at which moment, and what lists of revoked certificates say of it."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from app.signatures import chain
from app.signatures.certificate import Certificate, read_certificate
from app.signatures.chain import ChainVerdict, judge_chain
from app.signatures.der import BIT_STRING, SEQUENCE, single
from app.signatures.model import CrlPolicy
from app.signatures.trust import TrustStore, TrustUnreadable, trust_of
from tests.app.signatures.authorities import DAY, NOW, Authority, a_key, a_name, a_root, number_of

ROOT = a_root()
ISSUING = ROOT.authority("Выдающий УЦ")
PERSON = ISSUING.person()


def trusting(*crls: bytes) -> TrustStore:
    return trust_of([ROOT.der], [ISSUING.der], crls)


def judged(
    trust: TrustStore, person: Certificate = PERSON, *, at_days: float = 0, crl: CrlPolicy = "strict"
) -> ChainVerdict:
    return judge_chain(person, (), at=NOW + timedelta(days=at_days), crl=crl, trust=trust)


def test_a_person_of_a_known_authority_is_good_and_the_lists_are_told() -> None:
    found = judged(trusting(ROOT.crl(number=7), ISSUING.crl(number=12)))

    assert (found.verdict, found.revocation) == ("ok", "checked")
    assert [crl.number for crl in found.crls] == ["12", "7"]
    assert [crl.issuer for crl in found.crls] == ["Выдающий УЦ", "Головной УЦ"]


def test_the_newest_list_counts() -> None:
    old = ISSUING.crl(number=1, since=NOW - 3 * DAY, until=NOW + 9 * DAY)
    new = ISSUING.crl({number_of(PERSON): NOW - 2 * DAY}, number=2)

    assert judged(trusting(ROOT.crl(), new, old)).verdict == "cert_revoked"


def test_a_revocation_after_the_moment_does_not_count_and_is_not_forgotten_later() -> None:
    trust = trusting(ROOT.crl(), ISSUING.crl({number_of(PERSON): NOW - DAY / 2}))

    assert judged(trust, at_days=-0.9).verdict == "ok"
    assert judged(trust, at_days=-0.4).verdict == "cert_revoked"


def test_a_list_of_a_later_date_speaks_of_an_earlier_moment() -> None:
    """How a check that was put off is made good."""
    trust = trusting(ROOT.crl(), ISSUING.crl(since=NOW + DAY / 4))

    assert judged(trust).revocation == "checked"


def test_a_list_made_after_a_certificate_has_ended_hides_no_revocation_of_before() -> None:
    person = ISSUING.person(until=NOW + DAY)
    before = ISSUING.crl({number_of(person): NOW - DAY}, until=NOW + DAY)
    after = ISSUING.crl(number=2, since=NOW + 2 * DAY, until=NOW + 3 * DAY)

    assert judged(trusting(ROOT.crl(), before, after), person).verdict == "cert_revoked"
    assert judged(trusting(ROOT.crl(), after), person).verdict == "crl_missing"


@pytest.mark.parametrize(("crl", "verdict"), [("strict", "crl_missing"), ("grace", "ok"), ("off", "ok")])
def test_a_missing_list_refuses_or_is_put_off(crl: CrlPolicy, verdict: str) -> None:
    found = judged(trusting(ROOT.crl()), crl=crl)

    assert found.verdict == verdict
    assert (found.revocation == "deferred") == (crl == "grace")


@pytest.mark.parametrize(("crl", "verdict"), [("strict", "crl_expired"), ("grace", "ok")])
def test_a_list_out_of_date_refuses_or_is_put_off(crl: CrlPolicy, verdict: str) -> None:
    found = judged(trusting(ROOT.crl(), ISSUING.crl()), at_days=2, crl=crl)

    assert found.verdict == verdict
    assert [used.number for used in found.crls] == ["1", "1"]


@pytest.mark.parametrize("crl", ["strict", "grace"])
def test_a_list_out_of_date_still_tells_who_was_revoked(crl: CrlPolicy) -> None:
    trust = trusting(ROOT.crl(), ISSUING.crl({number_of(PERSON): NOW - DAY}))

    assert judged(trust, at_days=3, crl=crl).verdict == "cert_revoked"


@pytest.mark.parametrize(("crl", "verdict"), [("strict", "crl_invalid"), ("grace", "ok")])
def test_a_forged_list_is_as_good_as_none(crl: CrlPolicy, verdict: str) -> None:
    """Trouble with a list is not the voter's: it does not shut out everybody of an authority."""
    trust = trusting(ROOT.crl(), ISSUING.crl(key=a_key()))

    found = judged(trust, crl=crl)

    assert found.verdict == verdict
    assert (found.revocation == "deferred") == (crl == "grace")


def test_a_forged_list_does_not_hide_a_genuine_one() -> None:
    forged = ISSUING.crl(number=9, since=NOW - DAY / 4, key=a_key())
    genuine = ISSUING.crl({number_of(PERSON): NOW - 2 * DAY}, number=8)

    assert judged(trusting(ROOT.crl(), forged, genuine)).verdict == "cert_revoked"


def test_a_revoked_authority_tells_more_than_a_missing_list() -> None:
    revoked = {ISSUING.certificate.serial_number: NOW - DAY}

    assert judged(trusting(ROOT.crl(revoked))).verdict == "issuer_revoked"


def test_a_list_of_authorities_only_says_nothing_of_persons() -> None:
    only = x509.IssuingDistributionPoint(None, None, False, True, None, False, False)

    assert judged(trusting(ROOT.crl(extensions=[only]), ISSUING.crl())).verdict == "ok"
    assert judged(trusting(ROOT.crl(), ISSUING.crl(extensions=[only]))).verdict == "crl_missing"


def test_a_list_of_another_place_says_nothing_of_this_certificate() -> None:
    here, there = (x509.UniformResourceIdentifier(f"http://crl.example/{name}") for name in "12")
    places = x509.CRLDistributionPoints([x509.DistributionPoint([here], None, None, None)])
    person = ISSUING.person(extensions=[places])
    mine, others = (
        ISSUING.crl(extensions=[x509.IssuingDistributionPoint([p], None, False, False, None, False, False)])
        for p in (here, there)
    )

    assert judged(trusting(ROOT.crl(), mine), person).verdict == "ok"
    assert judged(trusting(ROOT.crl(), others), person).verdict == "crl_missing"


def test_lists_that_say_only_what_changed_are_not_taken_for_whole_ones() -> None:
    with pytest.raises(TrustUnreadable, match=r"2\.5\.29\.27"):
        trusting(ISSUING.crl(extensions=[x509.DeltaCRLIndicator(1)]))


def test_a_list_by_a_certificate_that_may_not_sign_lists_is_refused() -> None:
    usage = x509.KeyUsage(False, False, False, False, False, True, False, False, False)
    issuing = ROOT.authority("Без списков", extensions=[usage])
    trust = trust_of([ROOT.der], [issuing.der], [ROOT.crl(), issuing.crl()])

    assert judged(trust, issuing.person()).verdict == "crl_invalid"


@pytest.mark.parametrize(
    ("at_days", "verdict"), [(-31, "cert_not_yet_valid"), (0, "ok"), (31, "cert_expired")]
)
def test_the_moment_decides_about_the_dates(at_days: float, verdict: str) -> None:
    person = ISSUING.person(since=NOW - 30 * DAY, until=NOW + 30 * DAY)

    assert judged(trusting(), person, at_days=at_days, crl="off").verdict == verdict


def test_an_expired_authority_is_not_an_expired_certificate() -> None:
    issuing = ROOT.authority("Старый УЦ", until=NOW - DAY)

    trust = trust_of([ROOT.der], [issuing.der])

    assert judged(trust, issuing.person(), crl="off").verdict == "issuer_expired"


def test_a_person_is_no_authority() -> None:
    middle_key = a_key()
    middle_name = a_name("Иванов")
    middle = ISSUING.issue(middle_name, middle_key)
    person = Authority(middle_name, middle_key, middle).person()

    trust = trust_of([ROOT.der], [ISSUING.der, middle.public_bytes(Encoding.DER)])

    assert judged(trust, person, crl="off").verdict == "chain_invalid"


def test_known_authorities_alone_are_nobody_to_trust() -> None:
    assert judged(trust_of([a_root("Чужой").der], [ISSUING.der, ROOT.der])).verdict == "untrusted_issuer"


def test_a_root_that_comes_with_the_signature_is_not_trusted() -> None:
    stranger = a_root("Чужой")
    extra = (read_certificate(stranger.der),)

    found = judge_chain(stranger.person(), extra, at=NOW, crl="off", trust=trusting())

    assert found.verdict == "untrusted_issuer"


def test_a_certificate_signed_over_sha1_is_weak() -> None:
    person = over_sha1(PERSON)

    assert judged(trusting(), person, crl="off").verdict == "weak_algorithm"


@pytest.mark.parametrize(
    "key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP192R1())], ids=["rsa", "ec"]
)
def test_a_short_key_is_weak(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    made = ISSUING.issue(a_name("Петрова"), key)
    person = read_certificate(made.public_bytes(Encoding.DER))

    assert judged(trusting(), person, crl="off").verdict == "weak_algorithm"


def test_a_good_verdict_is_found_out_once_while_nothing_can_change_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[Certificate] = []
    build = chain._built

    def counted(leaf: Certificate, *others: Any) -> Any:
        built.append(leaf)
        return build(leaf, *others)

    monkeypatch.setattr(chain, "_built", counted)
    trust = trusting(ROOT.crl(), ISSUING.crl())

    first = [judged(trust, at_days=days) for days in (0, 0.1, -0.1, 0.9)]
    later = judged(trust, at_days=1.1)
    renewed = judged(trusting(ROOT.crl(), ISSUING.crl({number_of(PERSON): NOW - DAY})))

    assert [each.verdict for each in first] == ["ok"] * 4
    assert (later.verdict, renewed.verdict) == ("crl_expired", "cert_revoked")
    assert len(built) == 3


def test_strict_does_not_take_over_what_grace_let_pass() -> None:
    trust = trusting(ROOT.crl())

    assert [judged(trust, crl=crl).verdict for crl in ("grace", "strict", "off", "strict")] == [
        *("ok", "crl_missing", "ok", "crl_missing")
    ]


def test_the_version_of_trust_names_its_contents_whatever_their_order() -> None:
    lists = ROOT.crl(), ISSUING.crl()

    assert trusting(*lists).version == trusting(*reversed(lists)).version
    assert trusting(*lists).version != trusting(lists[0]).version
    assert trust_of([ROOT.der], [ISSUING.der]).version != trust_of([ISSUING.der], [ROOT.der]).version


def test_the_owner_is_read_and_never_shown_by_chance() -> None:
    name = a_name("ООО «Ёж»", **{"1.2.643.100.4": "7707083893", "1.2.643.100.1": "1027700132195"})
    made = ISSUING.issue(name, a_key())
    owner = read_certificate(made.public_bytes(Encoding.DER)).owner

    assert (owner.common_name, owner.inn_le, owner.ogrn) == ("ООО «Ёж»", "7707083893", "1027700132195")
    assert "Ёж" not in repr(owner)


def over_sha1(person: Certificate) -> Certificate:
    """The same certificate, signed by its authority again over SHA-1."""
    strong, weak = bytes.fromhex("300a06082a8648ce3d040302"), bytes.fromhex("300906072a8648ce3d0401")
    body = single(person.der, SEQUENCE).enter(SEQUENCE).take_rest()
    signed = der(SEQUENCE, body.replace(strong, weak))
    assert isinstance(ISSUING.key, ec.EllipticCurvePrivateKey)
    signature = ISSUING.key.sign(signed, ec.ECDSA(hashes.SHA1()))
    return read_certificate(der(SEQUENCE, signed + weak + der(BIT_STRING, b"\0" + signature)))


def der(tag: int, contents: bytes) -> bytes:
    length = len(contents)
    if length < 128:
        return bytes([tag, length]) + contents
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + contents
