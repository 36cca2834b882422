"""What a verification is asked and what it answers; knows nothing of libraries, files or meetings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Verdict = Literal[
    "ok",
    "too_large",
    "malformed",
    "not_detached",
    "no_signer",
    "multiple_signers",
    "weak_algorithm",
    "unsupported_algorithm",
    "no_certificate",
    "no_signed_attributes",
    "content_mismatch",
    "bad_signature",
    "signing_certificate_mismatch",
    "untrusted_issuer",
    "chain_invalid",
    "cert_not_yet_valid",
    "cert_expired",
    "issuer_expired",
    "cert_revoked",
    "issuer_revoked",
    "crl_missing",
    "crl_expired",
    "crl_invalid",
    "key_usage",
    "not_qualified",
    "signing_time",
    "internal_error",
]
"""Stable codes in the order in which they are looked for; the first failure wins."""

Algorithm = Literal["rsa", "ecdsa", "gost2012_256", "gost2012_512"]
Revocation = Literal["checked", "deferred", "off"]
CrlPolicy = Literal["strict", "grace", "off"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as a good signature.

    `crl`: strict refuses when a list of revoked certificates is missing or out of date; grace takes the signature and
    says that its revocation is still to be looked at; off never looks. `max_age` None leaves the signer's own clock
    alone. `qualified` asks for the marks of a qualified certificate (63-ФЗ, art. 17).
    """

    max_signature_bytes: int = 256 * 1024
    crl: CrlPolicy = "strict"
    max_age: timedelta | None = timedelta(hours=24)
    max_skew: timedelta = timedelta(minutes=5)
    qualified: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Owner:
    """The subject of a certificate; a field that it does not have is empty. ИНН of a person and of an organization differ."""

    common_name: str = ""
    surname: str = ""
    given_name: str = ""
    snils: str = ""
    inn: str = ""
    inn_le: str = ""
    ogrn: str = ""
    ogrnip: str = ""
    organization: str = ""
    title: str = ""

    def __repr__(self) -> str:
        return "Owner(***)"


@dataclass(frozen=True, slots=True)
class CrlUsed:
    """A list of revoked certificates that was looked at: whose, its number (empty if it has none), its date, its hash."""

    issuer: str
    number: str
    this_update: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one signature. What could not be read before the first failure is None or empty.

    `detail` is for logs and experts (English, of the library); `issuer` is the authority's name; `serial` and
    `thumbprint` (SHA-256 of the certificate) are lower-case hex; `signing_time` is the signer's word only.
    """

    verdict: Verdict
    checked_at: datetime
    trust_version: str
    detail: str = ""
    owner: Owner | None = None
    issuer: str = ""
    serial: str = ""
    thumbprint: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    signing_time: datetime | None = None
    algorithm: Algorithm | None = None
    revocation: Revocation = "off"
    crls: tuple[CrlUsed, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.verdict == "ok"

    @property
    def crl_numbers(self) -> tuple[str, ...]:
        """Numbers of the lists that were looked at, from the signer's authority upwards."""
        return tuple(crl.number for crl in self.crls)
