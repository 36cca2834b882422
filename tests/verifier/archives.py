"""A short real meeting on SQLite, with an open and a closed voting, paper, an annulled ballot; its archives."""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.documents.render import Renderer
from app.documents.service import Documents
from app.kernel.canonical import canonical
from app.kernel.clock import Micros, system_clock
from app.kernel.engine import open_database
from app.kernel.keys import Keys, load_keys, make_missing_keys
from app.kernel.log.timers import Timers
from app.kernel.log.topics import Topics
from app.kernel.log.workers import Worker
from app.meetings.archive import Edition
from app.meetings.documents import MeetingDocuments
from app.meetings.draft import DraftMeeting, SignaturePolicy
from app.meetings.machine import MeetingMachine
from app.meetings.model import Meeting
from app.meetings.service import Meetings, workers_hook
from app.meetings.signing import PooledSignatures
from app.migrations import migrate
from app.signatures.demo_ca import open_authority
from app.signatures.kept import KeptTrust
from app.signatures.model import Owner
from app.signatures.pool import SignaturePool
from app.signatures.texts import DEMO_ISSUER
from load.sign import Key, Signer, request_for
from realtime.ports import Viewer
from tests.builders import (
    BASIS,
    GOOD_CODE,
    ORGANIZER,
    REGISTRAR,
    FakeCodes,
    a_card,
    a_creditor,
    a_question,
    admissions,
    person_of,
)
from tests.commands import new_command_id
from verifier.archive import MANIFEST, SEAL, Archive, opened

CREDITORS = ("A", "B", "C")
NAMES = {"A": "Петров Пётр", "B": "Орлова Анна", "C": "Котов Лев"}
PERSONAL: dict[str, Any] = {
    "email": "petrov@example.org",
    "phone": "+7 900 123-45-67",
    "power_of_attorney": "77 АА 1234567",
    "inn": "500100732259",
}
"""Of A, in the register."""
SNILS = "08765430300"
"""Of the registrar."""
SECOND = 1_000_000


def made(folder: Path, policy: SignaturePolicy = "qualified") -> dict[Edition, dict[str, bytes]]:
    """Files of both editions by path."""
    return asyncio.run(_made(folder, policy))


async def _made(folder: Path, policy: SignaturePolicy) -> dict[Edition, dict[str, bytes]]:
    make_missing_keys(folder / "keys")
    database = await open_database(f"sqlite:///{folder / 'kvorum.db'}")
    try:
        await migrate(database)
        with closing(SignaturePool()) as pool, closing(Renderer()) as renderer:
            play = Play(database, load_keys(folder / "keys"), folder, pool, renderer, policy)
            await play.whole()
            await play.signs_minutes()
            editions: tuple[Edition, ...] = ("full", "participants")
            return {edition: await play.archive(folder, edition) for edition in editions}
    finally:
        await database.close()


