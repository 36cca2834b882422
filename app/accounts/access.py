"""The only way to a seat: whoever asks for a meeting is somebody in it, or the meeting is not there for him (404)."""

from app.accounts.model import Role, Seat
from app.accounts.service import Accounts
from app.kernel.errors import Forbidden, NotFound, SignInAgain


async def seat_for(accounts: Accounts, cookie: str | None, person: str, meeting: str, *roles: Role) -> Seat:
    """The seat of a person of this browser in the meeting; with `roles` given, one of them.

    Raises SignInAgain (no login), NotFound (no seat there: another's meeting does not exist for him), Forbidden
    (a seat, but its role may not do this).
    """
    seats = [
        seat for seat in await _seats(accounts, cookie) if seat.person == person and seat.meeting == meeting
    ]
    if not seats:
        raise NotFound
    fitting = [seat for seat in seats if not roles or seat.role in roles]
    if not fitting:
        raise Forbidden
    return fitting[0]


async def holder_for(accounts: Accounts, cookie: str | None, person: str) -> Seat:
    """A seat of this person in whatever meeting. Raises SignInAgain or NotFound."""
    for seat in await _seats(accounts, cookie):
        if seat.person == person:
            return seat
    raise NotFound


async def practitioner_for(accounts: Accounts, cookie: str | None, person: str | None = None) -> Seat:
    """The practitioner of this browser (the one named, else the first). Raises SignInAgain or Forbidden."""
    for seat in await _seats(accounts, cookie):
        if seat.role == "practitioner" and person in (None, seat.person):
            return seat
    raise Forbidden


async def login_for(accounts: Accounts, cookie: str | None, person: str, meeting: str) -> str:
    """The login's id for a ticket, if the person has a seat in the meeting. Raises as `seat_for`."""
    login, holds_seat = await accounts.login_at(cookie, person, meeting)
    if login is None:
        raise SignInAgain
    if not holds_seat:
        raise NotFound
    return login


async def _seats(accounts: Accounts, cookie: str | None) -> tuple[Seat, ...]:
    if await accounts.login_of(cookie) is None:
        raise SignInAgain
    return await accounts.seats(cookie)
