"""HTTP of meetings: dry runs, founding, access links, tables, receipts, minutes."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.background import BackgroundTask

from app.accounts.api import Person
from app.accounts.cookie import require_own_origin
from app.accounts.model import Link, Role
from app.kernel.canonical import canonical
from app.meetings.access import Access
from app.meetings.archive import Edition
from app.meetings.draft import SignaturePolicy
from app.meetings.importing import instructions, limits
from app.meetings.importing.dry_run import AgendaReport, RegisterReport
from app.meetings.importing.instructions import InstructionsReport
from app.meetings.links import printout, sheet
from app.meetings.new_meeting import AT_ONCE, NewMeetings
from app.meetings.turns import Turns
from app.meetings.uploads import Upload

Voting = Annotated[int, Path(ge=1, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """`page` is the organizer's console."""

    meeting: str
    page: str


@dataclass(frozen=True, slots=True)
class Offered:
    """The first is taken unless another is asked for."""

    policies: tuple[SignaturePolicy, ...]


@dataclass(frozen=True, slots=True)
class LinkLine:
    """An access link as a list shows it, without its secret."""

    id: str
    role: Role
    name: str
    creditors: int


def api(access: Access, new_meetings: NewMeetings) -> APIRouter:
    """Routes below /api."""
    routes = APIRouter(tags=["meetings"])
    turns = Turns(AT_ONCE)

    @routes.post("/imports/register", openapi_extra=_form("register", "contacts", "mapping"))
    async def try_register(request: Request) -> RegisterReport:
        require_own_origin(request, access.site)
        practitioner = await access.practitioner(request)
        async with Upload(request) as upload:
            files = await upload.register()
        return await new_meetings.try_register(practitioner.person, files)

    @routes.post("/imports/agenda", openapi_extra=_form("agenda"))
    async def try_agenda(request: Request) -> AgendaReport:
        require_own_origin(request, access.site)
        await access.practitioner(request)
        async with Upload(request) as upload:
            agenda = await upload.file("agenda")
        return await new_meetings.try_agenda(agenda)

    @routes.get("/policies")
    async def policies(request: Request) -> Offered:
        """How ballots of new meetings may be signed here."""
        await access.practitioner(request)
        return Offered(new_meetings.policies.offered)

    @routes.post(
        "/meetings",
        status_code=201,
        openapi_extra=_form("register", "agenda", "contacts", "mapping", "signing"),
    )
    async def create(person: Person, request: Request) -> NewMeeting:
        require_own_origin(request, access.site)
        practitioner = await access.practitioner(request, person)
        async with Upload(request) as upload:
            files, agenda = await upload.register(), await upload.file("agenda")
            signing = upload.signing()
        meeting = await new_meetings.create(practitioner, files, agenda, signing=signing)
        seat = await access.organizer(request, person, meeting)
        return NewMeeting(meeting, seat.page)

    @routes.get("/meetings/{meeting}/links.csv", response_class=Response)
    async def links(meeting: str, person: Person, request: Request) -> Response:
        await access.organizer(request, person, meeting)
        body = sheet.csv_of(await access.accounts.links(meeting))
        named = {"Content-Disposition": f'attachment; filename="links-{meeting}.csv"'}
        return Response(body, media_type="text/csv; charset=utf-8", headers=named)

    @routes.get("/meetings/{meeting}/links")
    async def links_without_secrets(meeting: str, person: Person, request: Request) -> tuple[LinkLine, ...]:
        """Live links to choose from for revoking."""
        await access.organizer(request, person, meeting)
        creditors = await access.meetings.creditors_of(meeting)
        found = await access.accounts.links(meeting)
        return tuple(_line(link, creditors.get(link.seat.person, 0)) for link in found)

    @routes.delete("/meetings/{meeting}/links/{link}", status_code=204)
    async def revoke(meeting: str, link: str, person: Person, request: Request) -> None:
        require_own_origin(request, access.site)
        await access.organizer(request, person, meeting)
        await access.accounts.revoke(meeting, link)

    @routes.get(
        "/meetings/{meeting}/tables/{voting}",
        response_class=Response,
        responses=_view({"$ref": "#/components/schemas/TableView"}),
    )
    async def table(meeting: str, voting: Voting, person: Person, request: Request) -> Response:
        return _json(await access.table(request, person, meeting, voting))

    @routes.get(
        "/meetings/{meeting}/questions/{question}/leak",
        response_class=Response,
        responses=_view({"$ref": "#/components/schemas/LeakView"}),
    )
    async def leak(meeting: str, question: str, person: Person, request: Request) -> Response:
        """How much the exact sums of a closed voting would tell of single votes, if it began now."""
        return _json(await access.leak(request, person, meeting, question))

    @routes.get(
        "/meetings/{meeting}/minutes/unchecked",
        response_class=Response,
        responses=_view({"$ref": "#/components/schemas/UncheckedView"}),
    )
    async def unchecked(meeting: str, person: Person, request: Request) -> Response:
        """Ballots whose certificates' revocation is unchecked, by voting, and what they could change; those found revoked, and the count without them."""
        async with turns.of(person):
            return _json(await access.unchecked(request, person, meeting))

    @routes.get(
        "/meetings/{meeting}/readiness/trust",
        response_class=Response,
        responses=_view({"$ref": "#/components/schemas/TrustOutlook"}),
    )
    async def trust(meeting: str, person: Person, request: Request) -> Response:
        """Authorities of those who have signed a test ballot that will not do on the day of the meeting."""
        async with turns.of(person):
            return _json(await access.trust(request, person, meeting))

    @routes.get("/meetings/{meeting}/votings/{voting}/recount.json", response_class=Response)
    async def recount(meeting: str, voting: Voting, person: Person, request: Request) -> Response:
        """The input of a count: `python -m tally count FILE` repeats it. Ids and kopecks, no names."""
        async with turns.of(person):
            body = canonical(await access.recount(request, person, meeting, voting))
        named = {"Content-Disposition": f'attachment; filename="recount-{meeting}-{voting}.json"'}
        return Response(body, media_type="application/json", headers=named)

    @routes.get("/meetings/{meeting}/archive.zip", response_class=Response)
    async def archive(
        meeting: str, person: Person, request: Request, edition: Edition = "participants"
    ) -> Response:
        """For `python -m verifier`, which needs nothing of this server."""
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="kvorum-archive-")
        path = FilePath(folder.name) / f"archive-{meeting}-{edition}.zip"
        removing = BackgroundTask(asyncio.to_thread, folder.cleanup)
        try:
            async with turns.of(person):
                await access.archive(request, person, meeting, edition, path)
        except BaseException:
            await removing()
            raise
        return FileResponse(path, filename=path.name, media_type="application/zip", background=removing)

    @routes.get(
        "/meetings/{meeting}/receipts",
        response_class=Response,
        responses=_view({"type": "array", "items": {"$ref": "#/components/schemas/MyBallot"}}),
    )
    async def receipts(meeting: str, person: Person, request: Request) -> Response:
        return _json(await access.receipts(request, person, meeting))

    @routes.post("/meetings/{meeting}/instructions", openapi_extra=_form("file"))
    async def read_instructions(meeting: str, person: Person, request: Request) -> InstructionsReport:
        """What a representative's file says about his own creditors. Nothing of it is kept."""
        require_own_origin(request, access.site)
        principals = await access.principals(request, person, meeting)
        async with Upload(request, limits.INSTRUCTIONS_BYTES) as upload:
            file = await upload.file("file")
        async with turns.of(person):
            return await asyncio.to_thread(instructions.read, file, principals)

    return routes


