"""P11: the end of a history is lost and another is written in its place; nobody shows a wrong map, who saw it is alarmed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.kernel.keys import Keys
from app.kernel.log.model import Event, Position
from app.kernel.log.reader import Reader
from app.kernel.log.topics import Topic, Topics
from tests.builders import person_of
from tests.commands import new_command_id
from tests.contracts.closing import a_story
from tests.contracts.history import History
from tests.contracts.places import Free, Places, State, Take
from tests.contracts.put_back import put_back
from tests.contracts.test_log_properties import briefly

COMMANDS: tuple[Any, ...] = (Take("c1"), Take("c2"), Take("c3"), Free("c1"), Free("c2"))
commands = st.lists(st.sampled_from(COMMANDS), max_size=8)
RESTORED = "history_restored"


async def opened(database: Database, keys: Keys, name: str) -> Topic[State]:
    return await Topics(database, keys, system_clock, [Places()]).open(name)


async def written(topic: Topic[State], history: History, commands: list[Any]) -> list[Position]:
    """Where the topic stood after each of the commands."""
    stood = [topic.position]
    for command in commands:
        await history.ask(topic, "p_one", new_command_id(), command)
        stood.append(topic.position)
    return stood


def restorations(events: tuple[Event, ...]) -> list[int]:
    return [event.body["pos"] for event in events if event.kind == RESTORED]


async def play(
    database: Database, keys: Keys, before: list[Any], after: list[Any], back: int
) -> tuple[Topic[State], Topic[State], bool, History]:
    """A witness writes, the end is lost, a newcomer writes on; returns both, and whether the witness saw what is lost."""
    name, history = new_id("place"), History()
    await Topics(database, keys, system_clock, [Places()]).create(name, "places-1")
    witness = await opened(database, keys, name)
    stood = await written(witness, history, before)
    seen, kept = witness.position, stood[back % len(stood)]
    await put_back(database, witness.number, kept.at, kept.mark)
    newcomer = await opened(database, keys, name)
    await written(newcomer, History(), after)
    return witness, newcomer, kept.at < seen.at, history


async def check(
    witness: Topic[State],
    newcomer: Topic[State],
    database: Database,
    keys: Keys,
    saw_it: bool,
    history: History,
) -> None:
    """A fresh fold is the judge; the alarm stands in the log; receipts tell what they prove."""
    fresh = await opened(database, keys, witness.name)
    for topic in (witness, newcomer):
        await topic.catch_up()
        assert (topic.state, topic.position) == (fresh.state, fresh.position), "a wrong map"
        assert await topic.events(0) == await fresh.events(0)
    assert bool(restorations(await fresh.events(0))) == saw_it
    hashes = {event.hash.hex() for event in await fresh.events(0)}
    for told in history.told.values():
        for receipt in (answer.body.get("receipt") for answer in told if answer.ok):
            assert receipt is None or await fresh.holds(receipt) == (receipt["hash"] in hashes)


class LostHistory:
    @briefly
    @given(before=commands, after=commands, back=st.integers(0, 8), reads_first=st.booleans())
    async def test_whatever_was_lost_and_written_instead_nobody_shows_a_wrong_map(
        self,
        database: Database,
        keys: Keys,
        before: list[Any],
        after: list[Any],
        back: int,
        reads_first: bool,
    ) -> None:
        witness, newcomer, saw_it, history = await play(database, keys, before, after, back)
        if reads_first:
            await witness.catch_up()

        await written(witness, History(), [Take("c9")])  # positions begin again lower: a story of its own

        await check(witness, newcomer, database, keys, saw_it, history)

    async def test_planted_positions_without_marks_are_seen(
        self, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The newcomer has written more than was lost: by its numbers the witness's past looks sound."""
        monkeypatch.setattr(Reader, "_check_continues", lambda self, fold, row, events: None)
        before, after = [Take("c1"), Take("c2")], [Take("c3"), Free("c1"), Take("c1")]
        witness, newcomer, saw_it, history = await play(database, keys, before, after, 1)

        with pytest.raises(AssertionError, match="a wrong map"):
            await check(witness, newcomer, database, keys, saw_it, history)

    async def test_a_meeting_shows_texts_and_receipts_of_the_history_that_is(
        self, database: Database, keys: Keys
    ) -> None:
        async with a_story(database, keys) as story:
            witness = await story.processes[0].meetings.source(story.meeting)
            kept = witness.topic.position
            await story.cast(0, "A")
            await story.processes[0].meetings.source(story.meeting)
            await put_back(database, witness.topic.number, kept.at, kept.mark)
            await story.cast(0, "B")

            shown = await story.processes[0].meetings.source(story.meeting)
            fresh = await story.processes[1].meetings.source(story.meeting)

            assert shown is witness
            assert shown.position == fresh.position
            for role in ("organizer", "participant"):
                assert shown.view(role) == fresh.view(role)
            for creditor in ("A", "B"):
                assert shown.me(person_of(creditor)) == fresh.me(person_of(creditor))


class TestLostHistoryOnSqlite(LostHistory):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestLostHistoryOnPostgres(LostHistory):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database
