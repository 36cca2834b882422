"""HTTP of the demonstration authority: a certificate for whoever is signed in, named as the server knows him."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from app.accounts.access import holder_for
from app.accounts.api import Person
from app.accounts.cookie import Site, cookie_of, require_own_origin
from app.accounts.model import Contact
from app.accounts.service import Accounts
from app.kernel.allowance import Allowance
from app.kernel.clock import Clock
from app.kernel.errors import NotFound
from app.signatures.demo_ca import DemoAuthority
from app.signatures.model import Owner
from app.signatures.refusals import BadRequestForCertificate, TooManyCertificates

MAX_BODY_BYTES = 8_192
HOUR_US = 3_600_000_000
ISSUED_AN_HOUR = 20


class CertificateRequest(BaseModel):
    """PKCS #10 in DER, base64."""

    csr: Annotated[str, Field(min_length=1, max_length=6_000)]


@dataclass(frozen=True, slots=True)
class CertificateAnswer:
    """Base64 of DER; `chain` begins with who issued the certificate."""

    certificate: str
    chain: tuple[str, ...]


def router(authority: DemoAuthority | None, accounts: Accounts, site: Site, clock: Clock) -> APIRouter:
    """Routes below /api; not found where the server runs without its demonstration authority."""
    routes = APIRouter(tags=["demo"])
    issuing = Allowance(ISSUED_AN_HOUR, HOUR_US)

    @routes.post("/demo/certificates", max_body_size=MAX_BODY_BYTES)
    async def issue(body: CertificateRequest, person: Person, request: Request) -> CertificateAnswer:
        """The subject is what the server knows of the person; of the request only the key is taken."""
        require_own_origin(request, site)
        if authority is None:
            raise NotFound
        seat = await holder_for(accounts, cookie_of(request, site), person)
        now = clock()
        if issuing.take(person, now):
            raise TooManyCertificates
        at = datetime.fromtimestamp(now // 1_000_000, UTC)
        issued = authority.issue(_der(body.csr), owner_of(seat.contact), at)
        chain = tuple(b64encode(each).decode() for each in issued.chain)
        return CertificateAnswer(b64encode(issued.certificate).decode(), chain)

    return routes


def owner_of(contact: Contact) -> Owner:
    """ИНН of ten digits is an organization's, of twelve a person's. Who speaks without either is a person by his name."""
    surname, _, given = contact.name.partition(" ")
    inn = contact.inn or ""
    if len(inn) == 10:
        return Owner(common_name=contact.name, organization=contact.name, inn_le=inn)
    return Owner(
        common_name=contact.name,
        surname=surname,
        given_name=given,
        snils="".join(filter(str.isdigit, contact.snils or "")),
        inn=inn,
    )


def _der(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise BadRequestForCertificate from error
