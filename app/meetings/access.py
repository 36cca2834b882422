"""The only way to a meeting over HTTP: by a seat in it; somebody else's meeting is not there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request

from app.accounts.access import practitioner_for, seat_for
from app.accounts.cookie import Site, cookie_of
from app.accounts.model import Role, Seat
from app.accounts.service import Accounts
from app.kernel.errors import NotFound
from app.meetings.archive import Edition
from app.meetings.importing.instructions import Principals
from app.meetings.ports import Meetings
from app.meetings.refusals import ArchiveNotReady, MinutesNotReady
from app.meetings.view_types import LeakView, MeetingView, MyBallot, TableView, TrustOutlook, UncheckedView

_STAFF: tuple[Role, ...] = ("organizer", "registrar")
_NAMED: tuple[Role, ...] = (*_STAFF, "participant", "observer")
_OVER = ("ended", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Access:
    """Every function takes the request and raises SignInAgain, NotFound or Forbidden before it reads a row."""

    accounts: Accounts
    site: Site
    meetings: Meetings

    async def practitioner(self, request: Request, person: str | None = None) -> Seat:
        return await practitioner_for(self.accounts, cookie_of(request, self.site), person)

    async def organizer(self, request: Request, person: str, meeting: str) -> Seat:
        return await self._seat(request, person, meeting, "organizer")

    async def named(self, request: Request, person: str, meeting: str) -> Seat:
        """Whoever takes part by name: everybody but a projector."""
        return await self._seat(request, person, meeting, *_NAMED)

    async def participant(self, request: Request, person: str, meeting: str) -> Seat:
        return await self._seat(request, person, meeting, "participant")

    async def meeting(self, request: Request, person: str, meeting: str) -> MeetingView:
        await self._seat(request, person, meeting)
        return _found(await self.meetings.meeting_for(meeting, person))

    async def table(self, request: Request, person: str, meeting: str, voting: int) -> TableView:
        """A projector has no table by name."""
        await self._seat(request, person, meeting, *_NAMED)
        return _found(await self.meetings.table_for(meeting, person, voting))

    async def leak(self, request: Request, person: str, meeting: str, question: str) -> LeakView:
        await self._seat(request, person, meeting, "organizer")
        return _found(await self.meetings.leak_for(meeting, question))

    async def unchecked(self, request: Request, person: str, meeting: str) -> UncheckedView:
        await self._seat(request, person, meeting, "organizer")
        return await self.meetings.unchecked_for(meeting)

    async def trust(self, request: Request, person: str, meeting: str) -> TrustOutlook:
        await self._seat(request, person, meeting, "organizer")
        return await self.meetings.trust_for(meeting)

    async def recount(self, request: Request, person: str, meeting: str, voting: int) -> Mapping[str, Any]:
        await self._seat(request, person, meeting, *_NAMED)
        return _found(await self.meetings.recount_for(meeting, person, voting))

    async def receipts(self, request: Request, person: str, meeting: str) -> tuple[MyBallot, ...]:
        await self._seat(request, person, meeting, "participant")
        return await self.meetings.receipts_for(meeting, person)

    async def principals(self, request: Request, person: str, meeting: str) -> Principals:
        await self._seat(request, person, meeting, "participant")
        return _found(await self.meetings.principals_for(meeting, person))

    async def archive(self, request: Request, person: str, meeting: str, edition: Edition, out: Path) -> None:
        """When it is over; the full edition for staff. Raises ArchiveNotReady."""
        roles = _STAFF if edition == "full" else _NAMED
        await self._seat(request, person, meeting, *roles)
        if not await self.meetings.archive_for(meeting, person, edition, out):
            raise ArchiveNotReady

    async def reads_minutes(self, request: Request, person: str, meeting: str) -> None:
        """Staff also while the meeting runs (a draft), others when it is over. Raises MinutesNotReady."""
        seat = await self._seat(request, person, meeting, *_NAMED)
        if seat.role not in _STAFF:
            view = _found(await self.meetings.meeting_for(meeting, person))
            if view.status not in _OVER:
                raise MinutesNotReady

    async def _seat(self, request: Request, person: str, meeting: str, *roles: Role) -> Seat:
        return await seat_for(self.accounts, cookie_of(request, self.site), person, meeting, *roles)


T = TypeVar("T")


def _found(value: T | None) -> T:
    if value is None:
        raise NotFound
    return value
