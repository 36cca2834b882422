"""Files of a meeting: its minutes as PDF with signatures beside them, blank ballots, printed copies of counted ones.

Callers have checked the seat; what a role may have is decided here.
"""

import asyncio
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from app.documents.model import Document, Signature, Stamp, stamp_of, stamp_of_certificate
from app.documents.ports import Verifier
from app.documents.refusals import AlreadySigned, SignedWithoutStamp
from app.documents.render import Making
from app.documents.service import Documents
from app.kernel.clock import Clock, Micros
from app.kernel.errors import Malformed, NotFound
from app.kernel.sealed import open_ballot
from app.meetings import view
from app.meetings.archive import MINUTES, OPEN_MINUTES, STAMPED
from app.meetings.ballot import read_ballot
from app.meetings.bulletin import Bulletin, blank_sheet, bulletin_sheet, footer
from app.meetings.channel import MeetingSource
from app.meetings.minutes import WHOLE, may_read, minutes
from app.meetings.minutes_file import minutes_sheet, stamped_sheet
from app.meetings.minutes_row import Row
from app.meetings.model import Ballot, Meeting, Question, Voting
from app.meetings.refusals import MinutesNotReady
from app.meetings.sealing import secret_of
from app.meetings.service import Meetings
from app.meetings.texts.minutes import MINUTES_FILE
from app.signatures.certificate import read_certificate
from app.signatures.der import NotDer

WAITING = "minutes_waiting"
"""The file of a sole signer with his stamp in it, before it is signed."""
EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class CastBytes:
    """A counted ballot exactly as it came: its bytes and the CMS under them."""

    voting: Voting
    ballot: Ballot
    content: bytes
    cms: bytes | None


