"""The service over a real log: receipts of a person, the count beside the loop, a closing that cannot wait."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.kernel.db import Database
from app.kernel.keys import Keys
from app.kernel.log import topics
from app.meetings import counting
from app.meetings.commands import Count
from app.meetings.model import SYSTEM, Mark
from tests.builders import OBSERVER, ORGANIZER, REGISTRAR, SCREEN, a_meeting, person_of
from tests.commands import new_command_id
from tests.contracts.closing import Story, a_story


@pytest.fixture
async def story(sqlite_database: Database, keys: Keys) -> AsyncIterator[Story]:
    async with a_story(sqlite_database, keys) as story:
        yield story


async def test_an_annulled_ballot_keeps_its_receipt_and_says_why(story: Story) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    body = {"voting": 1, "creditor": "A", "reason": "ошибка в весе"}
    await first.ask(story.meeting, ORGANIZER, "annul_ballot", body, new_command_id())
    await story.cast(1, "A")

    ballots = await first.meetings.receipts_for(story.meeting, person_of("A"))

    assert [(ballot.annulled, ballot.annul_reason) for ballot in ballots] == [
        (False, None),
        (True, "ошибка в весе"),
    ]
    positions = [ballot.receipt.pos for ballot in ballots if ballot.receipt]
    assert len(positions) == 2
    assert positions[0] > positions[1]


async def test_the_input_of_the_count_of_a_closed_voting_is_for_the_staff_only(story: Story) -> None:
    meetings = story.processes[0].meetings
    await story.cast(0, "A")
    early = await meetings.recount_for(story.meeting, ORGANIZER, 1)
    await story.finish()

    given = await meetings.recount_for(story.meeting, ORGANIZER, 1)
    others = (person_of("A"), OBSERVER, SCREEN, "p_stranger")

    assert early is None
    assert given is not None
    assert given == await meetings.recount_for(story.meeting, REGISTRAR, 1)
    assert [await meetings.recount_for(story.meeting, who, 1) for who in others] == [None] * 4
    assert (await meetings.creditors_of(story.meeting))[person_of("A")] == 1


async def test_trust_is_asked_for_by_the_versions_of_the_ballots_and_for_the_full_edition_only(
    sqlite_database: Database, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[frozenset[str]] = []

    async def trust_files(versions: frozenset[str]) -> dict[str, bytes]:
        asked.append(versions)
        return {}

    async with a_story(sqlite_database, keys, policy="qualified") as story:
        first = story.processes[0]
        monkeypatch.setattr(first.signatures, "trust_files", trust_files)
        await story.cast(0, "A")
        await story.finish()
        await first.ask(story.meeting, ORGANIZER, "end_meeting", {}, new_command_id())

        await first.meetings.pack(story.meeting, "participants", tmp_path / "participants.zip")
        await first.meetings.pack(story.meeting, "full", tmp_path / "full.zip")

    assert asked == [frozenset(), frozenset(["test"])]


async def test_a_stranger_has_no_receipts(story: Story) -> None:
    assert await story.processes[0].meetings.receipts_for(story.meeting, "p_stranger") == ()


async def test_ballots_are_counted_beside_the_event_loop(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    count = counting.counted_on

    def watched(*args: Any) -> counting.Counted:
        threads.append(threading.current_thread())
        return count(*args)

    monkeypatch.setattr(counting, "counted_on", watched)
    await story.cast(0, "A")

    await story.finish()

    assert threads
    assert threading.main_thread() not in threads


def test_a_count_made_on_another_state_is_made_again() -> None:
    log = a_meeting()
    log.start("q1")
    log.cast(1, "A", "for")
    log.close(1)
    ballots = log.ballots_of(1)
    right = counting.counted_beforehand(log.state, 1, ballots)
    assert right is not None
    foreign = replace(right, basis=(), marks={"A": Mark(("against",))})

    log.submit(SYSTEM, Count(1), outside={"ballots": ballots, "counted": foreign})

    assert log.state.opened[1].marks == right.marks == {"A": Mark(("for",))}


def test_nothing_is_counted_beforehand_while_a_voting_runs() -> None:
    log = a_meeting()
    log.start("q1")

    assert counting.counted_beforehand(log.state, 1, {}) is None


async def test_a_closing_does_not_wait_for_ever_for_a_command_that_hangs(story: Story) -> None:
    answer = asyncio.Event()
    story.start(story.cast(0, "A", answer.wait()))
    await story.begins(0)
    for _ in range(6):
        await story.push(3.9)

    await asyncio.wait_for(story.sweep(0), 30)

    voting = (await story.processes[0].state(story.meeting)).votings[1]
    assert (voting.state, voting.undrained) == ("closed", 2)
    answer.set()
    await story.finish()
    await story.check()


async def test_a_meeting_that_nobody_looks_at_leaves_memory_and_comes_back(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    meetings = story.processes[0].meetings
    source = await meetings.source(story.meeting)
    monkeypatch.setattr(topics, "IDLE_S", 0.02)
    await asyncio.sleep(0.03)

    await meetings.let_go()
    again = await meetings.source(story.meeting)

    assert again is not source
    assert again.position == source.position
    assert again.view("organizer") == source.view("organizer")
