"""Wiring by hand: from settings to everything that serves; embedded and production differ here and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from redis import asyncio as aioredis

from app.accounts.cookie import Site, site_of
from app.accounts.service import Accounts
from app.documents.render import Renderer
from app.documents.service import Documents
from app.kernel.away import is_away
from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.dbclock import DatabaseClock
from app.kernel.engine import open_database
from app.kernel.errors import ClockAway, Refused
from app.kernel.keys import Keys, load_keys, make_missing_keys
from app.kernel.live import unanswered_when_away
from app.kernel.log.refusals import forget_refusals
from app.kernel.log.seals import probe_opens
from app.kernel.log.timers import Timers
from app.kernel.log.topics import FORMAT, Topics
from app.kernel.log.workers import InFlight, Worker
from app.kernel.logging import incident
from app.kernel.metrics import TAKE_S, Metrics
from app.kernel.settings import Settings
from app.meetings.channel import MeetingSource, online_facts
from app.meetings.codes import MeetingCodes
from app.meetings.documents import MeetingDocuments
from app.meetings.machine import MeetingMachine
from app.meetings.new_meeting import NewMeetings, Policies
from app.meetings.service import PREFIX, Meetings, workers_hook
from app.meetings.signing import PooledSignatures
from app.migrations import migrate
from app.signatures.algorithms import verified_algorithms
from app.signatures.carriers import Carriers
from app.signatures.challenge import Challenges
from app.signatures.code_file import FileSender, NoSender
from app.signatures.codes import Codes
from app.signatures.demo_ca import DemoAuthority, open_authority
from app.signatures.handoff import Handoffs
from app.signatures.kept import KeptTrust
from app.signatures.pool import SignaturePool
from app.signatures.texts import DEMO_ISSUER
from app.signatures.trusted import Trusted
from realtime.broker import Broker
from realtime.broker_memory import MemoryBus
from realtime.broker_redis import RedisBroker, redis_client
from realtime.ending import ended
from realtime.limits import Limits
from realtime.node import Node
from realtime.ports import Position, Viewer
from realtime.presence import MemoryRoom, Presence
from realtime.presence_redis import RedisPresence

SWEEP_S = 300.0
HANDOFFS_S = 60.0
LET_GO_S = 60.0
REFUSALS_S = 3600.0
TRUST_S = 30.0
CRLS_S = 1800.0
REVOCATIONS_S = CRLS_S
"""Rarer than a meeting that nobody looks at leaves memory, for a look brings it back."""
AGAIN_S = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bus:
    """How workers ring each other and know who is online; Redis, or this process alone."""

    broker: Broker
    presence: Presence
    redis: aioredis.Redis | None

    async def close(self) -> None:
        if self.redis is not None:
            await self.redis.aclose()


@dataclass(frozen=True, slots=True)
class Services:
    """One of each a process."""

    settings: Settings
    site: Site
    clock: DatabaseClock
    worker: Worker
    keys: Keys
    database: Database
    topics: Topics
    accounts: Accounts
    meetings: Meetings
    new_meetings: NewMeetings
    handoffs: Handoffs
    codes: Codes
    meeting_codes: MeetingCodes
    carriers: Carriers
    challenges: Challenges
    documents: MeetingDocuments
    demo: DemoAuthority | None
    trusted: Trusted
    node: Node
    bus: Bus
    metrics: Metrics

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may talk to us."""
        return self.site.origins | frozenset(self.settings.allowed_origins)

    async def forget_refusals(self) -> None:
        await forget_refusals(self.database, self.clock())

    async def take_counts(self) -> None:
        self.metrics.take(self.node.counts, self.node.sockets, self.node.hears_the_bus)

    def health(self) -> Mapping[str, object]:
        """For whoever runs it: what signatures are verified with, and how many authorities lack a list in force."""
        failing = self.trusted.failing(datetime.now(UTC))
        return {"signature": {"algorithms": verified_algorithms(), "authorities_failing": len(failing)}}

    async def clock_is_ready(self) -> bool:
        return self.clock.is_ready

    async def seals_open(self) -> bool:
        """Will this process be able to count what is sealed now?"""
        return await probe_opens(self.database, self.keys.keks)