class MeetingDocuments:
    """One object a process."""

    def __init__(self, meetings: Meetings, documents: Documents, verifier: Verifier, clock: Clock) -> None:
        self._meetings = meetings
        self._documents = documents
        self._verifier = verifier
        self._clock = clock

    async def draft(self, meeting: str, person: str) -> bytes | None:
        """Minutes of a meeting that is not over, with the watermark, for staff; kept nowhere."""
        source = await self._meetings.source(meeting)
        role = view.view_class(source.meeting, person)
        if role not in WHOLE or source.meeting.is_over:
            return None
        return await self._documents.renderer.render(self._sheet(source, True, None))

    async def minutes(self, meeting: str, person: str) -> Document:
        """The edition of the person's role, rendered once. Raises NotFound, MinutesNotReady before the end."""
        source = await self._meetings.source(meeting)
        role = view.view_class(source.meeting, person)
        if role is None or not may_read(source.meeting, role):
            raise NotFound if role in (None, "screen") else MinutesNotReady
        if not source.meeting.is_over:
            raise MinutesNotReady
        whole = await self._documents.find(subject(source.meeting), STAMPED) or await self._whole(source)
        if role in WHOLE:
            return whole
        return await self._documents.made_once(
            subject(source.meeting), OPEN_MINUTES, self._sheet(source, False, whole.sha256)
        )

    async def _whole(self, source: MeetingSource) -> Document:
        """What is written stays for ever, so lists of revoked certificates are waited for. Raises MinutesAwaitLists."""
        if await self._documents.find(subject(source.meeting), MINUTES) is None:
            await self._meetings.must_be_settled(source)
        return await self._documents.made_once(
            subject(source.meeting), MINUTES, self._sheet(source, True, None)
        )

    def _sheet(self, source: MeetingSource, whole: bool, other_sha256: str | None) -> Making:
        """The state and the head of the log as they are now; the work is for a thread."""
        meeting, head, now = source.meeting, source.topic.position, self._clock()
        return partial(minutes_sheet, meeting, source.texts, head, whole, now, other_sha256)

    async def draw_stamp(self, meeting: str, person: str, certificate: bytes) -> Document:
        """The whole edition with the stamp of the certificate that a sole signer has chosen, to be signed by it.

        Raises Malformed, SignedWithoutStamp, AlreadySigned, MinutesChanged.
        """
        stamp, sheet = await self._stamped_sheet(meeting, person, certificate)
        return await self._documents.drawn(f"meeting:{meeting}", WAITING, sheet, stamp)

    async def preview_stamped(self, meeting: str, person: str, certificate: bytes) -> bytes:
        """The same with the watermark; kept nowhere."""
        _, sheet = await self._stamped_sheet(meeting, person, certificate)
        return await self._documents.renderer.render(lambda: replace(sheet(), is_draft=True))

    async def _stamped_sheet(self, meeting: str, person: str, certificate: bytes) -> tuple[Stamp, Making]:
        document = await self.minutes(meeting, person)
        if document.stamp is not None:
            raise AlreadySigned
        if await self._documents.signatures(document):
            raise SignedWithoutStamp
        try:
            stamp = stamp_of_certificate(await asyncio.to_thread(read_certificate, certificate))
        except NotDer as error:
            raise Malformed from error
        source = await self._meetings.source(meeting)
        now, head = self._clock(), source.topic.position
        return stamp, partial(stamped_sheet, source.meeting, source.texts, head, now, document, stamp)

    async def release_stamped(self, meeting: str, person: str, body: bytes) -> Signature:
        """Raises NotFound when no stamp was drawn, StampMismatch when another certificate has signed, SignedWithoutStamp."""
        waiting = await self._documents.find(f"meeting:{meeting}", WAITING)
        if waiting is None:
            raise NotFound
        document = await self.minutes(meeting, person)
        if document.stamp is not None:
            raise AlreadySigned
        return await self._documents.release(waiting, STAMPED, body, document)

    async def page(self, meeting: str, person: str) -> str:
        """Printable HTML of the role's edition, with the hashes of the files issued by now. Raises NotFound."""
        source = await self._meetings.source(meeting)
        role = view.view_class(source.meeting, person)
        if role is None or not may_read(source.meeting, role):
            raise NotFound
        files = await self._issued(source.meeting, role in WHOLE)
        return await asyncio.to_thread(minutes, source.meeting, source.texts, role, files)

    async def _issued(self, meeting: Meeting, whole: bool) -> tuple[Row, ...]:
        """Hashes of the edition, and of every signature under the whole one."""
        about = subject(meeting)
        signed = await self._documents.issued(about, STAMPED) or await self._documents.issued(about, MINUTES)
        rows = []
        if not whole and (own := await self._documents.issued(about, OPEN_MINUTES)):
            rows.append(Row(MINUTES_FILE["open_sha256"], (own.sha256,)))
        if signed is not None:
            rows.append(Row(MINUTES_FILE["whole_sha256"], (signed.sha256,)))
            for one in await self._documents.signatures(signed):
                said = MINUTES_FILE["signature_sha256"].format(one.stamp.owner, one.stamp.serial.upper())
                rows.append(Row(said, (hashlib.sha256(one.body).hexdigest(),)))
        return tuple(rows)

    async def signatures(self, document: Document) -> tuple[Signature, ...]:
        return await self._documents.signatures(document)

    async def sign(self, meeting: str, person: str, body: bytes) -> Signature:
        """A detached signature of the chair, the organizer or the secretary under the whole edition."""
        return await self._documents.sign(await self.minutes(meeting, person), body, STAMPED)

    async def signed_copy(self, meeting: str, person: str) -> Document:
        document = await self.minutes(meeting, person)
        source = await self._meetings.source(meeting)
        zone = source.meeting.the_card.timezone
        below = footer(source.meeting, source.texts)
        return await self._documents.copy(document, MINUTES_FILE["name"], below, zone)

    async def packed_minutes(self, meeting: str, person: str) -> bytes:
        """The file with every signature beside it."""
        document = await self.minutes(meeting, person)
        files = {"minutes.pdf": document.content}
        for number, signature in enumerate(await self.signatures(document), 1):
            files[f"minutes.pdf.{number}.sig"] = signature.body
        return await asyncio.to_thread(packed, files)

    async def blank_ballot(self, meeting: str, person: str, question: str) -> bytes:
        """The form of a question, to be filled in by hand; kept nowhere. Raises NotFound."""
        source = await self._meetings.source(meeting)
        asked = source.meeting.questions.get(question)
        if asked is None or view.view_class(source.meeting, person) in (None, "screen"):
            raise NotFound
        return await self._documents.renderer.render(self._blank(source, asked))

    async def blank_ballots(self, meeting: str) -> bytes:
        """A zip of the forms of all questions that may still be put to the vote or were."""
        source = await self._meetings.source(meeting)
        questions = [q for q in source.meeting.questions.values() if q.stage not in ("withdrawn", "barred")]
        rendering = self._documents.renderer.render_all([self._blank(source, one) for one in questions])
        files = {f"ballot-{one.number}.pdf": await anext(rendering) for one in questions}
        return await asyncio.to_thread(packed, files)

    def _blank(self, source: MeetingSource, question: Question) -> Making:
        return partial(blank_sheet, source.meeting, source.texts, question, self._clock())

    async def ballot_files(self, meeting: str, person: str, voting: int, creditor: str) -> bytes:
        """A zip of the person's own counted ballot: its bytes, the signature under them, the printed copy."""
        source = await self._meetings.source(meeting)
        mine = source.meeting.persons.get(person)
        if mine is None or creditor not in mine.creditors:
            raise NotFound
        cast = await cast_bytes(source, voting, (creditor,))
        if creditor not in cast:
            raise NotFound
        one = cast[creditor]
        pdf = await self._documents.renderer.render(await self.bulletin(source, one, self._clock()))
        files = {"ballot.json": one.content, "ballot.json.sig": one.cms, "ballot.pdf": pdf}
        return await asyncio.to_thread(packed, {name: body for name, body in files.items() if body})

    async def print_ballots(
        self, meeting: str, number: int, out: Path, told: Callable[[int, int], None]
    ) -> int:
        """A zip of all electronic ballots of a counted voting; `told` hears how many of how many are done.

        Raises NotFound for a meeting that is not there; of a voting that is not counted there is none.
        """
        source = await self._meetings.source(meeting)
        cast = await cast_bytes(source, number)
        made_at = self._clock()
        sheets = [await self.bulletin(source, one, made_at) for one in cast.values()]
        done = 0
        told(done, len(sheets))
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as printed:
            rendering = self._documents.renderer.render_all(sheets)
            for creditor, one in cast.items():
                files = {"json": one.content, "json.sig": one.cms, "pdf": await anext(rendering)}
                await asyncio.to_thread(add_files, printed, creditor, files)
                done += 1
                told(done, len(sheets))
        return done

    async def bulletin(self, source: MeetingSource, one: CastBytes, made_at: Micros) -> Making:
        stamp = await self._stamp(one)
        content = read_ballot(one.content)
        sha256 = hashlib.sha256(one.content).hexdigest()
        bulletin = Bulletin(one.voting, one.ballot, content, sha256, stamp)
        return partial(bulletin_sheet, source.meeting, source.texts, bulletin, made_at)

    async def _stamp(self, one: CastBytes) -> Stamp | None:
        """Of the certificate in the stored CMS, as it stood when the vote came."""
        if one.cms is None:
            return None
        result = await self._verifier.verify(one.content, one.cms, at=one.ballot.received_at)
        return stamp_of(result)


