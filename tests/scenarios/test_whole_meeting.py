"""A whole meeting on the embedded product: real HTTP and frames, lost networks, a packet, a closed vote, a committee."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.accounts.model import Contact, Newcomer
from app.bootstrap import Services, opened_services
from app.kernel.settings import Settings
from app.main import create_app
from app.meetings.draft import Card, DraftMeeting
from app.meetings.founding import Admission
from app.meetings.view_types import Form
from load.client import Retry
from load.door import Link
from load.human import Pace, in_bursts
from load.scenario import run
from tests.builders import a_card, a_creditor, a_question
from tests.load.fake_meeting import address, listening, serving_routes

BRISK = Pace(
    join_s=0.3,
    think_s=(0.0, 0.5, 0.1),
    away_s=(0.05, 0.3),
    drops=0.2,
    strolls=0.2,
    silent=0,
    retry=Retry(0.25, 5.0),
)
DEADLINE_S = 240
ENDS_IN_S = 24
"""Ten of them are asked for by the opening; the rest is for the votes."""
CANDIDATES = tuple((f"k{n}", f"Кандидат {n}") for n in range(4))
AGENDA = (
    a_question("q1", secrecy="closed"),
    a_question("q2", nested=(a_question("q21"),)),
    a_question("q3", topic="committee", seats=3, options=CANDIDATES),
)


async def test_two_workers_without_sticky_sessions_serve_one_meeting(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    """Both listen on one port, so requests and sockets of one person land on either."""
    with listening() as at, listening(at.getsockname()[1]) as again:
        settings = Settings(
            public_url=address(at),
            database_url=SecretStr(postgres_url),
            redis_url=SecretStr(redis_url),
            keys_dir=tmp_path / "keys",
        )
        async with (
            asyncio.timeout(DEADLINE_S),
            opened_services(settings, serves=True) as one,
            opened_services(settings, serves=True) as other,
            serving_routes(create_app(one).routes, at),
            serving_routes(create_app(other).routes, again),
        ):
            watching = asyncio.create_task(most_sockets((one, other)))
            report = await run(address(at), await founded(one, a_card()), seed=12, pace=BRISK)
            watching.cancel()
            most = await watching

    assert min(most) > 0
    assert not report.failed, (report.given_up, report.last_seen, report.checker.findings)
    assert report.checker.ballots == report.votings * 12


async def most_sockets(workers: tuple[Services, ...]) -> list[int]:
    """Until cancelled: how many sockets each worker had at the busiest moment."""
    most = [0 for _ in workers]
    with suppress(asyncio.CancelledError):
        while True:
            most = [max(before, worker.node.sockets) for before, worker in zip(most, workers, strict=True)]
            await asyncio.sleep(0.05)
    return most


async def test_a_meeting_from_the_first_link_to_the_end_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with listening() as at:
        async with asyncio.timeout(DEADLINE_S), a_served_meeting(tmp_path, at) as links:
            report = await run(address(at), links, seed=11, pace=BRISK)

    assert not report.failed, (report.given_up, report.last_seen, report.checker.findings)
    assert report.votings >= 3
    assert report.checker.ballots == report.votings * 12
    assert report.commands["refused"] == 0
    assert report.connections > 7
    assert report.checker.receipts_verified == report.commands["ok"]


@pytest.mark.parametrize("form", ["absentee", "mixed"])
async def test_a_bot_leads_a_meeting_where_all_questions_are_open_at_once(form: Form, tmp_path: Path) -> None:
    """A storm takes every network while they are open; one participant has no websockets."""
    pace = replace(in_bursts(0.3, 0.5), retry=Retry(0.25, 5.0))
    with listening() as at:
        async with asyncio.timeout(DEADLINE_S), a_served_meeting(tmp_path, at, form) as links:
            report = await run(address(at), links, seed=13, pace=pace, fallback=0.15, storm=True)

    assert not report.failed, (report.given_up, report.last_seen, report.checker.findings)
    assert report.checker.ballots == 4 * 12
    assert report.fallback == 1
    assert report.storm is not None
    assert report.storm.dropped == 7
    assert report.checker.seen["minutes"] == 4


@asynccontextmanager
async def a_served_meeting(
    folder: Path, at: socket.socket, form: Form = "in_person"
) -> AsyncIterator[tuple[Link, ...]]:
    """An embedded server at `at` with a convened meeting; its access links."""
    settings = Settings(
        environment="embedded",
        public_url=address(at),
        database_url=SecretStr(f"sqlite:///{folder / 'kvorum.sqlite'}"),
        keys_dir=folder / "keys",
    )
    async with opened_services(settings, serves=True) as services:
        ends_at = None if form == "in_person" else (int(time.time()) + ENDS_IN_S) * 1_000_000
        links = await founded(services, a_card(form=form, ends_at=ends_at))
        async with serving_routes(create_app(services).routes, at):
            yield links


async def founded(services: Services, card: Card) -> tuple[Link, ...]:
    """Twelve creditors: six come themselves, six by one representative."""
    creditors = [f"c{n:04}" for n in range(12)]
    seats = [Admission(f"p_{who}", "participant", who, (who,), (who,)) for who in creditors[:6]]
    seats.append(Admission("p_rep", "participant", "Представитель", tuple(creditors[6:]), ()))
    seats.append(Admission("p_org", "organizer", "Организатор"))
    register = tuple(a_creditor(who, 100_000_00 + n * 7_31) for n, who in enumerate(creditors))
    await services.meetings.found("m_1", DraftMeeting(card, AGENDA, register), tuple(seats), "p_org")
    people = tuple(Newcomer(seat.person, seat.role, Contact(seat.name)) for seat in seats)
    await services.accounts.admit("m_1", people)
    creditors_of = {seat.person: seat.creditors for seat in seats}
    return tuple(
        Link(
            link.url.partition("#")[2], link.seat.role, link.seat.contact.name, creditors_of[link.seat.person]
        )
        for link in await services.accounts.links("m_1")
    )