@asynccontextmanager
async def opened_services(settings: Settings, *, serves: bool = False) -> AsyncIterator[Services]:
    """Everything open, closed again in the opposite order. With `serves` also what runs by the clock.

    Embedded makes missing keys and migrates by itself; production refuses to start without keys (KeysMissing) and
    migrates only by `kvorum migrate`.
    """
    if settings.environment == "embedded":
        make_missing_keys(settings.keys_dir)
    keys = load_keys(settings.keys_dir)
    database = await open_database(settings.database_url.get_secret_value())
    try:
        if settings.environment == "embedded":
            await migrate(database)
        with closing(SignaturePool()) as pool, closing(Renderer()) as renderer:
            services = await _wired(settings, keys, database, pool, renderer)
            if not serves:
                yield services
                return
            async with _running(services):
                yield services
    finally:
        await database.close()


async def _wired(
    settings: Settings, keys: Keys, database: Database, pool: SignaturePool, renderer: Renderer
) -> Services:
    clock = DatabaseClock(database)
    await clock.sync()
    site = site_of(settings.public_url)
    worker = Worker(database, clock, settings.build, FORMAT)
    bus = _bus(settings, worker.id)
    rings = Rings()
    metrics = Metrics()
    worker.lag.on_lag = metrics.take_lag
    accounts = Accounts(
        database, keys.macs, keys.keks, clock, settings.public_url, login_ended=rings.login_ended
    )
    topics = Topics(
        database,
        keys,
        clock,
        [MeetingMachine()],
        ring=rings.ring,
        workers=workers_hook(database, clock),
        metrics=metrics,
    )
    demo = open_authority(settings.keys_dir, datetime.now(UTC)) if settings.demo_ca else None
    trusted = Trusted(settings.trust_dir, settings.crl_hosts, demo.trust if demo else None)
    carriers = Carriers(database, keys.macs, clock, settings.local_keys)
    kept, demo_issuer = KeptTrust(database, clock), DEMO_ISSUER if demo else None
    signatures = PooledSignatures(pool, trusted.now, kept, demo_issuer, settings.crl_policy, carriers)
    sender = FileSender(settings.sms_file) if settings.sms_file else NoSender()
    codes = Codes(database, keys.macs, clock, sender)
    documents = Documents(database, keys.keks, clock, renderer, signatures)
    meetings = Meetings(topics, worker, clock, signatures, keys.receipts, documents, codes)
    node = Node(
        LiveDoor(accounts, meetings, worker.in_flight, clock, site),
        bus.broker,
        bus.presence,
        _limits(settings),
        online_facts,
    )
    node.counts.on_flush = metrics.flush_seconds.observe
    rings.node = node
    policies = Policies(settings.offered_policies, settings.signed_countdown_s)
    new_meetings = NewMeetings(database, accounts, meetings, clock, policies)
    return Services(
        settings=settings,
        site=site,
        clock=clock,
        worker=worker,
        keys=keys,
        database=database,
        topics=topics,
        accounts=accounts,
        meetings=meetings,
        new_meetings=new_meetings,
        handoffs=Handoffs(database, clock),
        codes=codes,
        meeting_codes=MeetingCodes(meetings, codes),
        carriers=carriers,
        challenges=Challenges(keys.macs, clock, database, signatures),
        documents=MeetingDocuments(meetings, documents, signatures, clock),
        demo=demo,
        trusted=trusted,
        node=node,
        bus=bus,
        metrics=metrics,
    )


@asynccontextmanager
async def _running(services: Services) -> AsyncIterator[None]:
    """The clock, the lease, timers and the live engine, until the block ends; then whatever is written is finished."""
    timers = Timers(services.database, services.clock, services.meetings.timer_due)
    async with AsyncExitStack() as ending:
        ending.push_async_callback(services.bus.close)
        await services.worker.start()
        ending.push_async_callback(services.worker.stop)
        ending.push_async_callback(services.topics.close)
        tasks: list[asyncio.Task[None]] = []
        ending.push_async_callback(ended, tasks)
        if not await services.seals_open():
            log.error("seals_do_not_open", keys=str(services.settings.keys_dir))
        await services.node.start()
        ending.push_async_callback(services.node.stop)
        tasks += (
            asyncio.create_task(kept_going("clock", services.clock.run)),
            asyncio.create_task(kept_going("worker", services.worker.run)),
            asyncio.create_task(kept_going("timers", timers.run)),
            asyncio.create_task(kept_going("trust", services.trusted.reload, TRUST_S)),
            asyncio.create_task(kept_going("lists of revoked", services.trusted.update, CRLS_S)),
            asyncio.create_task(kept_going("accounts", services.accounts.sweep, SWEEP_S)),
            asyncio.create_task(kept_going("handoffs", services.handoffs.sweep, HANDOFFS_S)),
            asyncio.create_task(kept_going("codes", services.codes.sweep, SWEEP_S)),
            asyncio.create_task(kept_going("memory", services.meetings.let_go, LET_GO_S)),
            asyncio.create_task(
                kept_going("deferred ballots", services.meetings.settle_revocations, REVOCATIONS_S)
            ),
            asyncio.create_task(kept_going("refusals", services.forget_refusals, REFUSALS_S)),
            asyncio.create_task(kept_going("metrics", services.take_counts, TAKE_S)),
        )
        yield


