"""Is this the signature of these bytes, by whom, and could one rely on it then? The checks of the server, made again.

The order of the checks is that of the server's verdicts: the first failure is the answer.
"""

from dataclasses import dataclass, replace
from typing import Any

from verifier.algorithms import DIGESTS, GOST, KEYS, SIGNATURES, WEAK, is_gost
from verifier.certificate import Certificate, read_certificate
from verifier.cms import (
    DATA,
    Cms,
    Signer,
    meant,
    message_digest,
    read_cms,
    signed_type,
    signing_time,
    unwrapped,
)
from verifier.der import NotDer
from verifier.libcrypto import as_der, digest_of, forget_errors, has_gost, is_signature, public_key
from verifier.trust import Trust

MOST_BYTES = 256 * 1024
MOST_EXTRA = 8
INDEFINITE = b"\x80"
SECOND = 1_000_000
MAX_AGE, MAX_SKEW = 24 * 3600 * SECOND, 300 * SECOND
BEYOND = frozenset({"unsupported_algorithm", "untrusted_issuer", "chain_invalid"})
"""What a certificate of GOST looks like where OpenSSL knows no GOST."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`is_strict`: a list that is missing, old or forged is a failure; `by_clock`: the signer's own clock is looked at."""

    at_us: int
    is_qualified: bool = False
    is_strict: bool = False
    by_clock: bool = True


@dataclass(frozen=True, slots=True)
class Signature:
    """`verdict` is a key of `texts.VERDICTS`; `doubt` says why revocation could not be looked at, "" if it was.

    `is_beyond`: it needs GOST, and this machine has none; nothing is known then.
    """

    verdict: str = "ok"
    details: str = ""
    certificate: Certificate | None = None
    doubt: str = ""
    numbers: tuple[str, ...] = ()
    is_beyond: bool = False


class Failed(Exception):
    """The first check that failed."""

    def __init__(self, verdict: str, details: str = "") -> None:
        self.verdict, self.details = verdict, details
        super().__init__(verdict)


def examine(content: bytes, signature: bytes, asked: Asked, trust: Trust) -> Signature:
    """A detached signature of one signer, at the moment when it was received. Never raises for odd bytes."""
    facts: dict[str, Any] = {}
    try:
        _examine(content, signature, asked, trust, facts)
    except Failed as failed:
        facts.update(verdict=failed.verdict, details=failed.details)
    except NotDer as fault:
        facts.update(verdict="malformed", details=str(fault))
    finally:
        forget_errors()
    found = Signature(**facts)
    is_beyond = found.verdict in BEYOND and GOST in signature and not has_gost()
    return replace(found, is_beyond=is_beyond)


def _examine(content: bytes, signature: bytes, asked: Asked, trust: Trust, facts: dict[str, Any]) -> None:
    cms = _structure(signature)
    signer = _one_signer(cms)
    key_kind, digest = _algorithms(signer)
    certificate, extra = _certificates(cms, signer)
    facts["certificate"] = certificate
    signed = _signed_attributes(cms, signer)
    said_s = signing_time(signer)
    if digest_of(digest, content) != message_digest(signer):
        raise Failed("content_mismatch")
    _must_be_signed(certificate, signer, key_kind, digest, signed)
    _must_be_meant(certificate, signer)
    _must_be_trusted(certificate, extra, asked, trust, facts)
    if not certificate.may_sign:
        raise Failed("key_usage")
    if asked.is_qualified and not certificate.is_marked_qualified:
        raise Failed("not_qualified")
    if asked.by_clock:
        _must_be_of_the_time(asked, certificate, said_s)


def _structure(signature: bytes) -> Cms:
    if len(signature) > MOST_BYTES:
        raise Failed("too_large", f"{len(signature)} bytes")
    der = unwrapped(signature)
    if der[1:2] == INDEFINITE:  # as programs write it that sign on the way
        der = as_der(der) or b""
    cms = read_cms(der)
    if not cms.is_detached:
        raise Failed("not_detached")
    return cms


