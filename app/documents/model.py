"""The words of documents: what is stored and never changes, who signed it, what a stamp shows."""

from dataclasses import dataclass, field
from datetime import datetime

from app.kernel.clock import Micros
from app.signatures.certificate import Certificate
from app.signatures.model import Owner, Result
from app.signatures.texts import DEMO_ISSUER


@dataclass(frozen=True, slots=True, repr=False)
class Stamp:
    """What the blue stamp shows of a certificate: its number (hex), its owner, its term; is it a demonstration."""

    serial: str
    owner: str
    not_before: datetime
    not_after: datetime
    is_demo: bool = False

    def __repr__(self) -> str:
        return f"Stamp({self.serial}, ***)"


@dataclass(frozen=True, slots=True)
class Document:
    """A stored file. Of one `subject` there is one document of a `kind`; `stamp` is drawn in it, if there is one."""

    id: str
    subject: str
    kind: str
    sha256: str
    pages: int
    made_at: Micros
    stamp: Stamp | None
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signature:
    """A verified detached signature over the bytes of a document, kept as it came; by which version of trust."""

    thumbprint: str
    stamp: Stamp
    revocation: str
    trust_version: str
    received_at: Micros
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issued:
    """What is told of a stored file without its bytes."""

    id: str
    sha256: str


def owner_name(owner: Owner) -> str:
    """The person who signs; of an organization's certificate the organization first.

    Without a person in it the common name is the organization again, perhaps cut to the 64 bytes that there are.
    """
    person = f"{owner.surname} {owner.given_name}".strip() or owner.common_name
    if owner.organization and not owner.organization.startswith(person):
        return f"{owner.organization}, {person}"
    return owner.organization or person


def stamp_of(result: Result) -> Stamp:
    """Of the certificate in a verified signature. Raises LookupError when nothing was read of it."""
    if result.owner is None or result.not_before is None or result.not_after is None:
        raise LookupError("no certificate was read")
    owner, is_demo = owner_name(result.owner), result.issuer == DEMO_ISSUER
    return Stamp(result.serial, owner, result.not_before, result.not_after, is_demo)


def stamp_of_certificate(certificate: Certificate) -> Stamp:
    """Of a chosen certificate, before anything is signed: the same words as of a signature by it."""
    serial = certificate.serial.lstrip(b"\0").hex() or "00"
    owner, is_demo = owner_name(certificate.owner), certificate.issuer_name == DEMO_ISSUER
    return Stamp(serial, owner, certificate.not_before, certificate.not_after, is_demo)
