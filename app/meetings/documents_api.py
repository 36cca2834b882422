"""HTTP of a meeting's files: minutes as page and PDF, signatures under them, blank ballots, one's own ballots."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from app.accounts.api import Person
from app.accounts.cookie import require_own_origin
from app.documents.model import Document, Signature
from app.kernel.clock import millis
from app.meetings.access import Access
from app.meetings.documents import MeetingDocuments
from app.meetings.minutes import POLICY
from app.meetings.new_meeting import AT_ONCE
from app.meetings.turns import Turns
from app.meetings.uploads import Upload

SIGNATURE_BYTES, CERTIFICATE_BYTES = 256 * 1024, 16 * 1024
FORM_BYTES = 4096
PDF, ZIP = "application/pdf", "application/zip"
Voting = Annotated[int, Path(ge=1, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signature under the minutes; `serial` and the owner are the certificate's, `sha256` is the .sig file's."""

    owner: str
    serial: str
    sha256: str
    received_at_ms: int
    revocation: str


@dataclass(frozen=True, slots=True)
class MinutesFile:
    """The stored file: whoever downloads it gets bytes of this hash. A stamp in it is of its only signer."""

    is_stamped: bool
    sha256: str
    pages: int
    bytes: int
    made_at_ms: int
    signatures: tuple[SignatureLine, ...]


def api(access: Access, documents: MeetingDocuments) -> APIRouter:
    """Routes below /api."""
    routes = APIRouter(tags=["documents"])
    turns = Turns(AT_ONCE)

    @routes.get("/meetings/{meeting}/minutes")
    async def minutes(meeting: str, person: Person, request: Request) -> MinutesFile:
        """Of a meeting that is over: the edition of the role."""
        await access.named(request, person, meeting)
        async with turns.of(person):
            document = await documents.minutes(meeting, person)
            return file_of(document, await documents.signatures(document))

    @routes.get("/meetings/{meeting}/minutes.pdf", response_class=Response, responses=_binary(PDF))
    async def minutes_pdf(meeting: str, person: Person, request: Request) -> Response:
        """The stored bytes; while the meeting runs, staff are given a draft with a watermark."""
        await access.named(request, person, meeting)
        async with turns.of(person):
            draft = await documents.draft(meeting, person)
            if draft is not None:
                return _file(draft, PDF, f"minutes-draft-{meeting}.pdf")
            document = await documents.minutes(meeting, person)
        return _file(document.content, PDF, f"minutes-{meeting}.pdf")

    @routes.get("/meetings/{meeting}/minutes.zip", response_class=Response, responses=_binary(ZIP))
    async def minutes_zip(meeting: str, person: Person, request: Request) -> Response:
        """The file and the signatures beside it."""
        await access.named(request, person, meeting)
        async with turns.of(person):
            body = await documents.packed_minutes(meeting, person)
        return _file(body, ZIP, f"minutes-{meeting}.zip")

    @routes.get("/meetings/{meeting}/minutes-copy.pdf", response_class=Response, responses=_binary(PDF))
    async def minutes_copy(meeting: str, person: Person, request: Request) -> Response:
        """A copy with the stamps of all who have signed by now."""
        await access.named(request, person, meeting)
        async with turns.of(person):
            copy = await documents.signed_copy(meeting, person)
        return _file(copy.content, PDF, f"minutes-copy-{meeting}.pdf")

    @routes.post("/meetings/{meeting}/minutes/signatures", status_code=201, openapi_extra=_upload())
    async def sign_minutes(meeting: str, person: Person, request: Request) -> SignatureLine:
        """A detached signature (.sig) made by any program over minutes.pdf."""
        require_own_origin(request, access.site)
        await access.organizer(request, person, meeting)
        async with Upload(request, SIGNATURE_BYTES + FORM_BYTES) as upload:
            body = await upload.file("file")
        async with turns.of(person):
            return line_of(await documents.sign(meeting, person, body))

    @routes.post(
        "/meetings/{meeting}/minutes/stamped",
        response_class=Response,
        responses=_binary(PDF),
        openapi_extra=_upload(),
    )
    async def draw_stamp(meeting: str, person: Person, request: Request, preview: bool = False) -> Response:
        """The minutes with the stamp of the certificate (DER) that is going to sign these very bytes.

        A preview has the watermark and is kept nowhere.
        """
        require_own_origin(request, access.site)
        await access.organizer(request, person, meeting)
        async with Upload(request, CERTIFICATE_BYTES + FORM_BYTES) as upload:
            certificate = await upload.file("file")
        async with turns.of(person):
            if preview:
                drawn = await documents.preview_stamped(meeting, person, certificate)
            else:
                drawn = (await documents.draw_stamp(meeting, person, certificate)).content
        return _file(drawn, PDF, f"minutes-{meeting}.pdf")

    @routes.post("/meetings/{meeting}/minutes/stamped/signature", status_code=201, openapi_extra=_upload())
    async def release(meeting: str, person: Person, request: Request) -> SignatureLine:
        """The signature under the drawn file: by the certificate of the stamp, and the file is issued."""
        require_own_origin(request, access.site)
        await access.organizer(request, person, meeting)
        async with Upload(request, SIGNATURE_BYTES + FORM_BYTES) as upload:
            body = await upload.file("file")
        async with turns.of(person):
            return line_of(await documents.release_stamped(meeting, person, body))

    @routes.get("/meetings/{meeting}/blank-ballots.zip", response_class=Response, responses=_binary(ZIP))
    async def blank_ballots(meeting: str, person: Person, request: Request) -> Response:
        """Forms of the ballots of all questions, for who votes on paper."""
        await access.organizer(request, person, meeting)
        async with turns.of(person):
            body = await documents.blank_ballots(meeting)
        return _file(body, ZIP, f"blank-ballots-{meeting}.zip")

    @routes.get(
        "/meetings/{meeting}/questions/{question}/blank-ballot.pdf",
        response_class=Response,
        responses=_binary(PDF),
    )
    async def blank_ballot(meeting: str, question: str, person: Person, request: Request) -> Response:
        """The form of the ballot of one question."""
        await access.named(request, person, meeting)
        async with turns.of(person):
            body = await documents.blank_ballot(meeting, person, question)
        return _file(body, PDF, f"blank-ballot-{meeting}.pdf")

    @routes.get(
        "/meetings/{meeting}/votings/{voting}/ballots/{creditor}.zip",
        response_class=Response,
        responses=_binary(ZIP),
    )
    async def ballot(
        meeting: str, voting: Voting, creditor: str, person: Person, request: Request
    ) -> Response:
        """One's own counted ballot: ballot.json, the signature under it, its printed copy."""
        await access.participant(request, person, meeting)
        async with turns.of(person):
            body = await documents.ballot_files(meeting, person, voting, creditor)
        return _file(body, ZIP, f"ballot-{voting}-{creditor}.zip")

    return routes


