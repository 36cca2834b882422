"""HTTP of key carriers: who of a meeting was refused with another's carrier, and the organizer hands it to him with a reason."""

from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from app.accounts.access import seat_for
from app.accounts.api import Person
from app.accounts.cookie import Site, cookie_of, require_own_origin
from app.accounts.service import Accounts
from app.kernel.clock import millis
from app.kernel.errors import NotFound
from app.signatures.carriers import Carriers

MAX_BODY_BYTES = 8_192
Short = Annotated[str, Path(pattern=r"^[0-9a-f]{8}$", description="The number that refusals tell.")]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CarrierLine:
    """`name` was refused with the carrier; `holder` signs with it, null if he is not in this meeting."""

    carrier: str
    person: str
    name: str
    holder: str | None
    refused_at_ms: int


class Release(BaseModel):
    person: Annotated[str, Field(max_length=40, description="Who was refused and gets the carrier.")]
    reason: Annotated[str, Field(min_length=3, max_length=1000)]


def router(carriers: Carriers, accounts: Accounts, site: Site) -> APIRouter:
    """Routes below /api, for the organizer of the meeting."""
    routes = APIRouter(tags=["carriers"])

    @routes.get("/meetings/{meeting}/carriers")
    async def refused(meeting: str, person: Person, request: Request) -> tuple[CarrierLine, ...]:
        await seat_for(accounts, cookie_of(request, site), person, meeting, "organizer")
        return await lines(carriers, accounts, meeting)

    @routes.post(
        "/meetings/{meeting}/carriers/{short}/release", status_code=204, max_body_size=MAX_BODY_BYTES
    )
    async def release(meeting: str, short: Short, body: Release, person: Person, request: Request) -> None:
        """To somebody of this meeting who was refused with it; the record names the organizer."""
        require_own_origin(request, site)
        await seat_for(accounts, cookie_of(request, site), person, meeting, "organizer")
        people = await names(accounts, meeting)
        asked = (short, body.person)
        found = [each for each in await carriers.conflicts(people) if (each.short, each.person) == asked]
        if not found:
            raise NotFound
        await carriers.hand_over(found[0].carrier, body.person, f"{person} {meeting}", body.reason)
        log.info("carrier_released", carrier=short, given_to=body.person, officer=person, meeting=meeting)

    return routes


async def lines(carriers: Carriers, accounts: Accounts, meeting: str) -> tuple[CarrierLine, ...]:
    """The latest first."""
    people = await names(accounts, meeting)
    return tuple(
        CarrierLine(
            each.short,
            each.person,
            people[each.person],
            people.get(each.holder),
            millis(each.refused_at),
        )
        for each in await carriers.conflicts(people)
    )


async def names(accounts: Accounts, meeting: str) -> dict[str, str]:
    return {link.seat.person: link.seat.name for link in await accounts.links(meeting)}
