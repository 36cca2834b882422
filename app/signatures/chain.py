"""Does a certificate lead to an anchor, and has anybody on the way revoked it?

libcrypto builds the chain and checks signatures, constraints and dates; the lists of revoked certificates are looked at
here: a list is verified once and not once per signer, its date counts against the moment asked about, and what is
missing may be put off (policy grace).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, get_args

from app.signatures.certificate import Certificate
from app.signatures.crl import Crl
from app.signatures.libcrypto import libcrypto
from app.signatures.model import CrlPolicy, CrlUsed, Revocation, Verdict
from app.signatures.oids import KEYS, LEAST_BITS, SIGNATURES, WEAK
from app.signatures.owner import authority_name
from app.signatures.trust import TrustStore

VERDICTS: dict[int, Verdict] = {
    2: "untrusted_issuer",
    6: "unsupported_algorithm",
    8: "crl_invalid",
    9: "cert_not_yet_valid",
    10: "cert_expired",
    18: "untrusted_issuer",
    19: "untrusted_issuer",
    20: "untrusted_issuer",
    21: "untrusted_issuer",
    26: "key_usage",
    27: "untrusted_issuer",
}
"""By libcrypto's X509_V_ERR_*; whatever else it finds is `chain_invalid`."""
ORDER: tuple[Verdict, ...] = get_args(Verdict)
MOST_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    verdict: Verdict
    detail: str = ""
    revocation: Revocation = "off"
    crls: tuple[CrlUsed, ...] = ()


class Remembered(NamedTuple):
    """A good verdict and the time in which nothing changes it."""

    verdict: ChainVerdict
    since: datetime
    until: datetime


class Finding(NamedTuple):
    """What one list says of one certificate."""

    verdict: Verdict
    detail: str
    crl: Crl | None = None
    revoked_at: datetime | None = None
    """Later than the moment asked about, or the verdict says so."""


def judge_chain(
    leaf: Certificate, extra: tuple[Certificate, ...], *, at: datetime, crl: CrlPolicy, trust: TrustStore
) -> ChainVerdict:
    """`extra`: certificates that came with the signature; known authorities go first. Good verdicts are remembered."""
    key = (leaf.thumbprint, tuple(each.thumbprint for each in extra), crl)
    known = trust.chains.get(key)
    if isinstance(known, Remembered) and (known.since <= at < known.until or known.since == at):
        return known.verdict
    chain, verdict = _built(leaf, extra, at, trust)
    if not chain:
        return verdict
    verdict, findings = _judged(chain, at, crl, trust)
    if verdict.verdict == "ok":
        _remember(trust, key, _lasting(verdict, chain, findings, at))
    return verdict


def _built(
    leaf: Certificate, extra: tuple[Certificate, ...], at: datetime, trust: TrustStore
) -> tuple[tuple[Certificate, ...], ChainVerdict]:
    """From the leaf to the anchor; empty with the reason."""
    library = libcrypto()
    untrusted = library.longer_stack(trust.untrusted, (each.handle for each in extra))
    error, depth, words, pointers = library.chain(trust.store, leaf.handle, untrusted, at)
    if error:
        return (), ChainVerdict(_verdict_of(error, depth), f"certificate {depth} of the chain: {words}")
    known = {each.handle.pointer: each for each in (*extra, *trust.intermediates, *trust.anchors, leaf)}
    return tuple(known[pointer] for pointer in pointers), ChainVerdict("ok")


def _verdict_of(error: int, depth: int) -> Verdict:
    verdict = VERDICTS.get(error, "chain_invalid")
    return "issuer_expired" if verdict == "cert_expired" and depth else verdict


def _judged(
    chain: tuple[Certificate, ...], at: datetime, crl: CrlPolicy, trust: TrustStore
) -> tuple[ChainVerdict, tuple[Finding, ...]]:
    if weak := _weakness(chain):
        return weak, ()
    if crl == "off":
        return ChainVerdict("ok"), ()
    findings = tuple(_revocations(chain, at, trust))
    used = tuple(finding.crl.used for finding in findings if finding.crl)
    tolerable = {"ok", "crl_missing", "crl_expired", "crl_invalid"} if crl == "grace" else {"ok"}
    worst = first_of(finding for finding in findings if finding.verdict not in tolerable)
    if worst:
        return ChainVerdict(worst.verdict, worst.detail, crls=used), findings
    is_checked = all(finding.verdict == "ok" for finding in findings)
    detail = "; ".join(finding.detail for finding in findings if finding.verdict != "ok")
    return ChainVerdict("ok", detail, "checked" if is_checked else "deferred", used), findings


