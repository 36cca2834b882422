"""From the request for a code to the receipt, on two workers over one database: who is told what, and what comes again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from app.kernel.db import Database
from app.kernel.dbclock import DatabaseClock
from app.kernel.keys import Keys
from app.kernel.log.topics import Topics
from app.kernel.log.workers import Worker
from app.meetings.codes import MeetingCodes
from app.meetings.draft import DraftMeeting
from app.meetings.hashes import sha256
from app.meetings.machine import MeetingMachine
from app.meetings.refusals import NoPhone, VotingNotOpen
from app.meetings.service import Meetings, workers_hook
from app.signatures.codes import AN_HOUR, Codes
from app.signatures.refusals import CodeTooOften
from realtime.ports import Reply, Viewer
from tests.app.signatures.test_codes import Telephone
from tests.builders import (
    BASIS,
    ORGANIZER,
    FakeSignatures,
    NoPapers,
    a_card,
    a_creditor,
    a_question,
    admissions,
    person_of,
)
from tests.commands import new_command_id
from tests.contracts.closing import a_ballot

PHONES = {"A": "+79161231234", "B": "+79165556677", "C": None}
NEW = "+79167654321"


@dataclass
class Office:
    """Both workers; each command may go to either."""

    workers: tuple[Meetings, Meetings]
    codes: tuple[MeetingCodes, MeetingCodes]
    clock: DatabaseClock
    phone: Telephone

    async def ask(self, person: str, op: str, id: bytes, worker: int = 0, /, **body: Any) -> Reply:
        source = await self.workers[worker].source("m")
        return await source.command(Viewer(person, "l"), id, op, body, self.clock())

    async def ballot(self, creditor: str, *choices: str) -> dict[str, Any]:
        return a_ballot((await self.workers[0].source("m")).meeting, creditor, *choices)

    async def code_for(self, creditor: str, ballot: dict[str, Any], worker: int = 0) -> str:
        await self.codes[worker].send("m", person_of(creditor), 1, (sha256(ballot["bytes"]),))
        return self.phone.code

    async def change_phone(self, creditor: str, worker: int = 0) -> Reply:
        change = {"person": person_of(creditor), "phone": NEW, "reason": "опечатка"}
        return await self.ask(ORGANIZER, "change_phone", new_command_id(), worker, **change)

    async def cast(
        self, creditor: str, ballot: dict[str, Any], code: str, id: bytes, worker: int = 0
    ) -> Reply:
        return await self.ask(person_of(creditor), "cast", id, worker, voting=1, ballots=[ballot], code=code)


@asynccontextmanager
async def an_office(database: Database, keys: Keys) -> AsyncIterator[Office]:
    clock, phone = DatabaseClock(database), Telephone()
    await clock.sync()
    codes = [Codes(database, keys.macs, clock, phone) for _ in range(2)]
    workers = [a_worker(database, keys, clock, each) for each in codes]
    office = Office(
        (workers[0], workers[1]),
        (MeetingCodes(workers[0], codes[0]), MeetingCodes(workers[1], codes[1])),
        clock,
        phone,
    )
    lines = tuple(a_creditor(creditor, phone=phone) for creditor, phone in PHONES.items())
    draft = DraftMeeting(a_card(), (a_question("q1"),), lines, signature_policy="simple", basis=BASIS)
    await office.workers[0].found("m", draft, tuple(admissions(lines, {})), ORGANIZER)
    for creditor in PHONES:
        await office.ask(person_of(creditor), "attend", new_command_id(), creditors=[creditor])
    await office.ask(ORGANIZER, "open_meeting", new_command_id())
    await office.ask(ORGANIZER, "start_voting", new_command_id(), question="q1", duration_s=600)
    yield office


def a_worker(database: Database, keys: Keys, clock: DatabaseClock, codes: Codes) -> Meetings:
    worker = Worker(database, clock, "test", 1)
    topics = Topics(database, keys, clock, [MeetingMachine()], workers=workers_hook(database, clock))
    return Meetings(topics, worker, clock, FakeSignatures(), keys.receipts, NoPapers(), codes)


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


async def test_a_settled_command_hears_its_stored_answer_and_takes_no_attempt(
    database: Database, keys: Keys
) -> None:
    async with an_office(database, keys) as office:
        ballot = await office.ballot("A", "for")
        code = await office.code_for("A", ballot, worker=1)
        guess, vote = new_command_id(), new_command_id()

        wrong = await office.cast("A", ballot, office.phone.wrong, guess)
        again = [await office.cast("A", ballot, code, guess, worker=n % 2) for n in range(6)]
        right = [await office.cast("A", ballot, code, vote, worker=n % 2) for n in range(3)]
        second = await office.cast("A", ballot, code, new_command_id())

        assert wrong.code == "wrong_code"
        assert {reply.code for reply in again} == {"wrong_code"}
        assert all(reply.ok for reply in right)
        assert len({repr(reply.body) for reply in right}) == 1
        assert second.code == "already_voted"


async def test_a_code_signs_neither_another_ballot_nor_for_another_person(
    sqlite_database: Database, keys: Keys
) -> None:
    async with an_office(sqlite_database, keys) as office:
        chosen = await office.ballot("A", "for")
        code = await office.code_for("A", chosen)

        changed = await office.cast("A", await office.ballot("A", "against"), code, new_command_id())
        other = await office.cast("B", await office.ballot("B", "for"), code, new_command_id())

        assert (changed.code, other.code) == ("code_unknown", "code_unknown")
        assert (await office.cast("A", chosen, code, new_command_id())).ok
        assert office.phone.messages[0][0] == PHONES["A"]


async def test_the_answer_shows_the_end_of_the_number_and_without_one_nothing_is_sent(
    sqlite_database: Database, keys: Keys
) -> None:
    async with an_office(sqlite_database, keys) as office:
        sent = await office.codes[0].send("m", "p_B", 1, ("0a" * 32,))
        with pytest.raises(NoPhone):
            await office.codes[0].send("m", "p_C", 1, ("0a" * 32,))

        assert sent.phone == "+7 ··· ··· 66 77"
        assert sent.again_at_ms < sent.expires_at_ms
        assert [phone for phone, _ in office.phone.messages] == [PHONES["B"]]


async def test_two_requests_that_differ_only_in_the_choice_differ_only_in_the_hash(
    sqlite_database: Database, keys: Keys
) -> None:
    """P15: neither the message nor the answer nor the log before the closing tells more than the commitment."""
    async with an_office(sqlite_database, keys) as office:
        told = []
        for creditor, choice in (("A", "for"), ("B", "against")):
            ballot = await office.ballot(creditor, choice)
            code = await office.code_for(creditor, ballot)
            told.append(office.phone.messages[-1][1].replace(code, "######"))
            await office.cast(creditor, ballot, code, new_command_id())
        topic = (await office.workers[0].source("m")).topic
        first, second = (event.body for event in await topic.events(0) if event.kind == "ballot_cast")

        differing = {name for name in first if first[name] != second[name]}

        assert told[0] == told[1]
        assert differing <= {"creditor", "person", "received_at", "ballot_sha256", "code", "blobs"}
        assert set(first["code"]) == {"sent_at", "ballots_sha256"}


async def test_a_code_to_the_old_number_dies_with_the_change_on_every_worker(
    database: Database, keys: Keys
) -> None:
    """Worker 1 has not read the change when the code comes to it."""
    async with an_office(database, keys) as office:
        ballot = await office.ballot("A", "for")
        old = await office.code_for("A", ballot, worker=1)

        assert (await office.change_phone("A", worker=0)).ok
        late = await office.cast("A", ballot, old, new_command_id(), worker=1)
        new = await office.code_for("A", ballot, worker=0)
        again = await office.cast("A", ballot, old, new_command_id(), worker=0) if old != new else late
        good = await office.cast("A", ballot, new, new_command_id(), worker=1)

        assert (late.code, again.code, good.ok) == (
            "code_unknown",
            "wrong_code" if old != new else late.code,
            True,
        )
        assert [phone for phone, _ in office.phone.messages] == [PHONES["A"], NEW]
        assert (await office.change_phone("A")).code == "phone_has_signed"


async def test_a_code_to_the_new_number_is_good_on_a_worker_that_has_not_read_the_change(
    database: Database, keys: Keys
) -> None:
    async with an_office(database, keys) as office:
        ballot = await office.ballot("A", "for")
        behind = await office.workers[1].source("m")
        assert (await office.change_phone("A", worker=0)).ok
        new = await office.code_for("A", ballot, worker=0)

        viewer = Viewer(person_of("A"), "l")
        cast = {"voting": 1, "ballots": [ballot], "code": new}
        reply = await behind.command(viewer, new_command_id(), "cast", cast, office.clock())

        assert reply.ok


async def test_a_change_of_the_telephone_wins_no_codes(sqlite_database: Database, keys: Keys) -> None:
    """So nobody guesses on by changing numbers, and a stolen link costs its owner no more than the electronic way."""
    async with an_office(sqlite_database, keys) as office:
        for n in range(AN_HOUR):
            await office.codes[n % 2].send("m", "p_A", 1, (f"{n:064x}",))
        assert (await office.change_phone("A")).ok

        with pytest.raises(CodeTooOften):
            await office.codes[0].send("m", "p_A", 1, ("0a" * 32,))

        await office.codes[0].send("m", "p_B", 1, ("0a" * 32,))


async def test_two_tabs_have_a_code_each_and_one_vote_between_them(
    sqlite_database: Database, keys: Keys
) -> None:
    async with an_office(sqlite_database, keys) as office:
        first, second = await office.ballot("A", "for"), await office.ballot("A", "against")
        codes = [await office.code_for("A", ballot) for ballot in (first, second)]

        crossed = await office.cast("A", first, codes[1], new_command_id())
        voted = await office.cast("A", second, codes[1], new_command_id())
        later = await office.cast("A", first, codes[0], new_command_id())

        assert (crossed.code, voted.ok, later.code) == ("wrong_code", True, "already_voted")


async def test_a_code_of_a_voting_that_was_called_off_signs_nothing_and_none_is_sent(
    sqlite_database: Database, keys: Keys
) -> None:
    async with an_office(sqlite_database, keys) as office:
        ballot = await office.ballot("A", "for")
        code = await office.code_for("A", ballot)
        await office.ask(ORGANIZER, "cancel_voting", new_command_id(), voting=1, reason="сбой")

        late = await office.cast("A", ballot, code, new_command_id())
        with pytest.raises(VotingNotOpen):
            await office.codes[0].send("m", "p_A", 1, ("0a" * 32,))
        await office.ask(ORGANIZER, "start_voting", new_command_id(), question="q1", duration_s=600)
        repeated = await office.ask(
            person_of("A"), "cast", new_command_id(), voting=2, ballots=[ballot], code=code
        )

        assert (late.code, repeated.code) == ("voting_not_open", "stale_ballot")
