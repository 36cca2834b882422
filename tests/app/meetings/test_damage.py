"""A stored ballot that does not open: named, waited for, or counted without by a reasoned word; never lost silently."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, update

from app.kernel.db import Database
from app.kernel.keys import Keys
from app.kernel.log.tables import log_blob
from app.meetings.commands import SetAsideDamaged
from app.meetings.damage import ReportDamage
from app.meetings.documents import cast_bytes
from app.meetings.minutes import minutes
from app.meetings.model import SYSTEM
from app.meetings.personal import touched
from app.meetings.sealing import BallotsDamaged
from tests.builders import ORGANIZER, Log, a_meeting, a_question, person_of
from tests.commands import new_command_id
from tests.contracts.closing import ROUNDS, Story, a_story


def a_closed_voting(secrecy: str = "closed") -> Log:
    log = a_meeting(a_question("q1", secrecy=secrecy), a_question("q2"))
    log.start("q1")
    for creditor in ("A", "B", "C"):
        log.cast(1, creditor, "for")
    log.close(1)
    return log


def damaged(log: Log, creditor: str) -> dict[str, str]:
    """What a worker meets when bits of this ballot have flipped."""
    pos = log.state.votings[1].ballots[creditor].pos
    blob = log.blobs[pos, 0]
    log.blobs[pos, 0] = blob[:-1] + bytes([blob[-1] ^ 1])
    with pytest.raises(BallotsDamaged) as met:
        log.ballots_of(1)
    return dict(met.value.found)


@pytest.mark.parametrize(("secrecy", "why"), [("closed", "unreadable"), ("open", "other")])
def test_all_that_cannot_be_read_are_named_at_once(secrecy: str, why: str) -> None:
    log = a_closed_voting(secrecy)
    del log.blobs[log.state.votings[1].ballots["C"].pos, 0]

    assert damaged(log, "A") == {"A": why, "C": "missing"}


def test_the_console_tells_whose_ballot_stops_the_count_and_why() -> None:
    log = a_closed_voting()
    found = damaged(log, "A")

    for _ in range(2):
        log.submit(SYSTEM, ReportDamage(1, found))  # type: ignore[arg-type]

    assert log.kinds().count("ballots_damaged") == 1
    (row,) = log.seen("organizer")["damaged"].rows
    assert (row.creditor, row.number, row.why, row.set_aside) == ("A", "1", "unreadable", None)
    assert "damaged" not in log.seen("participant")
    assert log.seen("organizer")["next"].text.endswith("сохранённый бюллетень не читается.")
    assert log.code(ORGANIZER, SetAsideDamaged(1, "B", "читается")) == "not_damaged"


def test_counted_without_it_the_creditor_took_part_and_the_voting_may_be_repeated() -> None:
    log = a_closed_voting()
    log.submit(SYSTEM, ReportDamage(1, damaged(log, "A")))  # type: ignore[arg-type]

    log.by_organizer(SetAsideDamaged(1, "A", "копии базы нет"))
    assert log.timers["count/1"] == log.now
    log.count(1)

    row = next(row for row in log.table(1).rows if row.creditor == "A")
    assert row.mark == "damaged"
    assert (log.state.results[1].totals["for"], log.state.results[1].totals["invalid"]) == (50_00, 50_00)
    assert "damaged" not in log.seen("organizer")
    assert log.status == "running"
    assert (
        2 not in log.state.votings
    )  # a packet or agenda does not go on by itself over a vote that is missing
    page = minutes(log.state, log.texts, "organizer")
    assert "подсчитано без него: копии базы нет" in page
    assert "Бюллетень повреждён, выбор неизвестен" in page
    log.start("q1")


@pytest.mark.parametrize("secrecy", ["open", "closed"])
def test_who_cast_it_is_told_that_it_was_counted_without_and_why(secrecy: str) -> None:
    log = a_closed_voting(secrecy)
    log.submit(SYSTEM, ReportDamage(1, damaged(log, "A")))  # type: ignore[arg-type]
    told = log.mine(person_of("A"))["ballot/1/A"].set_aside

    log.by_organizer(SetAsideDamaged(1, "A", "копии базы нет"))

    assert told is None
    assert log.mine(person_of("A"))["ballot/1/A"].set_aside == "копии базы нет"
    assert touched(log.state, log.events[-1]) == frozenset({person_of("A")})
    log.count(1)
    assert log.mine(person_of("A"))["ballot/1/A"].set_aside == "копии базы нет"
    assert log.mine(person_of("B"))["ballot/1/B"].set_aside is None


def test_one_that_came_back_is_counted_and_the_minutes_tell_it() -> None:
    log = a_closed_voting()
    pos = log.state.votings[1].ballots["A"].pos
    good = log.blobs[pos, 0]
    log.submit(SYSTEM, ReportDamage(1, damaged(log, "A")))  # type: ignore[arg-type]

    log.blobs[pos, 0] = good
    log.count(1)

    assert log.state.opened[1].marks["A"].choices == ("for",)
    assert "прочитан позже и учтён" in minutes(log.state, log.texts, "organizer")


def test_participants_of_a_closed_voting_read_what_happened_without_a_name() -> None:
    log = a_closed_voting()
    log.submit(SYSTEM, ReportDamage(1, damaged(log, "A")))  # type: ignore[arg-type]
    log.by_organizer(SetAsideDamaged(1, "A", "копии базы нет"))
    log.count(1)

    page = minutes(log.state, log.texts, "participant")
    table = page[page.index("Повреждённые бюллетени") :]

    assert "копии базы нет" in table
    assert "ООО «A»" not in table[: table.index("</table>")]


def test_only_what_was_found_is_set_aside_and_only_before_the_count() -> None:
    log = a_meeting(a_question("q1"))
    log.start("q1")
    log.cast(1, "A", "for")
    early = log.code(ORGANIZER, SetAsideDamaged(1, "A", "заранее"))
    log.close(1)

    assert early == "voting_not_closed"
    assert log.code(ORGANIZER, SetAsideDamaged(1, "A", "на всякий случай")) == "not_damaged"
    log.count(1)
    assert log.code(ORGANIZER, SetAsideDamaged(1, "A", "поздно")) == "voting_not_closed"
    assert log.submit(SYSTEM, ReportDamage(1, {"A": "missing"})).events == ()


# --- the service ------------------------------------------------------------------------------------------------


@pytest.fixture
async def story(sqlite_database: Database, keys: Keys) -> AsyncIterator[Story]:
    async with a_story(sqlite_database, keys) as story:
        yield story


async def test_a_worker_that_cannot_open_a_ballot_names_it_and_goes_on_when_it_is_told_to(
    story: Story, sqlite_database: Database
) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    await story.cast(0, "B")
    pos = (await first.state(story.meeting)).votings[1].ballots["A"].pos
    row = (log_blob.c.pos == pos) & (log_blob.c.part == 0)
    await sqlite_database.write(
        lambda connection: connection.execute(update(log_blob).where(row).values(body=b"\0" * 4096))
    )

    await until_named(story)
    body = {"voting": 1, "creditor": "A", "reason": "копии базы нет"}
    _, reply = await first.ask(story.meeting, ORGANIZER, "set_aside_damaged", body, new_command_id())
    await story.finish()

    assert reply is not None
    assert reply.ok
    source = await first.meetings.source(story.meeting)
    assert source.meeting.votings[1].state == "counted"
    assert set(await cast_bytes(source, 1)) == {"B"}


async def test_a_ballot_that_is_gone_altogether_is_named_too(story: Story, sqlite_database: Database) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    pos = (await first.state(story.meeting)).votings[1].ballots["A"].pos
    await sqlite_database.write(
        lambda connection: connection.execute(delete(log_blob).where(log_blob.c.pos == pos))
    )

    await until_named(story)

    voting = (await first.state(story.meeting)).votings[1]
    assert {creditor: damage.why for creditor, damage in voting.damaged.items()} == {"A": "missing"}


async def until_named(story: Story) -> None:
    for _ in range(ROUNDS):
        await story.sweep(0)
        if (await story.processes[0].state(story.meeting)).votings[1].damaged:
            return
        await story.push(1.1)
    raise AssertionError("nobody noticed")
