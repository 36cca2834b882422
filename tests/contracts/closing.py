"""Two workers of the real product close one voting: what they do, what people are told, and what must hold of it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from app.kernel.canonical import canonical
from app.kernel.clock import Clock, system_clock
from app.kernel.db import Database
from app.kernel.dbclock import DatabaseClock, carried_clock
from app.kernel.errors import Retry
from app.kernel.ids import new_id
from app.kernel.keys import Keys
from app.kernel.log.timers import Timers
from app.kernel.log.topics import Topics
from app.kernel.log.workers import Worker
from app.meetings.commands import SignedBallot
from app.meetings.draft import DraftMeeting, SignaturePolicy
from app.meetings.machine import MeetingMachine
from app.meetings.minutes import minutes
from app.meetings.model import Meeting, Opened
from app.meetings.service import Meetings, workers_hook
from realtime.ports import Reply, Viewer
from tests.builders import (
    ORGANIZER,
    FakeCodes,
    FakeSignatures,
    NoPapers,
    a_card,
    a_creditor,
    a_question,
    admissions,
    person_of,
    signed,
)
from tests.commands import new_command_id
from tests.contracts.faulty import FaultyDatabase

CREDITORS = ("A", "B", "C", "D")
SECOND = 1_000_000
DURATION_S = 10
ROUNDS = 60
BEGUN_WITHIN_S = 30
NEVER = 2**62


@dataclass
class Hours:
    """Time that the test may push on, for all workers at once."""

    pushed: int = 0

    def carried(self, of_machine: int) -> Clock:
        """A machine's own counter: they began to count at different moments."""
        return lambda: carried_clock() + of_machine + self.pushed


@dataclass(frozen=True)
class Told:
    """A vote as its sender saw it; no answer: nothing was decided."""

    creditor: str
    command_id: bytes
    received_at: int
    reply: Reply | None


@dataclass
class Process:
    """One worker: everything that `app.bootstrap` would open, but the edges."""

    clock: Clock
    worker: Worker
    meetings: Meetings
    timers: Timers
    signatures: FakeSignatures
    is_alive: bool = True

    async def ask(
        self,
        meeting: str,
        person: str,
        op: str,
        body: Any,
        id: bytes,
        verified: Awaitable[object] | None = None,
    ) -> tuple[int, Reply | None]:
        """A command from its last byte to its answer, with the time that a signature takes in between."""
        source = await self.meetings.source(meeting)
        received_at = self.clock()
        with self.worker.in_flight.command(source.topic.name, received_at):
            await (verified or asyncio.sleep(0))
            try:
                return received_at, await source.command(Viewer(person, "l"), id, op, body, received_at)
            except Retry:
                return received_at, None

    async def state(self, meeting: str) -> Meeting:
        return (await self.meetings.source(meeting)).meeting


@dataclass
class Story:
    """A voting on its way to the closing."""

    meeting: str
    hours: Hours
    processes: tuple[Process, ...]
    observer: Clock
    told: list[Told] = field(default_factory=list)
    running: set["asyncio.Task[object]"] = field(default_factory=set)

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self.running.add(task)

    async def cast(
        self, worker: int, creditor: str, verified: Awaitable[object] | None = None, *choices: str
    ) -> Reply | None:
        process = self.processes[worker]
        id = new_command_id()
        body = {"voting": 1, "ballots": [a_ballot(await process.state(self.meeting), creditor, *choices)]}
        received_at, reply = await process.ask(self.meeting, person_of(creditor), "cast", body, id, verified)
        self.told.append(Told(creditor, id, received_at, reply))
        return reply

    async def order(self, worker: int, op: str, verified: Awaitable[object] | None = None) -> None:
        """The organizer prolongs or stops."""
        body = {"voting": 1, **({"seconds": DURATION_S} if op == "prolong" else {})}
        id = new_command_id()
        await self.processes[worker].ask(self.meeting, ORGANIZER, op, body, id, verified)

    async def begins(self, worker: int) -> None:
        """Until a command is in flight there."""
        process = self.processes[worker]
        topic = (await process.meetings.source(self.meeting)).topic.name
        async with asyncio.timeout(BEGUN_WITHIN_S):
            while not process.worker.in_flight.count(topic, NEVER):  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.001)

    async def sweep(self, worker: int) -> None:
        """Fire what is due; a closing that is seen then must not have come before its hour."""
        process = self.processes[worker]
        if not process.is_alive:
            return
        await process.timers.sweep()
        voting = (await process.state(self.meeting)).votings[1]
        assert voting.running or self.observer() >= voting.admit_until, "closed before its hour"

    async def push(self, seconds: float) -> None:
        self.hours.pushed += int(seconds * SECOND)
        for process in self.processes:
            if process.is_alive:
                await process.worker.renew()

    async def finish(self) -> None:
        """The clock goes on until the voting is counted and everybody has an answer."""
        for _ in range(ROUNDS):
            await asyncio.gather(*(self.sweep(worker) for worker in range(len(self.processes))))
            voting = (await self.processes[0].state(self.meeting)).votings[1]
            if voting.state == "counted" and all(task.done() for task in self.running):
                break
            await self.push(1.1)
            await asyncio.sleep(0.002)
        await asyncio.gather(*self.running)

    async def check(self) -> None:
        """P6: what was acknowledged counts; what came in time counts or is listed; both workers say the same."""
        source = await self.processes[0].meetings.source(self.meeting)
        events = await source.topic.events(0)
        closed_at = next(event.pos for event in events if event.kind == "voting_closed")
        cast = {event.command: event.pos for event in events if event.kind == "ballot_cast"}
        assert all(pos < closed_at for pos in cast.values()), "a ballot after its voting_closed"
        voting = source.meeting.votings[1]
        missed = {each.creditor for each in voting.missed}
        for told in self.told:
            assert (told.reply is not None and told.reply.ok) == (told.command_id in cast), "told otherwise"
            if (
                told.reply
                and not told.reply.ok
                and told.reply.final
                and told.received_at <= voting.admit_until
            ):
                check_refusal(told, told.reply, missed, voting.prolonged)
        opened = source.meeting.opened.get(1, Opened())
        assert len(cast) == len(voting.ballots) == len(opened.marks), "acknowledged, and not counted"
        if not voting.undrained and not voting.workers_lost:
            assert not missed, "all had answered, and yet a vote was missed"
        await self._check_equal()

    async def _check_equal(self) -> None:
        said = set()
        for process in self.processes:
            source = await process.meetings.source(self.meeting)
            said.add(
                (source.position.at, source.position.mark, minutes(source.meeting, source.texts, "organizer"))
            )
        assert len(said) == 1, "two workers tell two stories"


