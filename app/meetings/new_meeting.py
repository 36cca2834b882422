"""«Новое собрание»: files are tried without trace, and a meeting is founded on them whole or not at all."""

import asyncio
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy.exc import IntegrityError

from app.accounts.model import Contact, Newcomer, Seat
from app.accounts.service import Accounts
from app.kernel.clock import Clock, Micros
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.meetings.draft import DraftMeeting, SignaturePolicy
from app.meetings.founding import Admission
from app.meetings.importing import dry_run, store
from app.meetings.importing.dry_run import AgendaReport, RegisterReport, RegisterRun
from app.meetings.importing.mapping import Mapping
from app.meetings.importing.people import Participant, participants
from app.meetings.importing.refusals import ImportRefused
from app.meetings.links.texts import REGISTRAR, SCREEN
from app.meetings.ports import Meetings

AT_ONCE = 2
"""Files parsed at the same time: each may take tens of megabytes."""


@dataclass(frozen=True, slots=True)
class RegisterFiles:
    register: bytes = field(repr=False)
    contacts: bytes | None = field(default=None, repr=False)
    mapping: Mapping | None = None


class NewMeetings:
    """One object a process."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        meetings: Meetings,
        clock: Clock,
        policy: SignaturePolicy,
        shortest_s: int,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._meetings = meetings
        self._clock = clock
        self._policy = policy
        self._shortest_s = shortest_s
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def try_register(self, person: str, files: RegisterFiles) -> RegisterReport:
        """A dry run. A mapping that a person sent and that works is remembered for files with the same headings."""
        return (await self._run_register(person, files)).report

    async def try_agenda(self, agenda: bytes) -> AgendaReport:
        return (await self._run_agenda(agenda)).report

    async def create(
        self, organizer: Seat, files: RegisterFiles, agenda: bytes, starts_at: Micros | None = None
    ) -> str:
        """Found a meeting and make everybody's links; its id. `starts_at` overrides the card, as the demo does.

        Raises ImportRefused. The meeting enters the log first; the organizer's own seat comes last, so that
        a failure on the way leaves nothing that anybody can reach.
        """
        register_run, agenda_run = (
            await self._run_register(organizer.person, files),
            await self._run_agenda(agenda),
        )
        draft = dry_run.draft(register_run, agenda_run)
        if draft is None:
            reports = {"register": asdict(register_run.report), "agenda": asdict(agenda_run.report)}
            raise ImportRefused(details=reports)
        if starts_at is not None:
            draft = replace(draft, card=replace(draft.card, starts_at=starts_at))
        return await self._found(
            organizer, replace(draft, signature_policy=self._policy, shortest_s=self._shortest_s)
        )

    async def _found(self, organizer: Seat, draft: DraftMeeting) -> str:
        meeting = new_id("m")
        admitted = [(new_id("p"), person) for person in participants(draft.register)]
        desk = [
            *(Admission(new_id("p"), "observer", name) for name in draft.observers),
            Admission(new_id("p"), "screen", SCREEN),
            Admission(new_id("p"), "registrar", REGISTRAR),
            Admission(organizer.person, "organizer", organizer.name),
        ]
        people = (*(_admission(id, person) for id, person in admitted), *desk)
        await self._meetings.found(meeting, draft, people, organizer.person)
        newcomers = [_newcomer(id, person) for id, person in admitted]
        newcomers += [Newcomer(one.person, one.role, Contact(one.name)) for one in desk]
        await self._accounts.admit(meeting, tuple(newcomers))
        return meeting

    async def _run_register(self, person: str, files: RegisterFiles) -> RegisterRun:
        remembered = await self._database.read(lambda db: store.remembered(db, person))
        async with self._turns:
            run = await asyncio.to_thread(
                dry_run.run_register, files.register, files.contacts, files.mapping, remembered
            )
        if run.report.ok and files.mapping is not None and run.signature is not None:
            await self._remember(person, run.signature, files.mapping)
        return run

    async def _remember(self, person: str, signature: str, mapping: Mapping) -> None:
        now = self._clock()
        try:
            await self._database.write(lambda db: store.remember(db, person, signature, mapping, now))
        except IntegrityError:
            return  # a second click was quicker and has written the same

    async def _run_agenda(self, agenda: bytes) -> dry_run.AgendaRun:
        async with self._turns:
            return await asyncio.to_thread(dry_run.run_agenda, agenda, self._clock())


def _admission(id: str, person: Participant) -> Admission:
    return Admission(
        id,
        "participant",
        person.name,
        person.creditors,
        person.settlement,
        snils=person.snils,
        inn=person.inn,
    )


def _newcomer(id: str, person: Participant) -> Newcomer:
    return Newcomer(
        id, "participant", Contact(person.name, person.email, person.phone, person.snils, person.inn)
    )