def first_of(findings: Iterable[Finding]) -> Finding | None:
    """In the order of the verdicts, not of the chain."""
    return min(findings, key=lambda finding: ORDER.index(finding.verdict), default=None)


def _weakness(chain: tuple[Certificate, ...]) -> ChainVerdict | None:
    """A broken algorithm anywhere below the anchor, a short key anywhere."""
    library = libcrypto()
    for depth, certificate in enumerate(chain):
        is_anchor = certificate is chain[-1]
        if not is_anchor and certificate.signature_algorithm not in SIGNATURES:
            is_weak = certificate.signature_algorithm in WEAK
            detail = f"certificate {depth} of the chain is signed by {certificate.signature_algorithm}"
            return ChainVerdict("weak_algorithm" if is_weak else "unsupported_algorithm", detail)
        key = library.public_key(certificate.handle)
        least = LEAST_BITS.get(KEYS.get(certificate.key_algorithm, "rsa"), 0)
        if key is not None and library.key_bits(key) < least:
            return ChainVerdict("weak_algorithm", f"certificate {depth} of the chain has a short key")
    return None


def _revocations(chain: tuple[Certificate, ...], at: datetime, trust: TrustStore) -> Iterator[Finding]:
    """Of every certificate but the anchor."""
    for depth, (certificate, issuer) in enumerate(pairwise(chain)):
        yield _revocation(certificate, issuer, depth, at, trust)


def _revocation(
    certificate: Certificate, issuer: Certificate, depth: int, at: datetime, trust: TrustStore
) -> Finding:
    lists = trust.crls_by_issuer.get(issuer.subject, ())
    mine = [each for each in lists if each.speaks_of(certificate, issuer, is_authority=depth > 0)]
    if not mine:
        return Finding("crl_missing", f"no list of {authority_name(issuer.owner)} for certificate {depth}")
    genuine = [each for each in mine if _is_genuine(each, issuer, trust)]
    if not genuine:
        return Finding("crl_invalid", f"the list of {mine[0].issuer_name} is not signed by it", mine[0])
    crl = next((each for each in genuine if _still_tells(each, certificate)), None)
    if crl is None:
        return Finding(
            "crl_missing", f"certificate {depth} had ended before any list of {mine[0].issuer_name}"
        )
    about = f"list {crl.number} of {crl.issuer_name} ({crl.this_update:%Y-%m-%d})"
    revoked_at = libcrypto().revoked_at(crl.handle, certificate.handle)
    if revoked_at and revoked_at <= at:
        detail = f"certificate {depth} is on {about}, revoked at {revoked_at}"
        return Finding("issuer_revoked" if depth else "cert_revoked", detail, crl, revoked_at)
    if crl.is_stale(at):
        return Finding("crl_expired", f"{about} was to be renewed at {crl.next_update}", crl, revoked_at)
    return Finding("ok", "", crl, revoked_at)


def _still_tells(crl: Crl, certificate: Certificate) -> bool:
    """Whoever was revoked leaves the lists when his certificate has ended (RFC 5280, 3.3): later ones say nothing of him."""
    is_in_time = crl.this_update <= certificate.not_after
    return is_in_time or libcrypto().revoked_at(crl.handle, certificate.handle) is not None


def _is_genuine(crl: Crl, issuer: Certificate, trust: TrustStore) -> bool:
    """Found out once: lists of large authorities are megabytes."""
    key = (crl.handle.pointer, issuer.thumbprint)
    if key not in trust.genuine:
        is_signed = libcrypto().is_crl_of(crl.handle, issuer.handle)
        trust.genuine[key] = is_signed and crl.is_strong and issuer.may_sign_crls
    return trust.genuine[key]


def _lasting(
    verdict: ChainVerdict, chain: tuple[Certificate, ...], findings: tuple[Finding, ...], at: datetime
) -> Remembered:
    """While all certificates and lists are in force and nobody is revoked; else this moment only."""
    since = [each.not_before for each in chain]
    until = [each.not_after for each in chain]
    for finding in findings:
        if finding.crl is None or finding.crl.next_update is None:
            return Remembered(verdict, at, at)
        since.append(finding.crl.this_update)
        until.append(min(finding.crl.next_update, finding.revoked_at or finding.crl.next_update))
    if verdict.revocation == "deferred" or not max(since) <= at < min(until):
        return Remembered(verdict, at, at)
    return Remembered(verdict, max(since), min(until))


def _remember(trust: TrustStore, key: object, lasting: Remembered) -> None:
    if len(trust.chains) >= MOST_REMEMBERED:
        trust.chains.clear()
    trust.chains[key] = lasting