def check_refusal(told: Told, reply: Reply, missed: set[str], prolonged: int) -> None:
    """A vote in time by the last deadline: refused because of another vote, listed, or late for an earlier deadline."""
    assert reply.code in ("already_voted", "closed_before_saved", "late"), reply.code
    if reply.code == "closed_before_saved":
        assert told.creditor in missed, "in time, not counted, not listed"
    if reply.code == "late":
        assert prolonged, "in time, and told late"


def a_ballot(meeting: Meeting, creditor: str, *choices: str) -> dict[str, Any]:
    voting = meeting.votings[1]
    content = {
        "meeting": meeting.id,
        "question": voting.question,
        "voting": 1,
        "creditor": creditor,
        "weight_kopecks": str(meeting.weights(voting)[creditor]),
        "wording_sha256": meeting.questions[voting.question].wording_sha256,
        "register_sha256": voting.register_sha256,
        "electorate_sha256": voting.electorate_sha256,
        "nonce": hashlib.sha256(creditor.encode()).hexdigest()[:32],
        "choices": list(choices) or ["for"],
        "distribution": None,
    }
    ballot = SignedBallot(canonical(content))
    if meeting.the_card.signature_policy == "qualified":
        ballot = signed(ballot, person_of(creditor))
    return {"bytes": ballot.content, "signature": ballot.signature}


@asynccontextmanager
async def a_story(
    database: Database,
    keys: Keys,
    pauses: Iterable[Any] = ((), ()),
    *,
    by_own_wall_clock: bool = False,
    policy: SignaturePolicy = "off",
) -> AsyncIterator[Story]:
    """Two workers, their wall clocks ten minutes apart, and an open voting in which all creditors are present."""
    hours = Hours()
    observer = DatabaseClock(database, carried=hours.carried(0))
    clocks = [
        DatabaseClock(database, carried=hours.carried(7 * n), wall=lambda n=n: system_clock() + n)  # type: ignore[misc]
        for n in (-300 * SECOND, 300 * SECOND)
    ]
    if database.dialect == "sqlite":  # one process has one clock
        clocks = [observer, observer]
    for clock in {observer, *clocks}:
        await clock.sync()
    chosen: list[Clock] = [*clocks]
    if by_own_wall_clock:
        chosen[1] = lambda: system_clock() + 300 * SECOND + hours.pushed
    processes = tuple(
        a_process(FaultyDatabase(database, iter(slow), iter(())), keys, clock)
        for slow, clock in zip(pauses, chosen, strict=True)
    )
    story = Story(new_id("m"), hours, processes, observer)
    for process in processes:
        await process.worker.start()
    await open_voting(story, policy)
    try:
        yield story
    finally:
        await asyncio.gather(*story.running, return_exceptions=True)
        for process in processes:
            await process.worker.stop()


def a_process(database: Database, keys: Keys, clock: Clock) -> Process:
    worker = Worker(database, clock, "test", 1)
    hook = workers_hook(database, clock)
    topics = Topics(database, keys, clock, [MeetingMachine()], workers=hook)
    signatures = FakeSignatures()
    meetings = Meetings(topics, worker, clock, signatures, keys.receipts, NoPapers(), FakeCodes())
    return Process(clock, worker, meetings, Timers(database, clock, meetings.timer_due), signatures)


async def open_voting(story: Story, policy: SignaturePolicy) -> None:
    lines = tuple(a_creditor(creditor, 10_00 + n) for n, creditor in enumerate(CREDITORS))
    draft = DraftMeeting(a_card(), (a_question("q1", secrecy="closed"),), lines, signature_policy=policy)
    first = story.processes[0]
    await first.meetings.found(story.meeting, draft, tuple(admissions(lines, {})), ORGANIZER)
    asked: list[tuple[str, str, dict[str, Any]]]
    asked = [(person_of(creditor), "attend", {"creditors": [creditor]}) for creditor in CREDITORS]
    asked.append((ORGANIZER, "open_meeting", {}))
    asked.append((ORGANIZER, "start_voting", {"question": "q1", "duration_s": DURATION_S}))
    for person, op, body in asked:
        _, reply = await first.ask(story.meeting, person, op, body, new_command_id())
        assert reply is not None
        assert reply.ok, reply.code
