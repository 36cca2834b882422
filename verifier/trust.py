"""Whom one trusts: roots, authorities between, lists of revoked certificates; does a certificate lead to a root, unrevoked?"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from verifier import texts
from verifier.algorithms import KEYS, LEAST_BITS, SIGNATURES, WEAK
from verifier.certificate import Certificate, authority_name, read_certificate
from verifier.libcrypto import Store, is_list_of, key_bits, public_key, revoked_at
from verifier.lists import Revoked, read_list

ANCHORS, INTERMEDIATES, LISTS = "anchors.pem", "intermediates.pem", "crls.pem"
VERDICTS = {
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
"""By OpenSSL's X509_V_ERR_*; whatever else it finds is `chain_invalid`."""
WORST = ("cert_revoked", "issuer_revoked", "crl_missing", "crl_expired", "crl_invalid")
"""Of several findings that which stands first counts."""
REVOKED = WORST[:2]


@dataclass(frozen=True, slots=True)
class Chain:
    """`verdict` is a key of `texts.VERDICTS`; `doubt` one of missing, expired or invalid lists, "" if all were looked at."""

    verdict: str
    details: str = ""
    doubt: str = ""
    numbers: tuple[str, ...] = ()
    """Of the lists that were looked at, from the signer's authority upwards."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the lists say of one certificate."""

    code: str
    details: str = ""
    used: Revoked | None = None


class Trust:
    """Freed with the object."""

    def __init__(self, anchors: Iterable[bytes], between: Iterable[bytes], lists: Iterable[bytes]) -> None:
        """From DER; raises ValueError for what is none."""
        self.anchors = tuple(read_certificate(der) for der in anchors)
        self.between = tuple(read_certificate(der) for der in between)
        self._lists: dict[bytes, list[Revoked]] = {}
        for each in sorted(map(read_list, lists), key=lambda one: one.since_s, reverse=True):
            self._lists.setdefault(each.issuer_name, []).append(each)
        self._store = Store(each.handle for each in self.anchors)
        self._genuine: dict[tuple[str, str], bool] = {}

    def judge(self, leaf: Certificate, extra: tuple[Certificate, ...], at_us: int) -> Chain:
        """`extra` came with the signature: those known here go first."""
        untrusted = (*self.between, *extra)
        error, depth, words, pointers = self._store.chain(
            leaf.handle, (each.handle for each in untrusted), at_us // 1_000_000
        )
        if error:
            return Chain(_verdict_of(error, depth), f"certificate {depth} of the chain: {words}")
        known = {each.handle.pointer: each for each in (*untrusted, *self.anchors, leaf)}
        chain = tuple(known[pointer] for pointer in pointers)
        return _weakness(chain) or self._of_lists(chain, at_us)

    def _of_lists(self, chain: tuple[Certificate, ...], at_us: int) -> Chain:
        """Of every certificate but the root."""
        found = [
            self._revocation(certificate, issuer, depth, at_us)
            for depth, (certificate, issuer) in enumerate(pairwise(chain))
        ]
        numbers = tuple(one.used.number for one in found if one.used)
        bad = [one for one in found if one.code]
        worst = min(bad, key=lambda one: WORST.index(one.code), default=Finding(""))
        if worst.code in REVOKED:
            return Chain(worst.code, worst.details, numbers=numbers)
        return Chain("ok", "; ".join(one.details for one in bad), worst.code, numbers)

    def _revocation(self, certificate: Certificate, issuer: Certificate, depth: int, at_us: int) -> Finding:
        """A list may be newer than the moment: whoever was revoked later had been good at it."""
        listed = self._lists.get(issuer.subject_name, [])
        mine = [each for each in listed if each.speaks_of(certificate, issuer, is_authority=depth > 0)]
        name = authority_name(issuer)
        if not mine:
            return Finding("crl_missing", f"no list of {name}")
        genuine = [each for each in mine if self._is_genuine(each, issuer)]
        if not genuine:
            return Finding("crl_invalid", f"the list of {name} is not signed by it", mine[0])
        newest = next((each for each in genuine if _still_tells(each, certificate)), None)
        if newest is None:
            return Finding("crl_missing", f"certificate {depth} had ended before any list of {name}")
        revoked_s = revoked_at(newest.handle, certificate.handle)
        if revoked_s is not None and revoked_s * 1_000_000 <= at_us:
            code = "issuer_revoked" if depth else "cert_revoked"
            return Finding(code, f"list {newest.number} of {name}: revoked at {revoked_s} s", newest)
        if newest.is_stale(at_us):
            return Finding("crl_expired", f"list {newest.number} of {name} was out of date", newest)
        return Finding("", used=newest)

    def _is_genuine(self, listed: Revoked, issuer: Certificate) -> bool:
        """Found out once, for lists can be large."""
        key = listed.sha256, issuer.thumbprint
        if key not in self._genuine:
            may = listed.is_strong and issuer.may_sign_lists
            self._genuine[key] = may and is_list_of(listed.handle, issuer.handle)
        return self._genuine[key]


def _still_tells(listed: Revoked, certificate: Certificate) -> bool:
    """Whoever was revoked leaves the lists when his certificate has ended: later ones say nothing of him (RFC 5280, 3.3)."""
    is_in_time = listed.since_s <= certificate.until_s
    return is_in_time or revoked_at(listed.handle, certificate.handle) is not None


def _verdict_of(error: int, depth: int) -> str:
    verdict = VERDICTS.get(error, "chain_invalid")
    return "issuer_expired" if verdict == "cert_expired" and depth else verdict


def _weakness(chain: tuple[Certificate, ...]) -> Chain | None:
    """A broken algorithm anywhere below the root, a short key anywhere."""
    for depth, certificate in enumerate(chain):
        if certificate is not chain[-1] and certificate.signed_by not in SIGNATURES:
            verdict = "weak_algorithm" if certificate.signed_by in WEAK else "unsupported_algorithm"
            return Chain(verdict, f"certificate {depth} of the chain is signed by {certificate.signed_by}")
        key = public_key(certificate.handle)
        if key is not None and key_bits(key) < LEAST_BITS.get(KEYS.get(certificate.key, ""), 0):
            return Chain("weak_algorithm", f"certificate {depth} of the chain has a short key")
    return None


def pem(text: bytes) -> Iterator[bytes]:
    """DER of every block. Raises ValueError."""
    text = text.replace(b"\r", b"")
    begin = text.find(b"-----BEGIN ")
    while begin >= 0:
        start, end = text.find(b"-----\n", begin + 11), text.find(b"-----END ", begin + 11)
        if not begin < start < end:
            raise ValueError(texts.PEM_CUT)
        try:
            yield b64decode(text[start + 6 : end])
        except NotBase64 as error:
            raise ValueError(texts.PEM_NO_BASE64) from error
        begin = text.find(b"-----BEGIN ", end)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a reader of the archive trusts himself, DER."""

    anchors: tuple[bytes, ...]
    between: tuple[bytes, ...]
    lists: tuple[bytes, ...]


def brought(folder: Path) -> Brought:
    """anchors.pem, and intermediates.pem, crls.pem if they are there. Raises OSError or ValueError."""
    if not (folder / ANCHORS).is_file():
        raise ValueError(texts.NO_ANCHORS)
    paths = (folder / ANCHORS, folder / INTERMEDIATES, folder / LISTS)
    found = Brought(*(tuple(pem(path.read_bytes())) if path.is_file() else () for path in paths))
    Trust(found.anchors, found.between, found.lists)  # says what cannot be read
    return found