async def kept_going(name: str, work: Callable[[], Awaitable[None]], every_s: float = AGAIN_S) -> None:
    """Do `work` again and again. What fails is logged and begun anew: no part of a process dies in silence."""
    while True:
        try:
            await work()
        except Exception as error:  # the edge of a task that nobody awaits
            if isinstance(error, Refused) or is_away(error):
                log.warning("not_done", work=name, cause=type(error).__name__)
            else:
                incident(error, where=name)
        await asyncio.sleep(every_s)


def _bus(settings: Settings, worker: str) -> Bus:
    if settings.redis_url is None:
        return Bus(MemoryBus().broker(), MemoryRoom().presence(), None)
    redis = redis_client(settings.redis_url.get_secret_value())
    broker = RedisBroker(redis, settings.deployment, worker)
    return Bus(broker, RedisPresence(redis, settings.deployment, worker), redis)


def _limits(settings: Settings) -> Limits:
    return Limits(
        sockets_a_worker=settings.max_connections,
        sockets_a_person=settings.max_connections_per_person,
        handshakes_a_second=settings.handshakes_per_second,
        handshake_burst=settings.handshakes_burst,
    )


class Rings:
    """To the live engine: a committed append moves its topic, an ended login ends its sockets, on every worker."""

    node: Node | None = None

    def ring(self, topic: str, epoch: bytes, pos: int) -> None:
        if self.node is not None:
            moved = self.node.moved(topic, epoch, pos)
            self.node.keep(asyncio.get_running_loop().create_task(moved))

    async def login_ended(self) -> None:
        if self.node is not None:
            await self.node.login_ended()


class LiveDoor:
    """Implements `realtime.ports.Door` over accounts and meetings."""

    def __init__(
        self, accounts: Accounts, meetings: Meetings, in_flight: InFlight, clock: DatabaseClock, site: Site
    ) -> None:
        self._accounts = accounts
        self._meetings = meetings
        self._in_flight = in_flight
        self._clock = clock
        self._site = site

    async def admit(self, topic: str, ticket: str) -> Viewer | None:
        with unanswered_when_away():
            holder = await self._accounts.spend_ticket(ticket, topic)
        return Viewer(holder.person, holder.login) if holder else None

    async def admit_request(self, topic: str, cookies: Mapping[str, str], person: str) -> Viewer | None:
        with unanswered_when_away():
            cookie, meeting = cookies.get(self._site.cookie), topic.removeprefix(PREFIX)
            login, holds_seat = await self._accounts.login_at(cookie, person, meeting)
        return Viewer(person, login) if login is not None and holds_seat else None

    async def still_admitted(self, topic: str, viewer: Viewer) -> bool:
        """A seat in this meeting: another meeting's link of the same person opens nothing here."""
        with unanswered_when_away():
            return await self._accounts.login_is_good(viewer.login, viewer.person, topic.removeprefix(PREFIX))

    async def open(self, topic: str) -> MeetingSource | None:
        with unanswered_when_away():
            return await self._meetings.open(topic)

    def in_flight(self, topic: str, received_us: int | None) -> AbstractContextManager[None]:
        return nullcontext() if received_us is None else self._in_flight.command(topic, received_us)

    async def heads(self, topics: tuple[str, ...]) -> Mapping[str, Position]:
        return await self._meetings.heads(topics)

    def stamp_us(self) -> int | None:
        try:
            return self._clock()
        except ClockAway:
            return None

    def now_us(self) -> int:
        """People's countdowns go on by the wall clock."""
        stamp_us = self.stamp_us()
        return system_clock() if stamp_us is None else stamp_us

    def clock_error_ms(self) -> int:
        return self._clock.error_ms