def pages(access: Access) -> APIRouter:
    """Printable pages, at the root of the site."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/meetings/{meeting}/links")
    async def links(meeting: str, person: Person, request: Request) -> HTMLResponse:
        await access.organizer(request, person, meeting)
        view = await access.meeting(request, person, meeting)
        found = await access.accounts.links(meeting)
        phones = await access.meetings.phones_of(meeting)
        html = await asyncio.to_thread(printout.page, view, found, phones)
        return HTMLResponse(html, headers={"Content-Security-Policy": printout.POLICY})

    return routes


def _line(link: Link, creditors: int) -> LinkLine:
    return LinkLine(link.id, link.seat.role, link.seat.name, creditors)


def _json(value: Any) -> Response:
    """Views are msgspec Structs, the same as on the wire: kopecks are strings already."""
    return Response(msgspec.json.encode(value), media_type="application/json")


def _view(schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """The answer in OpenAPI; `app/openapi.py` adds the views to its components."""
    return {200: {"content": {"application/json": {"schema": schema}}}}


def _form(*parts: str) -> dict[str, Any]:
    """The multipart body in OpenAPI: the handlers read it themselves, to limit it while it streams."""
    kinds: dict[str, Any] = {
        part: {"type": "string"} if part in ("mapping", "signing") else {"type": "string", "format": "binary"}
        for part in parts
    }
    optional = {"contacts", "mapping", "signing"}
    schema = {"type": "object", "properties": kinds, "required": [p for p in parts if p not in optional]}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