class Play:
    """The meeting, its clock moved on by hand."""

    def __init__(
        self,
        database: Any,
        keys: Keys,
        folder: Path,
        pool: SignaturePool,
        renderer: Renderer,
        policy: SignaturePolicy,
    ) -> None:
        self.ahead = 0
        self.policy = policy
        self.authority = open_authority(folder, datetime.now(UTC))
        self.signers = {creditor: self.signer(creditor) for creditor in CREDITORS}
        self.database = database
        worker = Worker(database, self.now, "test", 1)
        hook = workers_hook(database, self.now)
        topics = Topics(database, keys, self.now, [MeetingMachine()], workers=hook)
        signatures = PooledSignatures(
            pool, lambda: self.authority.trust, KeptTrust(database, self.now), DEMO_ISSUER
        )
        documents = Documents(database, keys.keks, self.now, renderer, signatures)
        self.meetings = Meetings(topics, worker, self.now, signatures, keys.receipts, documents, FakeCodes())
        self.papers = MeetingDocuments(self.meetings, documents, signatures, self.now)
        self.timers = Timers(database, self.now, self.meetings.timer_due)

    def signer(self, creditor: str) -> Signer:
        key, owner = Key(), Owner(common_name=NAMES[creditor])
        issued = self.authority.issue(request_for(key), owner, datetime.now(UTC))
        return Signer.of(key, (issued.certificate, *issued.chain))

    def now(self) -> Micros:
        return system_clock() + self.ahead

    async def whole(self) -> None:
        others = (a_creditor(creditor, 10_01 + n) for n, creditor in enumerate(CREDITORS[1:]))
        lines = (replace(a_creditor("A", 10_00), **PERSONAL), *others)
        questions = (a_question("q1"), a_question("q2", secrecy="closed"))
        basis = BASIS if self.policy == "simple" else None
        draft = DraftMeeting(a_card(), questions, lines, signature_policy=self.policy, basis=basis)
        people = [replace(one, name=NAMES.get(one.person[2:], one.name)) for one in admissions(lines, {})]
        people = [replace(one, snils=SNILS if one.person == REGISTRAR else None) for one in people]
        if self.policy != "simple":  # as the service: the log keeps a telephone only where codes go to it
            people = [replace(one, phone=None) for one in people]
        await self.meetings.found("m", draft, tuple(people), ORGANIZER)
        for creditor in CREDITORS:
            await self.says(person_of(creditor), "attend", creditors=[creditor])
        await self.says(ORGANIZER, "open_meeting")
        await self.says(ORGANIZER, "start_voting", question="q1", duration_s=60)
        for creditor in ("A", "B"):
            await self.votes(1, creditor, "for")
        await self.says(ORGANIZER, "annul_ballot", voting=1, creditor="B", reason="Ошибка представителя")
        await self.votes(1, "B", "against")
        await self.says(REGISTRAR, "receive_paper", voting=1, creditor="C")
        await self.ends(1)
        for reading in (1, 2):
            await self.says(REGISTRAR, "read_paper", voting=1, creditor="C", reading=reading, choices=["for"])
        await self.sweep()
        if 2 not in (await self.state()).votings:
            await self.says(ORGANIZER, "start_voting", question="q2", duration_s=60)
        for creditor, choice in zip(CREDITORS, ("for", "against", "abstain"), strict=True):
            await self.votes(2, creditor, choice)
        await self.ends(2)
        await self.says(ORGANIZER, "end_meeting")

    async def signs_minutes(self) -> None:
        """The chair signs the whole edition; a participant has taken his."""
        document = await self.papers.minutes("m", ORGANIZER)
        key, owner = Key(), Owner(common_name="Иванов Иван")
        issued = self.authority.issue(request_for(key), owner, datetime.now(UTC))
        chair = Signer.of(key, (issued.certificate, *issued.chain))
        await self.papers.sign("m", ORGANIZER, chair.sign(document.content, self.now() / 1000))
        await self.papers.minutes("m", person_of("A"))

    async def state(self) -> Meeting:
        return (await self.meetings.source("m")).meeting

    async def says(self, person: str, op: str, **body: Any) -> None:
        source = await self.meetings.source("m")
        reply = await source.command(Viewer(person, "l"), new_command_id(), op, body, self.now())
        assert reply.ok, reply

    async def votes(self, number: int, creditor: str, choice: str) -> None:
        content = a_ballot(await self.state(), number, creditor, choice)
        if self.policy == "simple":
            bare = [{"bytes": content, "signature": None}]
            await self.says(person_of(creditor), "cast", voting=number, ballots=bare, code=GOOD_CODE)
            return
        signature = self.signers[creditor].sign(content, self.now() / 1000)
        ballots = [{"bytes": content, "signature": signature}]
        await self.says(person_of(creditor), "cast", voting=number, ballots=ballots)

    async def ends(self, number: int) -> None:
        self.ahead += 600 * SECOND
        await self.sweep()

    async def sweep(self) -> None:
        """A closing, then the count that it orders."""
        for _ in range(3):
            await self.timers.sweep()

    async def archive(self, folder: Path, edition: Edition) -> dict[str, bytes]:
        path = folder / f"{edition}.zip"
        await self.meetings.pack("m", edition, path)
        with zipfile.ZipFile(path) as packed:
            return {name: packed.read(name) for name in packed.namelist()}


def a_ballot(meeting: Meeting, number: int, creditor: str, choice: str) -> bytes:
    voting = meeting.votings[number]
    return canonical(
        {
            "meeting": meeting.id,
            "question": voting.question,
            "voting": number,
            "creditor": creditor,
            "weight_kopecks": str(meeting.weights(voting)[creditor]),
            "wording_sha256": meeting.questions[voting.question].wording_sha256,
            "register_sha256": voting.register_sha256,
            "electorate_sha256": voting.electorate_sha256,
            "nonce": hashlib.sha256(f"{number}{creditor}{choice}".encode()).hexdigest()[:32],
            "choices": [choice],
            "distribution": None,
        }
    )


def archive_of(files: Mapping[str, bytes]) -> Archive:
    return opened(dict(files))


def with_new_sums(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """As a forger without the server's key would write the manifest anew."""
    manifest = json.loads(files[MANIFEST])
    manifest["files"] = {
        path: hashlib.sha256(content).hexdigest()
        for path, content in files.items()
        if path not in (MANIFEST, SEAL)
    }
    return {**files, MANIFEST: canonical(manifest)}


def zipped(files: Mapping[str, bytes], path: Path) -> Path:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as out:
        for name, content in files.items():
            out.writestr(name, content)
    path.write_bytes(packed.getvalue())
    return path
