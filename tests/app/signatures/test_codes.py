"""Codes by SMS: bound to ballots and person, tried a few times, on either database and on several workers at once."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio
from sqlalchemy import Connection
from sqlalchemy.util import await_only

from app.kernel.crypto import MacKeys
from app.kernel.db import Database
from app.kernel.errors import DatabaseAway, Refused
from app.signatures.code_file import FileSender, NoSender
from app.signatures.codes import AN_HOUR, ATTEMPTS, HOUR_US, LIFETIME_US, PAUSE_US, Bound, CodeFacts, Codes
from app.signatures.refusals import CodeNotSent, CodeTooOften
from tests.app.accounts.places import MACS, TurnedClock, a_place, sqlite_url

PHONE = "+79161231234"
BALLOT, OTHER = "0a" * 32, "0b" * 32
MINE = Bound("m_1", 1, "p_1", (4, 0), (BALLOT,))
C1, C2, C3 = b"1", b"2", b"3"


@dataclass
class Telephone:
    """Implements `CodeSender`: the messages that came, the last of them at the end."""

    messages: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, phone: str, text: str) -> None:
        self.messages.append((phone, text))

    @property
    def code(self) -> str:
        found = re.search(r"\d{6}", self.messages[-1][1])
        assert found
        return found.group()

    @property
    def wrong(self) -> str:
        return f"{(int(self.code) + 1) % 10**6:06d}"


@dataclass
class Desk:
    """Two workers over one database."""

    database: Database
    clock: TurnedClock
    phone: Telephone
    workers: tuple[Codes, Codes]

    async def send(self, bound: Bound = MINE, worker: int = 0) -> None:
        await self.workers[worker].send(bound, PHONE, lambda code: f"Код {code}")

    async def check(self, code: str, command: bytes = C1, bound: Bound = MINE, worker: int = 0) -> CodeFacts:
        return await self.workers[worker].check(bound, code, command, self.clock())

    async def verdict(self, code: str, command: bytes = C1, bound: Bound = MINE, worker: int = 0) -> str:
        return (await self.check(code, command, bound, worker)).verdict


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    on_sqlite = request.param == "sqlite"
    url = sqlite_url(tmp_path) if on_sqlite else request.getfixturevalue("postgres_url")
    async with a_place(url) as place:
        phone = Telephone()
        workers = [Codes(place.database, MACS, place.clock, phone) for _ in range(2)]
        yield Desk(place.database, place.clock, phone, (workers[0], workers[1]))


async def test_the_code_that_was_sent_is_good_once_and_on_any_worker(desk: Desk) -> None:
    await desk.send()

    good = await desk.check(desk.phone.code, worker=1)

    assert good == CodeFacts("ok", sent_at=desk.clock())
    assert desk.phone.messages[0][0] == PHONE
    assert await desk.verdict(desk.phone.code, C2) == "unknown"


async def test_the_same_command_hears_the_same_again_and_costs_no_attempt(desk: Desk) -> None:
    await desk.send()

    said = [await desk.check(desk.phone.wrong, C1, worker=n % 2) for n in range(2 * ATTEMPTS)]

    assert set(said) == {CodeFacts("wrong", left=ATTEMPTS - 1)}
    assert await desk.verdict(desk.phone.code, C1) == "wrong"
    assert [await desk.verdict(desk.phone.code, C2, worker=n) for n in (0, 1)] == ["ok", "ok"]


async def test_a_copy_of_any_earlier_command_hears_the_same_and_costs_no_attempt(desk: Desk) -> None:
    await desk.send()
    first, second = [await desk.check(desk.phone.wrong, command) for command in (C1, C2)]

    copies = [await desk.check(desk.phone.wrong, command, worker=1) for command in (C1, C2, C1, C2, C1, C2)]

    assert copies == [first, second] * 3
    assert (first.left, second.left) == (ATTEMPTS - 1, ATTEMPTS - 2)
    assert await desk.verdict(desk.phone.code, C3) == "ok"
    assert await desk.check(desk.phone.wrong, C1) == first


async def test_after_too_many_wrong_attempts_the_right_code_is_no_good_either(desk: Desk) -> None:
    await desk.send()

    said = [await desk.verdict(desk.phone.wrong, bytes([n])) for n in range(ATTEMPTS)]

    assert said == ["wrong"] * (ATTEMPTS - 1) + ["spent"]
    assert await desk.verdict(desk.phone.code, b"right") == "spent"


async def test_guesses_on_two_workers_at_once_are_counted_together(desk: Desk) -> None:
    await desk.send()

    guesses = (desk.verdict(desk.phone.wrong, b"%d" % n, worker=n % 2) for n in range(20))
    said = await asyncio.gather(*guesses)

    assert sorted(said) == ["spent"] * (20 - ATTEMPTS + 1) + ["wrong"] * (ATTEMPTS - 1)


async def test_one_command_on_two_workers_at_once_is_one_attempt(desk: Desk) -> None:
    await desk.send()

    said = await asyncio.gather(*(desk.verdict(desk.phone.code, C1, worker=n % 2) for n in range(6)))

    assert set(said) == {"ok"}


class Away:
    """A database that nobody reaches."""

    async def write(self, work: Callable[[Any], Any]) -> Any:
        raise ConnectionRefusedError


async def test_a_code_that_cannot_be_looked_up_now_may_be_sent_again() -> None:
    codes = Codes(cast(Database, Away()), MACS, TurnedClock(), Telephone())

    with pytest.raises(DatabaseAway):
        await codes.check(MINE, "123456", C1, 0)


async def test_a_code_lives_five_minutes(desk: Desk) -> None:
    await desk.send()

    desk.clock.now += LIFETIME_US - 1
    assert await desk.verdict(desk.phone.wrong, C1) == "wrong"
    desk.clock.now += 1
    assert await desk.verdict(desk.phone.code, C2) == "expired"


@pytest.mark.parametrize(
    "other",
    [
        replace(MINE, ballots=(OTHER,)),
        replace(MINE, ballots=(BALLOT, OTHER)),
        replace(MINE, person="p_2"),
        replace(MINE, voting=2),
        replace(MINE, meeting="m_2"),
        replace(MINE, phone=(9, 0)),
    ],
    ids=[
        "another ballot",
        "one ballot more",
        "another person",
        "another voting",
        "another meeting",
        "another telephone",
    ],
)
async def test_a_code_signs_only_what_it_was_sent_for(desk: Desk, other: Bound) -> None:
    await desk.send()
    code = desk.phone.code

    assert await desk.verdict(code, C1, other) == "unknown"
    await desk.send(other)
    if desk.phone.code != code:  # by chance they may be equal
        assert await desk.verdict(code, C2, other) == "wrong"
    assert await desk.verdict(code, C3) == "ok"


async def test_several_ballots_are_signed_by_one_code_in_whatever_order(desk: Desk) -> None:
    await desk.send(replace(MINE, ballots=(OTHER, BALLOT)))

    assert await desk.verdict(desk.phone.code, C1, replace(MINE, ballots=(BALLOT, OTHER))) == "ok"


async def test_only_the_last_code_is_good(desk: Desk) -> None:
    await desk.send()
    first = desk.phone.code
    desk.clock.now += PAUSE_US
    await desk.send()
    while desk.phone.code == first:  # one in a million
        desk.clock.now += PAUSE_US
        await desk.send()

    assert await desk.verdict(first, C1) == "wrong"
    assert await desk.verdict(desk.phone.code, C2) == "ok"


async def test_another_code_for_the_same_ballots_waits_half_a_minute(desk: Desk) -> None:
    await desk.send()

    with pytest.raises(CodeTooOften) as refused:
        await desk.send(worker=1)

    assert refused.value.details == {"again_at_ms": (desk.clock() + PAUSE_US) // 1000}
    assert len(desk.phone.messages) == 1
    desk.clock.now += PAUSE_US
    await desk.send(worker=1)


async def test_a_person_gets_so_many_codes_an_hour_whatever_they_are_for(desk: Desk) -> None:
    for n in range(AN_HOUR):
        await desk.send(replace(MINE, voting=n + 1), worker=n % 2)

    with pytest.raises(CodeTooOften):
        await desk.send(replace(MINE, voting=99))

    await desk.send(replace(MINE, person="p_2"))
    desk.clock.now += HOUR_US
    await desk.send(replace(MINE, voting=99))


async def test_codes_asked_for_on_two_workers_at_once_are_counted_together(desk: Desk) -> None:
    asked = [desk.send(replace(MINE, voting=n + 1), worker=n % 2) for n in range(AN_HOUR + 4)]

    said = await asyncio.gather(*asked, return_exceptions=True)

    assert len(desk.phone.messages) == said.count(None) <= AN_HOUR
    assert all(isinstance(one, CodeTooOften) for one in said if one is not None)


@dataclass
class Halting:
    """A database whose writes wait before their statement number `before` until they are let go on."""

    database: Database
    before: int
    halted: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, work: Callable[[Any], Any]) -> Any:
        return await self.database.write(lambda db: work(HaltingConnection(self, db)))


@dataclass
class HaltingConnection:
    halting: Halting
    db: Connection
    asked: int = 0

    def execute(self, statement: Any) -> Any:
        self._wait()
        return self.db.execute(statement)

    def scalar(self, statement: Any) -> Any:
        self._wait()
        return self.db.scalar(statement)

    def _wait(self) -> None:
        self.asked += 1
        if self.asked == self.halting.before:
            self.halting.halted.set()
            await_only(asyncio.wait_for(self.halting.goes_on.wait(), 30))


@pytest.mark.parametrize("before", [1, 2, 3, 4])
async def test_no_code_is_overlooked_between_two_looks_of_another_worker(
    postgres_url: str, before: int
) -> None:
    async with a_place(postgres_url) as place:
        phone = Telephone()
        halting = Halting(place.database, before)
        slow = Codes(cast(Database, halting), MACS, place.clock, phone)
        quick = Codes(place.database, MACS, place.clock, phone)
        for n in range(AN_HOUR - 1):
            await quick.send(replace(MINE, voting=n + 1), PHONE, str)

        late = asyncio.create_task(slow.send(replace(MINE, voting=98), PHONE, str))
        await asyncio.wait_for(halting.halted.wait(), 30)
        await quick.send(replace(MINE, voting=99), PHONE, str)
        halting.goes_on.set()

        with pytest.raises(CodeTooOften):
            await late
        assert len(phone.messages) == AN_HOUR


async def test_a_rotated_key_still_knows_the_codes_that_are_on_their_way(desk: Desk) -> None:
    await desk.send()
    rotated = Codes(desk.database, MacKeys({**MACS.keys, 2: b"n" * 32}), desk.clock, desk.phone)

    assert (await rotated.check(MINE, desk.phone.code, C1, desk.clock())).verdict == "ok"


async def test_what_no_limit_asks_for_any_more_is_swept(desk: Desk) -> None:
    await desk.send()
    desk.clock.now += HOUR_US + 1

    await desk.workers[0].sweep()

    assert await desk.verdict(desk.phone.code) == "unknown"


async def test_the_double_writes_messages_to_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    path = tmp_path / "data" / "sms.jsonl"

    await FileSender(path).send(PHONE, "Код 123456")
    await FileSender(path).send(PHONE, "Код 654321")

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[1] == {"phone": PHONE, "text": "Код 654321"}
    assert len(lines) == 2
    assert path.stat().st_mode & 0o077 == 0


async def test_a_message_that_cannot_go_is_refused_and_may_be_asked_for_again(tmp_path: Path) -> None:
    for sender in (NoSender(), FileSender(tmp_path)):
        with pytest.raises(CodeNotSent) as refused:
            await sender.send(PHONE, "Код")
        assert isinstance(refused.value, Refused)
        assert not refused.value.final
