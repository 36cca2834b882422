"""HTTP of signing by a code: a participant asks for one under his ballots, which stay with him."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from app.accounts.api import Person
from app.accounts.cookie import require_own_origin
from app.meetings.access import Access
from app.meetings.codes import MeetingCodes, SentCode
from app.meetings.commands import BALLOTS

Voting = Annotated[int, Path(ge=1, le=1_000_000)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
MAX_BODY_BYTES = 4_096


class Hashes(BaseModel):
    """SHA-256 of the bytes of each ballot of one command `cast`."""

    ballots: Annotated[list[Hash], Field(min_length=1, max_length=BALLOTS)]


def api(access: Access, codes: MeetingCodes) -> APIRouter:
    """Routes below /api."""
    routes = APIRouter(tags=["signing"])

    @routes.post("/meetings/{meeting}/votings/{voting}/code", status_code=201, max_body_size=MAX_BODY_BYTES)
    async def send(meeting: str, voting: Voting, body: Hashes, person: Person, request: Request) -> SentCode:
        """An SMS to the telephone in the record of the meeting; the command `cast` then carries its code."""
        require_own_origin(request, access.site)
        await access.participant(request, person, meeting)
        return await codes.send(meeting, person, voting, tuple(body.ballots))

    return routes
