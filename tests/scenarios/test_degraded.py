"""Parts fail under a meeting: Redis goes, PostgreSQL restarts, history is lost. It goes on, and everybody is told."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import MAX_WBITS, decompress

from msgspec import msgpack
from structlog.testing import capture_logs

from realtime.envelope import Ack, Check, Soft, Sync
from tests.contracts.put_back import put_back
from tests.scenarios.site import Browser, Site, Socket, a_site
from tests.servers import PostgresProcess, RedisProcess, postgres_database

DEADLINE_S = 180.0


@dataclass(frozen=True, slots=True)
class Room:
    """A voting is open; the organizer looks at the console of one worker, A votes on another."""

    console: Socket
    voter: Browser
    seat: Socket
    site: Site

    async def vote(self, choice: str = "for", id: bytes | None = None) -> Ack:
        return await self.seat.command("cast", await self.site.ballot(1, "A", choice), id)


async def a_room(organizers: Site, voters: Site) -> Room:
    links = await organizers.found("m_1")
    organizer, voter = await organizers.browser(links["organizer"]), await voters.browser(links["A"])
    other = await voters.browser(links["B"])
    for person, creditor in ((voter, "A"), (other, "B")):
        assert (await person.command("attend", {"creditors": [creditor]})).ok
    assert (await organizer.command("open_meeting")).ok
    assert (await organizer.command("start_voting", {"question": "q1", "duration_s": 600})).ok
    return Room(await organizer.socket(), voter, await voter.socket(), voters)


async def shows(socket: Socket, key: str) -> Any:
    """The next value of this key in the view."""
    while True:
        sync = await socket.heard(Sync)
        values = msgpack.decode(decompress(sync.set, -MAX_WBITS)) if sync.packed else sync.set
        if sync.part == "view" and key in values:
            return values[key]


async def voted(socket: Socket, count: int) -> None:
    while (await shows(socket, "voting/1"))["voted"] != count:
        pass


async def degraded(socket: Socket, is_so: bool) -> None:
    while (await socket.heard(Soft)).set["degraded"] != is_so:
        pass


@asynccontextmanager
async def two_workers(folder: Path, database_url: str, redis_url: str) -> AsyncIterator[tuple[Site, Site]]:
    async with (
        asyncio.timeout(DEADLINE_S),
        a_site(folder, database_url, redis_url) as one,
        a_site(folder, database_url, redis_url) as other,
    ):
        yield one, other


async def test_without_redis_votes_go_on_the_console_says_so_and_all_is_well_by_itself_later(
    tmp_path: Path, postgres_url: str, own_redis: RedisProcess
) -> None:
    async with two_workers(tmp_path, postgres_url, own_redis.url) as (one, other):
        room = await a_room(one, other)
        await degraded(room.console, False)

        own_redis.stop()
        await degraded(room.console, True)
        assert (await room.vote()).ok
        begun = asyncio.get_running_loop().time()
        await voted(room.console, 1)
        polled_s = asyncio.get_running_loop().time() - begun
        own_redis.start()
        await degraded(room.console, False)

        assert polled_s < 3.0, "the other worker did not poll"


async def test_a_restarted_database_decides_nothing_wrongly_and_keeps_every_receipt(
    tmp_path: Path, own_postgres: PostgresProcess
) -> None:
    copied = postgres_database(own_postgres.programs, own_postgres.folder, "restarted")
    with copied as url, capture_logs() as lines:
        async with asyncio.timeout(DEADLINE_S), a_site(tmp_path, url) as site:
            room = await a_room(site, site)
            first, second = secrets.token_bytes(16), secrets.token_bytes(16)
            body = await site.ballot(1, "A", "for")
            before = await room.seat.command("cast", body, first)

            own_postgres.kill()
            answers = [await room.seat.command("leave", {"creditors": ["A"]}, second)]
            page = await room.voter.http.post(f"/api/meetings/m_1/ticket?p={room.voter.person}")
            starting = asyncio.create_task(asyncio.to_thread(own_postgres.start))
            while not answers[-1].final:
                await asyncio.sleep(0.02)
                answers.append(await room.seat.command("leave", {"creditors": ["A"]}, second))
            again = await room.seat.command("cast", body, first)
            await starting

    assert before.ok
    assert answers[-1].ok
    assert {answer.code for answer in answers[:-1]} == {"database_away"}
    assert (page.status_code, page.json()["code"]) == (503, "database_away")
    assert again.answer == before.answer
    assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_lost_history_is_alarmed_and_a_receipt_without_a_record_is_listed(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    async with two_workers(tmp_path, postgres_url, redis_url) as (one, other):
        room = await a_room(one, other)
        kept = await other.head()
        ack = await room.vote()
        await voted(room.console, 1)
        topic = (await other.services.meetings.source("m_1")).topic.number

        await put_back(other.services.database, topic, kept.at, kept.mark)
        alarm = await shows(room.console, "alarm")
        await room.seat.say(
            Check([], [ack.answer["receipt"], {**ack.answer["receipt"], "pos": 1}, "nonsense"])
        )
        while not alarm["unrecorded"]:
            alarm = await shows(room.console, "alarm")
        again = await room.vote()

        state = await one.state()

    assert ack.ok
    assert alarm["lost"] == 1
    assert [row["person"] for row in alarm["unrecorded"]] == [room.voter.person]
    assert again.ok, "the lost vote can be cast anew"
    assert len(state.restorations) == 1