def _one_signer(cms: Cms) -> Signer:
    if not cms.signers:
        raise Failed("no_signer")
    if len(cms.signers) > 1:
        raise Failed("multiple_signers", f"{len(cms.signers)} signers")
    return cms.signers[0]


def _algorithms(signer: Signer) -> tuple[str, str]:
    """Of the key and of the digest."""
    for named in (signer.digest, signer.algorithm):
        if named in WEAK:
            raise Failed("weak_algorithm", named)
    digest = DIGESTS.get(signer.digest)
    kind, implied = SIGNATURES.get(signer.algorithm, (None, None))
    if digest is None or kind is None or implied not in (None, digest):
        raise Failed("unsupported_algorithm", f"{signer.digest} with {signer.algorithm}")
    if is_gost(kind) and not has_gost():
        raise Failed("unsupported_algorithm", kind)
    return kind, digest


def _certificates(cms: Cms, signer: Signer) -> tuple[Certificate, tuple[Certificate, ...]]:
    """The signer's, and the others that came with it; what nobody asked for need not be readable."""
    readable = []
    for der in cms.certificates[: MOST_EXTRA + 1]:
        try:
            readable.append(read_certificate(der))
        except NotDer:
            continue
    mine = next((each for each in readable if _is_named(each, signer)), None)
    if mine is None:
        raise Failed("no_certificate")
    return mine, tuple(each for each in readable if each is not mine)


def _is_named(certificate: Certificate, signer: Signer) -> bool:
    if signer.key_id is not None:
        return certificate.key_id == signer.key_id
    return (certificate.issuer_name, certificate.number) == signer.names


def _signed_attributes(cms: Cms, signer: Signer) -> bytes:
    if signer.signed is None:
        raise Failed("no_signed_attributes")
    if not cms.content_type == signed_type(signer) == DATA:
        raise NotDer("the signed type of content is another than that of the file")
    return signer.signed


def _must_be_signed(certificate: Certificate, signer: Signer, kind: str, digest: str, signed: bytes) -> None:
    key = public_key(certificate.handle)
    if key is None:
        raise Failed("unsupported_algorithm", f"key of the certificate: {certificate.key}")
    if KEYS.get(certificate.key) != kind:
        raise Failed("bad_signature", f"the certificate has a key of {certificate.key}")
    if not is_signature(key, digest, signer.signature, signed):
        raise Failed("bad_signature")


def _must_be_meant(certificate: Certificate, signer: Signer) -> None:
    """The signer signed which certificate is his: nobody can put another one of the same key in its place."""
    said = meant(signer)
    if said is None or said.digest not in DIGESTS:
        raise Failed("signing_certificate_mismatch", "no signingCertificateV2")
    if digest_of(DIGESTS[said.digest], certificate.der) != said.value:
        raise Failed("signing_certificate_mismatch", "hash")
    if said.names is not None and said.names != (certificate.issuer_name, certificate.number):
        raise Failed("signing_certificate_mismatch", "issuer and serial")


def _must_be_trusted(
    certificate: Certificate,
    extra: tuple[Certificate, ...],
    asked: Asked,
    trust: Trust,
    facts: dict[str, Any],
) -> None:
    chain = trust.judge(certificate, extra, asked.at_us)
    facts.update(details=chain.details, doubt=chain.doubt, numbers=chain.numbers)
    if chain.verdict != "ok":
        raise Failed(chain.verdict, chain.details)
    if chain.doubt and asked.is_strict:
        raise Failed(chain.doubt, chain.details)


def _must_be_of_the_time(asked: Asked, certificate: Certificate, said_s: int | None) -> None:
    """The signer's clock: a second line against replay, never the moment that counts."""
    if said_s is None:
        raise Failed("signing_time", "absent")
    if not -MAX_AGE <= said_s * SECOND - asked.at_us <= MAX_SKEW:
        raise Failed("signing_time", f"{said_s} s seen at {asked.at_us} us")
    if not certificate.since_s <= said_s <= certificate.until_s:
        raise Failed("signing_time", f"{said_s} s outside the certificate's validity")
