"""Meetings at work: founded from a draft, served as live sources, closed and counted when their timers are due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from secrets import token_bytes

from app.accounts.model import Newcomer
from app.accounts.service import Accounts
from app.kernel.canonical import canonical
from app.kernel.clock import Clock, Micros
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.log.model import Answer
from app.kernel.log.topics import Topic, Topics
from app.meetings.channel import MeetingSource
from app.meetings.commands import Close, Convene, Count
from app.meetings.draft import DraftLine, DraftMeeting
from app.meetings.founding import Admission, founding
from app.meetings.machine import MeetingMachine
from app.meetings.model import SYSTEM, Meeting

PREFIX = "meeting:"

@dataclass(frozen=True, slots=True)
class Seats:
    """Who is admitted when a meeting is founded, by the words of the list of links."""

    organizer: str
    admissions: tuple[Admission, ...] = field(repr=False)


class Meetings:
    """One object a process."""

    def __init__(self, topics: Topics, accounts: Accounts, clock: Clock) -> None:
        self._topics = topics
        self._accounts = accounts
        self._clock = clock
        self._sources: dict[str, MeetingSource] = {}

    async def found(self, draft: DraftMeeting) -> str:
        """A new convened meeting with its links; returns its id. Raises what the machine refuses; then nobody has a link."""
        meeting = new_id("m")
        seats = seats_of(draft)
        topic = await self._topics.create(PREFIX + meeting, MeetingMachine.rules)
        for command in founding(meeting, draft, seats.admissions):
            must(await topic.submit(SYSTEM, token_bytes(16), command, repr(type(command)).encode(), self._clock()))
        must(await topic.submit(seats.organizer, token_bytes(16), Convene(), canonical({"op": "convene"}), self._clock()))
        people = tuple(Newcomer(person.person, person.name, person.role) for person in seats.admissions)
        await self._accounts.admit(meeting, people)
        return meeting

    async def source(self, meeting: str) -> MeetingSource:
        """The live source of a meeting, read to the head. Raises NotFound, Elsewhere or DatabaseAway."""
        topic = await self._topics.open(PREFIX + meeting)
        source = self._sources.get(meeting)
        if source is None or not source.serves(topic):
            source = self._sources[meeting] = MeetingSource(topic)
        await source.catch_up()
        return source

    async def open(self, topic: str) -> MeetingSource | None:
        """For the live engine: the source of a topic by its name, None when there is none."""
        if not topic.startswith(PREFIX):
            return None
        try:
            return await self.source(topic.removeprefix(PREFIX))
        except NotFound:
            return None

    async def timer_due(self, topic_name: str, timer: str, command_id: bytes) -> Answer:
        """`close/<n>` and `count/<n>`: what happens by the clock, on whatever worker is first."""
        topic = await self._topics.open(topic_name)
        word, _, number = timer.partition("/")
        voting = int(number)
        if word == "close":
            return await self._by_clock(topic, command_id, Close(voting), {})
        return await self._by_clock(topic, command_id, Count(voting), {"ballots": await ballots(topic, voting)})

    async def _by_clock(
        self, topic: Topic[Meeting], command_id: bytes, command: Close | Count, outside: Mapping[str, object]
    ) -> Answer:
        fingerprint = canonical({"op": type(command).__name__, "voting": command.voting})
        return await topic.submit(SYSTEM, command_id, command, fingerprint, self._clock(), outside)


async def ballots(topic: Topic[Meeting], number: int) -> dict[str, bytes]:
    """Bytes of the live electronic ballots of a voting, by creditor."""
    await topic.catch_up()
    voting = topic.state.votings[number]
    refs = {c: (ballot.pos, 0) for c, ballot in voting.ballots.items() if ballot.channel == "electronic"}
    blobs = await topic.blobs(tuple(refs.values()))
    return {creditor: blobs[ref] for creditor, ref in refs.items()}


def seats_of(draft: DraftMeeting) -> Seats:
    """Organizer, registrar, screen, observer; then whoever votes: creditors, or one representative for several."""
    organizer = new_id("p")
    staff = (
        Admission(organizer, "organizer", draft.card.organizer_name),
        Admission(new_id("p"), "registrar", "Стол регистрации"),
        Admission(new_id("p"), "screen", "Экран зала"),
        Admission(new_id("p"), "observer", "Участник без права голоса"),
    )
    return Seats(organizer, (*staff, *participants(draft.register)))


def participants(lines: Iterable[DraftLine]) -> tuple[Admission, ...]:
    """A representative is the same person for all creditors whose contacts name him with the same power or none."""
    groups: dict[tuple[str, bool], list[DraftLine]] = defaultdict(list)
    for line in lines:
        key = (line.representative, True) if line.representative else (line.creditor, False)
        groups[key].append(line)
    return tuple(admission(represented, group) for (_, represented), group in groups.items())


def admission(represented: bool, group: list[DraftLine]) -> Admission:
    """Who votes for himself may vote a settlement; a representative only where the power names it (art. 150 p. 2)."""
    first = group[0]
    creditors = tuple(line.creditor for line in group)
    settlement = tuple(line.creditor for line in group if line.may_vote_settlement or not represented)
    name = first.representative if represented and first.representative else first.name
    return Admission(new_id("p"), "participant", name, creditors, settlement)


def begins_at(draft: DraftMeeting, starts_at: Micros) -> DraftMeeting:
    """The same meeting at another hour: the demo begins now."""
    return replace(draft, card=replace(draft.card, starts_at=starts_at))


def must(answer: Answer) -> None:
    if not answer.ok:
        raise Refused(str(answer.code), details=answer.body)
