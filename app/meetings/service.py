"""Meetings at work: founded whole, served as live sources, closed and counted when their timers are due.

Implements `app.meetings.ports.Meetings`; callers have checked the seat.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from typing import Any

import msgspec
import structlog

from app.kernel.away import is_away
from app.kernel.canonical import canonical
from app.kernel.clock import Clock
from app.kernel.crypto import ReceiptKeys
from app.kernel.db import Database
from app.kernel.errors import DatabaseAway, NotFound, Refused
from app.kernel.log.draft import Workers
from app.kernel.log.model import Answer
from app.kernel.log.timers import Due
from app.kernel.log.topics import Topic, Topics
from app.kernel.log.workers import Worker, workers_at
from app.kernel.log.writer import WorkersHook
from app.kernel.logging import incident
from app.meetings import archive, counting, personal, recount, sealing, view
from app.meetings.archive import MINUTES, OPEN_MINUTES, STAMPED, Edition, Material, Paper
from app.meetings.channel import MeetingSource, live_position
from app.meetings.commands import Close, Command, Convene, Count
from app.meetings.damage import ReportDamage
from app.meetings.draft import DraftMeeting
from app.meetings.examination import Examination
from app.meetings.founding import Admission, founding
from app.meetings.importing.instructions import Asked, Principal, Principals
from app.meetings.joins import Texts, option_names, shown_phone, text_of
from app.meetings.leak import leak_view
from app.meetings.machine import MeetingMachine
from app.meetings.model import SYSTEM, Meeting
from app.meetings.ports import Papers, Signatures, SigningCodes
from app.meetings.readiness import last_hour
from app.meetings.refusals import ArchiveNotReady
from app.meetings.revocation import REVOCATIONS
from app.meetings.sealing import BallotsDamaged, secret_of
from app.meetings.settlement import Settlement
from app.meetings.trust_outlook import trust_outlook
from app.meetings.unchecked import unchecked_view
from app.meetings.view_types import LeakView, MeetingView, MyBallot, TableView, TrustOutlook, UncheckedView
from realtime.ports import Position as LivePosition

PREFIX = "meeting:"
LAG_BEFORE = 5_000_000
"""Microseconds before the deadline from which the lag of the loop is looked at."""

DRAIN_TRY_S = 1.0
"""So long one sweep waits for commands that are being answered; the next sweep goes on waiting."""

FOUNDING = canonical({"op": "found"})
DAMAGE = canonical({"op": "report_damage"})

log = structlog.get_logger(__name__)


class Meetings:
    """One object a process."""

    def __init__(
        self,
        topics: Topics,
        worker: Worker,
        clock: Clock,
        signatures: Signatures,
        receipts: ReceiptKeys,
        papers: Papers,
        codes: SigningCodes,
    ) -> None:
        self._topics = topics
        self._receipts = receipts
        self._worker = worker
        self._clock = clock
        self._signatures = signatures
        self._papers = papers
        self._examination = Examination(signatures, codes)
        self._settlement = Settlement(signatures, clock)
        self._sources: dict[str, MeetingSource] = {}
        self._leaks = asyncio.Semaphore(1)  # seconds and tens of megabytes each

    async def found(
        self, meeting: str, draft: DraftMeeting, people: tuple[Admission, ...], organizer: str
    ) -> None:
        topic = await self._topics.create(PREFIX + meeting, MeetingMachine.rules)
        for command in founding(meeting, draft, people):
            _accepted(await topic.submit(SYSTEM, token_bytes(16), command, FOUNDING, self._clock()))
        convening = canonical({"op": "convene"})
        _accepted(await topic.submit(organizer, token_bytes(16), Convene(), convening, self._clock()))

    async def meeting_for(self, meeting: str, person: str) -> MeetingView | None:
        source = await self.source(meeting)
        return view.meeting_view(source.meeting, source.texts) if source.view_class(person) else None

    async def table_for(self, meeting: str, person: str, voting: int) -> TableView | None:
        source = await self.source(meeting)
        if not _sees_table(source.meeting, person, voting):
            return None
        return source.table(source.meeting.votings[voting])

    async def leak_for(self, meeting: str, question: str) -> LeakView | None:
        source = await self.source(meeting)
        asked = source.meeting.questions.get(question)
        if asked is None:
            return None
        async with self._leaks:
            return await asyncio.to_thread(leak_view, source.meeting, asked)

    async def unchecked_for(self, meeting: str) -> UncheckedView:
        source = await self.source(meeting)
        return await asyncio.to_thread(unchecked_view, source.meeting, source.texts)

    async def trust_for(self, meeting: str) -> TrustOutlook:
        source = await self.source(meeting)
        at, now = last_hour(source.meeting), self._clock()
        found = await asyncio.to_thread(self._signatures.outlook, at, now)
        return trust_outlook(source.meeting, source.texts, found)

    async def recount_for(self, meeting: str, person: str, voting: int) -> Mapping[str, Any] | None:
        source = await self.source(meeting)
        if not _sees_table(source.meeting, person, voting):
            return None
        return await asyncio.to_thread(recount.recount, source.meeting, voting)

    async def creditors_of(self, meeting: str) -> Mapping[str, int]:
        source = await self.source(meeting)
        return {person: len(found.creditors) for person, found in source.meeting.persons.items()}

    async def phones_of(self, meeting: str) -> Mapping[str, str | None]:
        source = await self.source(meeting)
        persons = source.meeting.persons.values()
        return {person.id: shown_phone(source.texts, person) for person in persons}

    async def receipts_for(self, meeting: str, person: str) -> tuple[MyBallot, ...]:
        source = await self.source(meeting)
        if person not in source.meeting.persons:
            return ()
        ballots = tuple(personal.ballots_of(source.meeting, person))
        receipts = await source.receipts_at(frozenset(ballot.receipt_pos for _, ballot, _ in ballots))
        return tuple(
            personal.ballot_view(source.texts, voting, ballot, receipts, why)
            for voting, ballot, why in ballots
        )

    async def principals_for(self, meeting: str, person: str) -> Principals | None:
        source = await self.source(meeting)
        if person not in source.meeting.persons:
            return None
        return principals_of(source.meeting, source.texts, person)

    async def archive_for(self, meeting: str, person: str, edition: Edition, out: Path) -> bool:
        source = await self.source(meeting)
        role = view.view_class(source.meeting, person)
        if role is None or not archive.may_take(source.meeting, role, edition):
            return False
        await self.pack(meeting, edition, out)
        return True

    async def pack(self, meeting: str, edition: Edition, out: Path) -> None:
        """Raises NotFound; ArchiveNotReady before the end, when an archive would tell what is still secret."""
        source = await self.source(meeting)
        if not source.meeting.is_over:
            raise ArchiveNotReady
        records, subject_keys = await self._topics.records(PREFIX + meeting)
        paper = await self._paper(PREFIX + meeting, edition)
        named = archive.trust_versions(records.events, paper) if edition == "full" else frozenset()
        material = Material(
            records=records,
            subject_keys=subject_keys,
            receipts=self._receipts,
            meeting=source.meeting,
            texts=source.texts,
            trust=await self._signatures.trust_files(named),
            paper=paper,
            made_at=self._clock(),
        )
        await asyncio.to_thread(archive.pack, material, edition, out)

    async def _paper(self, subject: str, edition: Edition) -> Paper | None:
        """The minutes that the organizer had made, if he had; signatures, which name people, in the full edition."""
        document = await self._papers.find(subject, STAMPED if edition == "full" else OPEN_MINUTES)
        if document is None and edition == "full":
            document = await self._papers.find(subject, MINUTES)
        if document is None:
            return None
        signatures = await self._papers.signatures(document) if edition == "full" else ()
        return Paper(document, signatures)

    async def source(self, meeting: str) -> MeetingSource:
        """The live source of a meeting, read to the head. Raises NotFound, Elsewhere or DatabaseAway."""
        topic = await self._topics.open(PREFIX + meeting)
        source = self._sources.get(meeting)
        if source is None or source.topic is not topic:
            source = self._sources[meeting] = MeetingSource(topic, self._clock, self._examination)
        await source.read()
        return source

    async def open(self, topic: str) -> MeetingSource | None:
        """For the live engine: the source of a topic by its name, None when there is none."""
        if not topic.startswith(PREFIX):
            return None
        try:
            return await self.source(topic.removeprefix(PREFIX))
        except NotFound:
            return None

    async def heads(self, topics: tuple[str, ...]) -> Mapping[str, LivePosition]:
        """For the safety poll of the live engine; empty while the database is away."""
        try:
            heads = await self._topics.heads(topics)
        except DatabaseAway:
            return {}
        return {name: live_position(head) for name, head in heads.items()}

    async def let_go(self) -> None:
        """What nobody has looked at for ten minutes leaves memory."""
        for topic in self._topics.let_go():
            self._sources.pop(topic.removeprefix(PREFIX), None)

    async def settle_revocations(self) -> None:
        """Look again at the certificates whose lists were in trouble when the vote came, in every meeting that waits."""
        for topic in await self._topics.with_timer(REVOCATIONS):
            try:
                await self._settlement.settle(await self.source(topic.removeprefix(PREFIX)))
            except Exception as error:  # the edge of one meeting: the others wait too
                if isinstance(error, Refused) or is_away(error):
                    log.warning("revocations_not_settled", topic=topic, cause=type(error).__name__)
                else:
                    incident(error, where="revocations", topic=topic)

    async def must_be_settled(self, source: MeetingSource) -> None:
        """Raises MinutesAwaitLists while lists of revoked certificates are waited for, a day at most."""
        await self._settlement.must_be_settled(source)

    async def timer_due(self, due: Due) -> Answer:
        """`close/<n>` and `count/<n>`: what happens by the clock, on whatever worker is first."""
        topic = await self._topics.open(due.topic_name)
        await topic.catch_up()  # another worker may have stopped or prolonged, and nobody here listens
        word, _, number = due.name.partition("/")
        if word == "close":
            await self._drain(topic, int(number))
            return await self._by_clock(topic, due, Close(int(number)), {})
        try:
            outside = await _counted(topic, int(number))
        except (
            BallotsDamaged
        ) as damaged:  # named in the log once; for the operator an incident, and then tried again
            report = ReportDamage(int(number), damaged.found)
            await topic.submit(SYSTEM, token_bytes(16), report, DAMAGE, self._clock())
            raise
        return await self._by_clock(topic, due, Count(int(number)), outside)

    async def _drain(self, topic: Topic[Meeting], number: int) -> None:
        """Answer what was received in time, then say so; a closing waits for every worker that is alive.

        A command that hangs keeps the other timers waiting for a second at most, and a closing not beyond its drain.
        """
        voting = topic.state.votings.get(number)
        if voting is None or not voting.running:
            return
        with suppress(TimeoutError):  # not drained: the closing itself decides whether it waits for us
            async with asyncio.timeout(DRAIN_TRY_S):
                await self._worker.drain(
                    topic.number, topic.name, number, voting.admit_until, voting.deadline - LAG_BEFORE
                )

    async def _by_clock(
        self, topic: Topic[Meeting], due: Due, command: Command, outside: Mapping[str, Any]
    ) -> Answer:
        fingerprint = canonical(msgspec.to_builtins(command))
        return await topic.submit(SYSTEM, due.command_id, command, fingerprint, self._clock(), outside)


def _sees_table(meeting: Meeting, person: str, voting: int) -> bool:
    role = view.view_class(meeting, person)
    if role is None or voting not in meeting.results:
        return False
    return view.may_see_table(meeting, meeting.votings[voting], role)


def principals_of(meeting: Meeting, texts: Texts, person: str) -> Principals:
    """A name that was destroyed is no name: nothing is found by it."""
    creditors = []
    for creditor in meeting.persons[person].creditors:
        text = text_of(texts, meeting.creditors[creditor])
        creditors.append(Principal(creditor, text.get("name", ""), text.get("inn")))
    questions = [Asked(one.id, one.number, option_names(texts, one)) for one in meeting.questions.values()]
    return Principals(tuple(creditors), tuple(questions))


def workers_hook(database: Database, clock: Clock) -> WorkersHook:
    """What a closing must know of the workers; other commands need nothing of them."""

    def workers(topic: int, meeting: Any, command: Any) -> Awaitable[Workers] | None:
        voting = meeting.votings.get(command.voting) if isinstance(command, Close) else None
        if voting is None:
            return None
        return workers_at(database, topic, voting.number, voting.opened_at, voting.admit_until, clock())

    return workers


async def _counted(topic: Topic[Meeting], number: int) -> Mapping[str, Any]:
    """The live electronic ballots of a voting by creditor, and their count, made beside the event loop.

    Empty where there is nothing to count yet, or ever. Raises BallotsDamaged.
    """
    meeting = topic.state
    voting = meeting.votings[number]
    if not counting.is_countable(meeting, number):
        return {}
    blobs = await topic.blobs(tuple(sealing.stored_ballots(voting).values()))
    secret = await secret_of(topic, voting)
    ballots = await asyncio.to_thread(sealing.unsealed, meeting, voting, secret, blobs)
    counted = await asyncio.to_thread(counting.counted_beforehand, meeting, number, ballots)
    return {"ballots": ballots, "counted": counted, "seal_secret": secret}


def _accepted(answer: Answer) -> None:
    if not answer.ok:
        raise Refused(answer.code, details=answer.body.get("details"))
