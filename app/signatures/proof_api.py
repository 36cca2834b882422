"""HTTP of proofs: whoever is signed in signs a challenge of this server, and is told what his certificate is worth here."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from app.accounts.access import holder_for
from app.accounts.api import Person
from app.accounts.cookie import Site, cookie_of, require_own_origin
from app.accounts.model import Contact, Seat
from app.accounts.service import Accounts
from app.kernel.allowance import Allowance
from app.kernel.clock import Clock, millis
from app.signatures.api import decoded
from app.signatures.challenge import LIFETIME_US, LONGEST_BYTES, Challenges, Proof
from app.signatures.identity import Claimed, IdentityVerdict
from app.signatures.model import Revocation, Verdict
from app.signatures.refusals import TooManyProofs

PURPOSE = "check"
ASKED, ASKED_US = 40, 600_000_000
"""Challenges and proofs of one person together, in ten minutes."""
SIGNATURE_BYTES = 32_768
MAX_BODY_BYTES = 50_000


@dataclass(frozen=True, slots=True)
class ChallengeAnswer:
    """`challenge`: base64 of the bytes to sign as they are, detached."""

    challenge: str
    expires_at_ms: int


class ProofGiven(BaseModel):
    """Both in base64: the bytes that were signed, and the CMS over them in DER."""

    challenge: Annotated[str, Field(min_length=1, max_length=2 * LONGEST_BYTES)]
    signature: Annotated[str, Field(min_length=1, repr=False)]


@dataclass(frozen=True, slots=True)
class ProofAnswer:
    """`good`: the key of a good certificate is held by whom the account knows. `owner_match` is null without a good one.

    `needs_review`: an equal СНИЛС with another name, a person decides.
    """

    good: bool
    verdict: Verdict
    owner_match: IdentityVerdict | None
    needs_review: bool
    revocation: Revocation
    not_after_ms: int | None


def router(challenges: Challenges, accounts: Accounts, site: Site, clock: Clock) -> APIRouter:
    """Routes below /api."""
    routes = APIRouter(tags=["signing"])
    allowance = Allowance(ASKED, ASKED_US)

    async def asking(request: Request, person: str) -> Seat:
        require_own_origin(request, site)
        seat = await holder_for(accounts, cookie_of(request, site), person)
        if wait_us := allowance.take(person, clock()):
            raise TooManyProofs(details={"retry_after_s": wait_us // 1_000_000 + 1})
        return seat

    @routes.post("/signature/challenges")
    async def challenge(person: Person, request: Request) -> ChallengeAnswer:
        await asking(request, person)
        content = challenges.issue(person, PURPOSE)
        return ChallengeAnswer(b64encode(content).decode(), millis(clock() + LIFETIME_US))

    @routes.post("/signature/proofs", max_body_size=MAX_BODY_BYTES)
    async def proof(body: ProofGiven, person: Person, request: Request) -> ProofAnswer:
        seat = await asking(request, person)
        content, cms = decoded(body.challenge, LONGEST_BYTES), decoded(body.signature, SIGNATURE_BYTES)
        claimed = claimed_by(seat.contact)
        return told(await challenges.prove(content, cms, person=person, purpose=PURPOSE, claimed=claimed))

    return routes


def claimed_by(contact: Contact) -> Claimed:
    return Claimed(contact.name, contact.snils or "", contact.inn or "")


def told(proof: Proof) -> ProofAnswer:
    result, identity = proof.result, proof.identity
    return ProofAnswer(
        good=proof.is_good,
        verdict=result.verdict,
        owner_match=identity.verdict if identity else None,
        needs_review=identity.needs_review if identity else False,
        revocation=result.revocation,
        not_after_ms=int(result.not_after.timestamp() * 1000) if result.not_after else None,
    )