def pages(access: Access, documents: MeetingDocuments) -> APIRouter:
    """The printable page of the minutes, at the root of the site."""
    routes = APIRouter(include_in_schema=False)
    turns = Turns(AT_ONCE)

    @routes.get("/meetings/{meeting}/minutes")
    async def minutes(meeting: str, person: Person, request: Request) -> HTMLResponse:
        await access.reads_minutes(request, person, meeting)
        async with turns.of(person):
            html = await documents.page(meeting, person)
        return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})

    return routes


def file_of(document: Document, signatures: tuple[Signature, ...]) -> MinutesFile:
    return MinutesFile(
        is_stamped=document.stamp is not None,
        sha256=document.sha256,
        pages=document.pages,
        bytes=len(document.content),
        made_at_ms=millis(document.made_at),
        signatures=tuple(line_of(signature) for signature in signatures),
    )


def line_of(signature: Signature) -> SignatureLine:
    at = millis(signature.received_at)
    sha256 = hashlib.sha256(signature.body).hexdigest()
    return SignatureLine(signature.stamp.owner, signature.stamp.serial, sha256, at, signature.revocation)


def _file(body: bytes, media_type: str, name: str) -> Response:
    named = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=media_type, headers=named)


def _binary(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}


def _upload() -> dict[str, Any]:
    kinds = {"file": {"type": "string", "format": "binary"}}
    schema = {"type": "object", "properties": kinds, "required": ["file"]}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
