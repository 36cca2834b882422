"""Is this the signature of that content, by whom, and may one rely on it?

The order of checks is the order of the verdicts in `model.Verdict`: the first failure is the answer. A good signature
file is not the only one of its content: bytes that nobody signed (an extra certificate, say) may change and it stays
good, so store what was received and never use its hash as a key.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.kernel.logging import incident
from app.signatures.certificate import Certificate, read_certificate
from app.signatures.chain import judge_chain
from app.signatures.cms import (
    DATA,
    Cms,
    Signer,
    attribute_content_type,
    certificate_hash,
    is_indefinite,
    message_digest,
    read_cms,
    signing_time,
    unwrapped,
)
from app.signatures.der import NotDer
from app.signatures.libcrypto import libcrypto
from app.signatures.model import Algorithm, Policy, Result, Verdict
from app.signatures.oids import DIGESTS, KEYS, SIGNATURES, WEAK
from app.signatures.trust import TrustStore

MOST_EXTRA_CERTIFICATES = 8

log = structlog.get_logger(__name__)


class Failed(Exception):
    """The first check that failed."""

    def __init__(self, verdict: Verdict, detail: str = "") -> None:
        self.verdict = verdict
        self.detail = detail
        super().__init__(verdict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What `verify` was called with."""

    content: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    at: datetime
    policy: Policy
    trust: TrustStore


def verify(content: bytes, signature: bytes, *, at: datetime, policy: Policy, trust: TrustStore) -> Result:
    """`signature`: detached CAdES-BES, as DER, BER, PEM or base64; `at`: when it was received, aware. Never raises; thread safe."""
    asked = Asked(content, signature, at, policy, trust)
    blank = Result("ok", at, trust.version)
    known: dict[str, Any] = {}
    try:
        _examine(asked, known)
    except Failed as failed:
        known |= {"verdict": failed.verdict, "detail": failed.detail}
    except NotDer as fault:
        known |= {"verdict": "malformed", "detail": str(fault)}
    except Exception as error:  # the edge: foreign bytes may not end a worker
        incident(error, where="signature")
        known |= {"verdict": "internal_error", "detail": type(error).__name__}
    finally:
        libcrypto().forget_errors()
    return replace(blank, **known)


def _examine(asked: Asked, known: dict[str, Any]) -> None:
    """Every check in its order; what is found out goes into `known`."""
    cms = _structure(asked)
    signer = _one_signer(cms)
    known["algorithm"] = SIGNATURES.get(signer.signature_algorithm, (None, None))[0]
    algorithm, digest = _algorithms(signer)
    certificate, extra = _certificates(cms, signer)
    known |= _facts(certificate)
    signed = _signed_attributes(cms, signer)
    known["signing_time"] = signing_time(signer)
    _content(asked.content, signer, digest)
    _signature(certificate, signer, algorithm, digest, signed)
    _own_certificate(certificate, signer)
    _chain(asked, certificate, extra, known)
    _usage(certificate, asked.policy)
    _signing_time(asked, certificate, known["signing_time"])


def _structure(asked: Asked) -> Cms:
    if len(asked.signature) > asked.policy.max_signature_bytes:
        raise Failed("too_large", f"{len(asked.signature)} bytes")
    der = unwrapped(asked.signature)
    if is_indefinite(der):
        der = libcrypto().as_der(der) or b""
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


def _algorithms(signer: Signer) -> tuple[Algorithm, str]:
    """Of the key and of the digest, by libcrypto's name."""
    for named in (signer.digest, signer.signature_algorithm):
        if named in WEAK:
            raise Failed("weak_algorithm", named)
    if signer.digest not in DIGESTS or signer.signature_algorithm not in SIGNATURES:
        raise Failed("unsupported_algorithm", f"{signer.digest} with {signer.signature_algorithm}")
    algorithm, implied = SIGNATURES[signer.signature_algorithm]
    digest = DIGESTS[signer.digest]
    if implied not in (None, digest):
        raise Failed("unsupported_algorithm", f"{digest} with {signer.signature_algorithm}")
    if algorithm not in libcrypto().algorithms:
        raise Failed("unsupported_algorithm", f"{algorithm}: {libcrypto().missing}")
    return algorithm, digest


