"""The meeting of a run: founded past the servers, and what the database keeps of it afterwards."""

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, func, select

from app.accounts.model import Contact, Newcomer
from app.bootstrap import Services, opened_services
from app.kernel.ids import new_id
from app.kernel.log.tables import ballot_guard, log_event, log_timer, log_topic, worker
from app.kernel.log.verify import verify_topic
from app.kernel.settings import Settings
from app.meetings.documents import cast_bytes
from app.meetings.draft import DraftMeeting
from app.meetings.founding import Admission
from app.signatures.model import Policy
from app.signatures.verifier import verify
from load.door import Link
from tests.builders import a_card, a_creditor, a_question

CREDITORS = 40
REPRESENTED = 6
SIGNED_CREDITORS, SIGNED_EACH = 200, 5
VOTINGS = 2
PROBES = 4
TWINS = 3
AUDIENCE = 50


@dataclass(frozen=True, slots=True)
class Played:
    """`crowd` with the organizer is for the harness, `probes` watch. For kinds that send what no client of ours sends:

    `twins` are participants outside the crowd, `audience` are more screens. Ballots may be `signed`.
    """

    id: str
    crowd: tuple[Link, ...]
    probes: tuple[Link, ...]
    twins: tuple[Link, ...]
    audience: tuple[Link, ...]
    is_signed: bool = False

    @property
    def topic(self) -> str:
        return f"meeting:{self.id}"


@dataclass(frozen=True, slots=True)
class Kept:
    """Live ballots of the database, what the verification of the log finds wrong, and the signed ballots that are not
    there as they were signed.
    """

    ballots: int
    log_faults: tuple[str, ...]
    unsigned: tuple[str, ...] = ()


async def found_meetings(settings: Settings, count: int, *, signed: bool = False) -> list[Played]:
    async with opened_services(settings) as services:
        return [await _found(services, signed) for _ in range(count)]


async def _found(services: Services, signed: bool) -> Played:
    """Most creditors come themselves, some by one representative; two questions, one of them closed.

    Where ballots are signed everybody represents five: two hundred ballots of forty people.
    """
    meeting = new_id("m")
    crowd, twins = _electorate(signed)
    seats = [
        Admission(f"{meeting}_{who[0]}", "participant", f"Участник {who[0]}", who, ())
        for who in (*crowd, *twins)
    ]
    seats += [Admission(f"{meeting}_scr{n}", "screen", f"Экран {n}") for n in range(PROBES + AUDIENCE)]
    seats.append(Admission(f"{meeting}_org", "organizer", "Организатор"))
    creditors = [who for group in (*crowd, *twins) for who in group]
    register = tuple(a_creditor(who, 100_000_00 + n * 7_31) for n, who in enumerate(creditors))
    agenda = (a_question("q1"), a_question("q2", secrecy="closed"))
    draft = DraftMeeting(a_card(), agenda, register, signature_policy="qualified" if signed else "off")
    await services.meetings.found(meeting, draft, tuple(seats), seats[-1].person)
    people = tuple(Newcomer(seat.person, seat.role, Contact(seat.name)) for seat in seats)
    await services.accounts.admit(meeting, people)
    played = _sorted(meeting, await _links(services, meeting, seats), {who for (who,) in twins})
    return replace(played, is_signed=signed)


def _electorate(signed: bool) -> tuple[list[tuple[str, ...]], list[tuple[str]]]:
    """Creditors of the crowd as they are represented, and twins, each for himself."""
    total = SIGNED_CREDITORS if signed else CREDITORS
    names = [f"c{n:04}" for n in range(total + TWINS)]
    crowd, twins = names[:total], [(who,) for who in names[total:]]
    if signed:
        return [tuple(crowd[n : n + SIGNED_EACH]) for n in range(0, total, SIGNED_EACH)], twins
    return [tuple(crowd[:REPRESENTED]), *((who,) for who in crowd[REPRESENTED:])], twins


async def _links(services: Services, meeting: str, seats: list[Admission]) -> list[Link]:
    creditors_of = {seat.person: seat.creditors for seat in seats}
    return [
        Link(
            link.url.partition("#")[2], link.seat.role, link.seat.contact.name, creditors_of[link.seat.person]
        )
        for link in await services.accounts.links(meeting)
    ]


def _sorted(meeting: str, links: list[Link], apart: set[str]) -> Played:
    screens = tuple(link for link in links if link.role == "screen")
    twins = tuple(link for link in links if apart.intersection(link.creditors))
    crowd = tuple(link for link in links if link not in screens and link not in twins)
    return Played(meeting, crowd, screens[:PROBES], twins, screens[PROBES:])


async def kept(settings: Settings, meeting: Played) -> Kept:
    """Read past the servers. SQLite must be a copy (`copied`)."""
    async with opened_services(settings) as services:
        report = await verify_topic(services.database, services.keys, meeting.topic)
        ballots = await services.database.read(lambda connection: _live_ballots(connection, meeting.topic))
        unsigned = await _unsigned(services, meeting) if meeting.is_signed else ()
    return Kept(ballots, tuple(f"{fault.pos}: {fault.what}" for fault in report.faults), unsigned)


async def _unsigned(services: Services, meeting: Played) -> tuple[str, ...]:
    """Ballots without their bytes or without a good signature over them; those of a sealed voting are unsealed."""
    source, wrong = await services.meetings.source(meeting.id), []
    for number in range(1, VOTINGS + 1):
        for creditor, cast in (await cast_bytes(source, number)).items():
            is_whole = hashlib.sha256(cast.content).hexdigest() == cast.ballot.sha256
            at = datetime.fromtimestamp(cast.ballot.received_at / 1_000_000, UTC)
            trust, policy = services.trusted.now(), Policy(crl="off")
            found = verify(cast.content, cast.cms or b"", at=at, policy=policy, trust=trust)
            if not is_whole or found.verdict != "ok":
                wrong.append(f"voting {number}, {creditor}: {found.verdict}")
    return tuple(wrong)


def _live_ballots(connection: Connection, topic: str) -> int:
    number = select(log_topic.c.topic).where(log_topic.c.name == topic).scalar_subquery()
    live = select(func.count()).where(ballot_guard.c.topic == number, ballot_guard.c.annulled_pos.is_(None))
    return int(connection.scalar(live) or 0)


async def where_it_stands(settings: Settings, meeting: Played) -> str:
    """For a meeting that stands still: its last events, its timers, the table of workers."""
    async with opened_services(settings) as services:
        return await services.database.read(lambda connection: _told(connection, meeting.topic))


def _told(connection: Connection, topic: str) -> str:
    number = select(log_topic.c.topic).where(log_topic.c.name == topic).scalar_subquery()
    last = select(log_event.c.pos, log_event.c.at, log_event.c.kind, log_event.c.body).order_by(
        log_event.c.pos.desc()
    )
    parts = [
        connection.execute(last.where(log_event.c.topic == number).limit(15)).all(),
        connection.execute(select(log_timer).where(log_timer.c.topic == number)).all(),
        connection.execute(select(worker)).all(),
    ]
    return "\n\n".join("\n".join(map(str, rows)) for rows in parts)


def copied(settings: Settings, folder: Path) -> Settings:
    """The same settings over a consistent copy of the SQLite file, taken while a server has it open."""
    path = Path(settings.database_url.get_secret_value().removeprefix("sqlite:///"))
    target = folder / "copy.db"
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{target}")})
