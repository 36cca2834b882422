"""«Новое собрание»: files are tried without trace, and a meeting is founded on them whole or not at all."""

import asyncio
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy.exc import IntegrityError

from app.accounts.model import Contact, Newcomer, Seat
from app.accounts.service import Accounts
from app.kernel.clock import Clock, Micros
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.meetings.draft import Basis, DraftMeeting, SignaturePolicy
from app.meetings.founding import Admission, must_have_basis
from app.meetings.importing import dry_run, store
from app.meetings.importing.dry_run import AgendaReport, RegisterReport, RegisterRun
from app.meetings.importing.mapping import Mapping
from app.meetings.importing.people import Participant, participants
from app.meetings.importing.refusals import ImportRefused
from app.meetings.links.texts import REGISTRAR, SCREEN
from app.meetings.ports import Meetings
from app.meetings.refusals import PolicyNotOffered

AT_ONCE = 2
"""Files parsed at the same time: each may take tens of megabytes."""


@dataclass(frozen=True, slots=True)
class RegisterFiles:
    register: bytes = field(repr=False)
    contacts: bytes | None = field(default=None, repr=False)
    mapping: Mapping | None = None


@dataclass(frozen=True, slots=True)
class Policies:
    """How ballots of new meetings may be signed; the first is taken unless another is asked for."""

    offered: tuple[SignaturePolicy, ...]
    signed_countdown_s: int

    def shortest_s(self, policy: SignaturePolicy) -> int:
        """Signing takes time."""
        return 10 if policy == "off" else self.signed_countdown_s


@dataclass(frozen=True, slots=True)
class Signing:
    """How ballots of this meeting are to be signed; None: as the server's settings say."""

    policy: SignaturePolicy | None = None
    basis: Basis | None = None


AS_SET = Signing()


class NewMeetings:
    """One object a process."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        meetings: Meetings,
        clock: Clock,
        policies: Policies,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._meetings = meetings
        self._clock = clock
        self.policies = policies
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def try_register(self, person: str, files: RegisterFiles) -> RegisterReport:
        """A dry run. A mapping that a person sent and that works is remembered for files with the same headings."""
        return (await self._run_register(person, files)).report

    async def try_agenda(self, agenda: bytes) -> AgendaReport:
        return (await self._run_agenda(agenda)).report

    async def create(
        self,
        organizer: Seat,
        files: RegisterFiles,
        agenda: bytes,
        starts_at: Micros | None = None,
        signing: Signing = AS_SET,
    ) -> str:
        """Found a meeting and make everybody's links; its id. `starts_at` overrides the card, as the demo does.

        Raises PolicyNotOffered, BasisMissing or ImportRefused. The meeting enters the log first; the organizer's own seat comes last, so that
        a failure on the way leaves nothing that anybody can reach.
        """
        policy = self._policy_of(signing)
        register_run, agenda_run = (
            await self._run_register(organizer.person, files, by_code=policy == "simple"),
            await self._run_agenda(agenda),
        )
        draft = dry_run.draft(register_run, agenda_run)
        if draft is None:
            reports = {"register": asdict(register_run.report), "agenda": asdict(agenda_run.report)}
            raise ImportRefused(details=reports)
        if starts_at is not None:
            draft = replace(draft, card=replace(draft.card, starts_at=starts_at))
        shortest_s, basis = self.policies.shortest_s(policy), signing.basis if policy == "simple" else None
        signed = replace(draft, signature_policy=policy, basis=basis, shortest_s=shortest_s)
        return await self._found(organizer, signed)

    def _policy_of(self, signing: Signing) -> SignaturePolicy:
        offered = self.policies.offered
        policy = signing.policy or offered[0]
        if policy not in offered:
            raise PolicyNotOffered(offered=list(offered))
        must_have_basis(policy, signing.basis)
        return policy

    async def _found(self, organizer: Seat, draft: DraftMeeting) -> str:
        meeting = new_id("m")
        admitted = [(new_id("p"), person) for person in participants(draft.register)]
        by_code = draft.signature_policy == "simple"
        desk = [
            *(Admission(new_id("p"), "observer", name) for name in draft.observers),
            Admission(new_id("p"), "screen", SCREEN),
            Admission(new_id("p"), "registrar", REGISTRAR),
            Admission(organizer.person, "organizer", organizer.name),
        ]
        people = (*(_admission(id, person, by_code) for id, person in admitted), *desk)
        await self._meetings.found(meeting, draft, people, organizer.person)
        newcomers = [_newcomer(id, person) for id, person in admitted]
        newcomers += [Newcomer(one.person, one.role, Contact(one.name)) for one in desk]
        await self._accounts.admit(meeting, tuple(newcomers))
        return meeting

    async def _run_register(self, person: str, files: RegisterFiles, *, by_code: bool = False) -> RegisterRun:
        remembered = await self._database.read(lambda db: store.remembered(db, person))
        async with self._turns:
            run = await asyncio.to_thread(
                dry_run.run_register,
                files.register,
                files.contacts,
                files.mapping,
                remembered,
                by_code=by_code,
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


def _admission(id: str, person: Participant, by_code: bool) -> Admission:
    """The log keeps a telephone only where codes go to it."""
    return Admission(
        id,
        "participant",
        person.name,
        person.creditors,
        person.settlement,
        snils=person.snils,
        inn=person.inn,
        phone=person.phone if by_code else None,
    )


def _newcomer(id: str, person: Participant) -> Newcomer:
    return Newcomer(
        id, "participant", Contact(person.name, person.email, person.phone, person.snils, person.inn)
    )
