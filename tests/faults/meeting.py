"""The meeting of a run: founded past the servers, and what the database keeps of it afterwards."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Connection, func, select

from app.accounts.model import Contact, Newcomer
from app.bootstrap import Services, opened_services
from app.kernel.ids import new_id
from app.kernel.log.tables import ballot_guard, log_event, log_timer, log_topic, worker
from app.kernel.log.verify import verify_topic
from app.kernel.settings import Settings
from app.meetings.draft import DraftMeeting
from app.meetings.founding import Admission
from load.door import Link
from tests.builders import a_card, a_creditor, a_question

CREDITORS = 40
REPRESENTED = 6
VOTINGS = 2
PROBES = 4
TWINS = 3
AUDIENCE = 50


@dataclass(frozen=True, slots=True)
class Played:
    """`crowd` with the organizer is for the harness, `probes` watch. For kinds that send what no client of ours sends:

    `twins` are participants outside the crowd, `audience` are more screens.
    """

    id: str
    crowd: tuple[Link, ...]
    probes: tuple[Link, ...]
    twins: tuple[Link, ...]
    audience: tuple[Link, ...]

    @property
    def topic(self) -> str:
        return f"meeting:{self.id}"


@dataclass(frozen=True, slots=True)
class Kept:
    """Live ballots of the database, and what the verification of the log finds wrong."""

    ballots: int
    log_faults: tuple[str, ...]


async def found_meetings(settings: Settings, count: int) -> list[Played]:
    async with opened_services(settings) as services:
        return [await _found(services) for _ in range(count)]


async def _found(services: Services) -> Played:
    """Most creditors come themselves, some by one representative; two questions, one of them closed."""
    meeting = new_id("m")
    creditors = [f"c{n:04}" for n in range(CREDITORS + TWINS)]
    alone, together = creditors[REPRESENTED:], creditors[:REPRESENTED]
    seats = [Admission(f"{meeting}_{who}", "participant", who, (who,), ()) for who in alone]
    seats.append(Admission(f"{meeting}_rep", "participant", "Представитель", tuple(together), ()))
    seats += [Admission(f"{meeting}_scr{n}", "screen", f"Экран {n}") for n in range(PROBES + AUDIENCE)]
    seats.append(Admission(f"{meeting}_org", "organizer", "Организатор"))
    register = tuple(a_creditor(who, 100_000_00 + n * 7_31) for n, who in enumerate(creditors))
    agenda = (a_question("q1"), a_question("q2", secrecy="closed"))
    await services.meetings.found(
        meeting, DraftMeeting(a_card(), agenda, register), tuple(seats), seats[-1].person
    )
    people = tuple(Newcomer(seat.person, seat.role, Contact(seat.name)) for seat in seats)
    await services.accounts.admit(meeting, people)
    return _sorted(meeting, await _links(services, meeting, seats), set(creditors[CREDITORS:]))


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
    return Kept(ballots, tuple(f"{fault.pos}: {fault.what}" for fault in report.faults))


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
