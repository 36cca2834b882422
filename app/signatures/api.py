"""HTTP of signing: what this server offers to those who sign, and the boxes of handoffs."""

import base64
import binascii
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from app.accounts.access import holder_for
from app.accounts.api import Person
from app.accounts.attempts import Attempts
from app.accounts.cookie import Site, cookie_of, require_own_origin
from app.accounts.service import Accounts
from app.kernel.clock import Clock, millis
from app.kernel.errors import Malformed, NotFound, TooLarge
from app.signatures.handoff import ANSWER_BYTES, LETTER_BYTES, Handoffs
from app.signatures.model import Algorithm

Box = Annotated[
    str, Path(pattern=r"^[0-9a-f]{32}$", description="Comes from the key, which stays with the person.")
]
MAX_LETTER_BODY, MAX_ANSWER_BODY = 140_000, 710_000
"""Bytes: what may be in it as base64, and its envelope."""


@dataclass(frozen=True, slots=True)
class Offer:
    """`demo`: the server issues demonstration certificates; `plugin`: it serves the vendor's script of the plug-in.

    `missing`: algorithms that this worker does not verify.
    """

    demo: bool
    plugin: bool
    missing: tuple[Algorithm, ...] = ()


class Letter(BaseModel):
    letter: Annotated[str, Field(min_length=1, description="Base64 of ciphertext.", repr=False)]


class Answer(BaseModel):
    answer: Annotated[str, Field(min_length=1, description="Base64 of ciphertext.", repr=False)]


@dataclass(frozen=True, slots=True)
class Opened:
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class LetterFound:
    letter: str


@dataclass(frozen=True, slots=True)
class AnswerFound:
    """`answer` is null while there is none."""

    answer: str | None


def router(handoffs: Handoffs, accounts: Accounts, site: Site, clock: Clock, offer: Offer) -> APIRouter:
    """Routes below /api. The telephone is signed in; the computer knows the name of the box and no more."""
    routes = APIRouter(tags=["signing"])
    attempts = Attempts()

    async def must_be_here(request: Request, person: str) -> None:
        await holder_for(accounts, cookie_of(request, site), person)

    async def found_by(request: Request, asked: Awaitable[bytes]) -> bytes:
        """Slows down who guesses; a good name opens also behind an address from which somebody does."""
        address = request.client.host if request.client else ""
        try:
            return await asked
        except NotFound:
            attempts.check(address, clock())
            attempts.failed(address, clock())
            raise

    @routes.get("/signing")
    async def signing() -> Offer:
        return offer

    @routes.put("/handoffs/{box}", status_code=201, max_body_size=MAX_LETTER_BODY)
    async def put(box: Box, body: Letter, person: Person, request: Request) -> Opened:
        require_own_origin(request, site)
        await must_be_here(request, person)
        expires_at = await handoffs.put(person, box, decoded(body.letter, LETTER_BYTES))
        return Opened(millis(expires_at))

    @routes.get("/handoffs/{box}/answer")
    async def answer(box: Box, person: Person, request: Request) -> AnswerFound:
        await must_be_here(request, person)
        found = await handoffs.answer(person, box)
        return AnswerFound(None if found is None else base64.b64encode(found).decode())

    @routes.delete("/handoffs/{box}", status_code=204)
    async def remove(box: Box, person: Person, request: Request) -> None:
        require_own_origin(request, site)
        await must_be_here(request, person)
        await handoffs.remove(person, box)

    @routes.get("/handoffs/{box}/letter")
    async def letter(box: Box, request: Request) -> LetterFound:
        found = await found_by(request, handoffs.letter(box))
        return LetterFound(base64.b64encode(found).decode())

    @routes.post("/handoffs/{box}/answer", status_code=204, max_body_size=MAX_ANSWER_BODY)
    async def give(box: Box, body: Answer, request: Request) -> None:
        """Nothing is decoded or written for a name that is not there."""
        require_own_origin(request, site)
        await found_by(request, handoffs.letter(box))
        await handoffs.give(box, decoded(body.answer, ANSWER_BYTES))

    return routes


def decoded(text: str, limit: int) -> bytes:
    """Raises Malformed or TooLarge."""
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed from error
    if len(body) > limit:
        raise TooLarge
    return body