def _certificates(cms: Cms, signer: Signer) -> tuple[Certificate, tuple[Certificate, ...]]:
    """The signer's, and the others that came with it. What nobody asked for need not be readable."""
    readable = []
    for der in cms.certificates[: MOST_EXTRA_CERTIFICATES + 1]:
        try:
            readable.append(read_certificate(der))
        except NotDer as fault:
            log.info("certificate_of_a_signature_unreadable", why=str(fault))
    mine = next((each for each in readable if _is_named(each, signer)), None)
    if mine is None:
        raise Failed("no_certificate")
    return mine, tuple(each for each in readable if each is not mine)


def _is_named(certificate: Certificate, signer: Signer) -> bool:
    if signer.key_id is not None:
        return certificate.key_id == signer.key_id
    return (certificate.issuer, certificate.serial) == (signer.issuer, signer.serial)


def _facts(certificate: Certificate) -> dict[str, Any]:
    return {
        "owner": certificate.owner,
        "issuer": certificate.issuer_name,
        "serial": certificate.serial.lstrip(b"\0").hex() or "00",
        "thumbprint": certificate.thumbprint,
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
    }


def _signed_attributes(cms: Cms, signer: Signer) -> bytes:
    if signer.signed is None:
        raise Failed("no_signed_attributes")
    if not cms.content_type == attribute_content_type(signer) == DATA:
        raise NotDer("the signed type of content is another than that of the file")
    return signer.signed


def _content(content: bytes, signer: Signer, digest: str) -> None:
    if libcrypto().digest(digest, content) != message_digest(signer):
        raise Failed("content_mismatch")


def _signature(
    certificate: Certificate, signer: Signer, algorithm: Algorithm, digest: str, signed: bytes
) -> None:
    key = libcrypto().public_key(certificate.handle)
    if key is None:
        raise Failed("unsupported_algorithm", f"key of the certificate: {certificate.key_algorithm}")
    if KEYS.get(certificate.key_algorithm) != algorithm:
        raise Failed("bad_signature", f"the certificate has a key of {certificate.key_algorithm}")
    if not libcrypto().is_signature(key, digest, signer.signature, signed):
        raise Failed("bad_signature")


def _own_certificate(certificate: Certificate, signer: Signer) -> None:
    """The signer signed which certificate is meant (CAdES): nobody can put another one of the same key in its place."""
    said = certificate_hash(signer)
    if said is None or said.digest not in DIGESTS:
        raise Failed(
            "signing_certificate_mismatch", "no signingCertificateV2" if said is None else said.digest
        )
    if libcrypto().digest(DIGESTS[said.digest], certificate.der) != said.value:
        raise Failed("signing_certificate_mismatch", "hash")
    if said.serial is not None and (said.issuer, said.serial) != (certificate.issuer, certificate.serial):
        raise Failed("signing_certificate_mismatch", "issuer and serial")


def _chain(
    asked: Asked, certificate: Certificate, extra: tuple[Certificate, ...], known: dict[str, Any]
) -> None:
    found = judge_chain(certificate, extra, at=asked.at, crl=asked.policy.crl, trust=asked.trust)
    known |= {"revocation": found.revocation, "crls": found.crls, "detail": found.detail}
    if found.verdict != "ok":
        raise Failed(found.verdict, found.detail)


def _usage(certificate: Certificate, policy: Policy) -> None:
    if not certificate.may_sign:
        raise Failed("key_usage")
    if policy.qualified and not certificate.is_marked_qualified:
        raise Failed("not_qualified")


def _signing_time(asked: Asked, certificate: Certificate, said: datetime | None) -> None:
    """The signer's clock: a second line against replay, never the moment that counts."""
    age = asked.policy.max_age
    if age is None:
        return
    if said is None:
        raise Failed("signing_time", "absent")
    ahead: timedelta = said - asked.at
    if not -age <= ahead <= asked.policy.max_skew:
        raise Failed("signing_time", f"{said} seen at {asked.at}")
    if not certificate.not_before <= said <= certificate.not_after:
        raise Failed("signing_time", f"{said} outside the certificate's validity")
