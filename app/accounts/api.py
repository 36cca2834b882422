"""HTTP of accounts: a link's token becomes a session, a session gives tickets for the websocket."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from app.accounts.access import login_for
from app.accounts.attempts import Attempts
from app.accounts.cookie import Site, clear_cookie, cookie_of, require_own_origin, set_cookie
from app.accounts.model import Role, Seat
from app.accounts.refusals import LinkRefused
from app.accounts.service import Accounts
from app.kernel.clock import Clock

Person = Annotated[str, Query(alias="p", min_length=1, max_length=40)]


MAX_BODY_BYTES = 4_096


class Token(BaseModel):
    token: Annotated[str, Field(min_length=1, max_length=200, repr=False)]


@dataclass(frozen=True, slots=True)
class SeatAnswer:
    """`page` is where this seat works."""

    meeting: str | None
    person: str
    role: Role
    name: str
    page: str


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    seats: tuple[SeatAnswer, ...]


@dataclass(frozen=True, slots=True)
class TicketAnswer:
    ticket: str
    topic: str


def router(accounts: Accounts, site: Site, clock: Clock) -> APIRouter:
    """Routes below /api."""
    routes = APIRouter(tags=["accounts"])
    attempts = Attempts()

    @routes.post("/session", max_body_size=MAX_BODY_BYTES)
    async def sign_in(body: Token, request: Request, response: Response) -> SeatAnswer:
        require_own_origin(request, site)
        address = request.client.host if request.client else ""
        try:
            signed_in = await accounts.sign_in(body.token, cookie_of(request, site))
        except LinkRefused:  # a good link opens also behind an address from which somebody guesses
            attempts.check(address, clock())
            attempts.failed(address, clock())
            raise
        if signed_in.cookie is not None:
            set_cookie(response, site, signed_in.cookie)
        return seat_answer(signed_in.seat)

    @routes.get("/session")
    async def session(request: Request) -> SessionAnswer:
        seats = await accounts.seats(cookie_of(request, site))
        return SessionAnswer(tuple(seat_answer(seat) for seat in seats))

    @routes.delete("/session", status_code=204)
    async def sign_out(request: Request) -> Response:
        require_own_origin(request, site)
        cookie = cookie_of(request, site)
        if cookie is not None:
            await accounts.sign_out(cookie)
        response = Response(status_code=204)
        clear_cookie(response, site)
        return response

    @routes.post("/meetings/{meeting}/ticket")
    async def ticket(meeting: str, person: Person, request: Request) -> TicketAnswer:
        require_own_origin(request, site)
        login = await login_for(accounts, cookie_of(request, site), person, meeting)
        topic = f"meeting:{meeting}"
        return TicketAnswer(accounts.issue_ticket(login, person, topic), topic)

    return routes


def seat_answer(seat: Seat) -> SeatAnswer:
    return SeatAnswer(seat.meeting, seat.person, seat.role, seat.name, seat.page)