def subject(meeting: Meeting) -> str:
    return f"meeting:{meeting.id}"


async def cast_bytes(
    source: MeetingSource, number: int, creditors: tuple[str, ...] | None = None
) -> Mapping[str, CastBytes]:
    """Electronic ballots of a counted voting by creditor, but unreadable ones; of one that is not counted yet, none."""
    meeting = source.meeting
    if number not in meeting.results:
        return {}
    voting = meeting.votings[number]
    wanted = {
        creditor: ballot
        for creditor, ballot in voting.ballots.items()
        if ballot.channel == "electronic"
        and (creditors is None or creditor in creditors)
        and not voting.counts_without(creditor)
    }
    blobs = await source.topic.blobs(tuple((b.pos, part) for b in wanted.values() for part in (0, 1)))
    secret = await secret_of(source.topic, voting)
    found = {}
    for creditor, ballot in wanted.items():
        first = blobs[ballot.pos, 0]
        if secret is None:
            content, cms = first, blobs.get((ballot.pos, 1))
        else:
            content, cms = open_ballot(secret, meeting.id, number, creditor, first)
        found[creditor] = CastBytes(voting, ballot, content, cms)
    return found


def add_files(printed: zipfile.ZipFile, creditor: str, files: Mapping[str, bytes | None]) -> None:
    for kind, body in files.items():
        if body is not None:
            printed.writestr(f"{creditor}.{kind}", body)


def packed(files: Mapping[str, bytes]) -> bytes:
    """The same files give the same zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in files.items():
            made.writestr(zipfile.ZipInfo(name, EPOCH_OF_ZIP), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()
