"""Ballots whose lists of revoked certificates were in trouble: found after a restart, settled, waited for by the minutes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from app import bootstrap
from app.kernel.db import Database
from app.kernel.keys import Keys
from app.kernel.log import topics
from app.meetings.refusals import MinutesAwaitLists
from app.meetings.revocation import REVOCATIONS, deferred_ballots
from tests.builders import ORGANIZER
from tests.commands import new_command_id
from tests.contracts.closing import Process, Story, a_story

DAY_S = 24 * 3600


@pytest.fixture
async def story(sqlite_database: Database, keys: Keys) -> AsyncIterator[Story]:
    """Lists are missing in both processes."""
    async with a_story(sqlite_database, keys, policy="qualified") as story:
        for process in story.processes:
            process.signatures.facts = {"revocation": "deferred", "crl_numbers": ()}
        yield story


async def waiting(process: Process, story: Story) -> list[str]:
    return [ballot.creditor for _, ballot in deferred_ballots(await process.state(story.meeting))]


async def test_a_process_that_never_saw_the_meeting_settles_it(story: Story) -> None:
    """As after a restart: what waits stands in the database."""
    first, second = story.processes
    await story.cast(0, "A")
    await story.cast(0, "B")
    await story.finish()
    second.signatures.facts = {}

    await second.meetings.settle_revocations()

    assert await waiting(first, story) == []
    assert await first.meetings._topics.with_timer(REVOCATIONS) == ()


async def test_a_meeting_that_waits_leaves_memory_and_is_settled_all_the_same(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    await story.finish()
    before = await first.meetings.source(story.meeting)
    await first.meetings.settle_revocations()
    monkeypatch.setattr(topics, "IDLE_S", 0.02)
    await asyncio.sleep(0.03)
    await first.meetings.let_go()
    first.signatures.facts = {}

    await first.meetings.settle_revocations()

    assert await first.meetings.source(story.meeting) is not before
    assert await waiting(first, story) == []


def test_looks_are_rarer_than_a_meeting_takes_to_leave_memory() -> None:
    assert bootstrap.REVOCATIONS_S > 2 * topics.IDLE_S


async def test_the_same_ballots_are_not_looked_at_again_by_the_same_trust(story: Story) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    await story.finish()
    verified = first.signatures.verified

    for _ in range(3):
        await first.meetings.settle_revocations()

    assert first.signatures.verified == verified + 1


async def test_one_meeting_that_fails_does_not_stop_the_others(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    await story.finish()
    first.signatures.facts = {}
    log = first.meetings._topics
    monkeypatch.setattr(log, "with_timer", names_of("meeting:nowhere", f"meeting:{story.meeting}"))

    await first.meetings.settle_revocations()

    assert await waiting(first, story) == []


async def test_ballots_of_a_cancelled_voting_wait_for_nothing(story: Story) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    body = {"voting": 1, "reason": "отменено"}
    _, reply = await first.ask(story.meeting, ORGANIZER, "cancel_voting", body, new_command_id())

    await first.meetings.settle_revocations()

    assert reply is not None
    assert reply.ok
    assert await waiting(first, story) == []
    assert await first.meetings._topics.with_timer(REVOCATIONS) == ()


async def test_minutes_wait_for_the_lists_but_not_for_ever(story: Story) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    await story.finish()
    await first.ask(story.meeting, ORGANIZER, "end_meeting", {}, new_command_id())
    source = await first.meetings.source(story.meeting)

    with pytest.raises(MinutesAwaitLists) as early:
        await first.meetings.must_be_settled(source)
    await story.push(DAY_S + 1)
    await first.meetings.must_be_settled(source)

    assert early.value.details is not None
    assert early.value.details["ballots"] == 1
    assert await waiting(first, story) == ["A"]


async def test_minutes_look_at_the_lists_once_more_before_they_are_written(story: Story) -> None:
    first = story.processes[0]
    await story.cast(0, "A")
    await story.finish()
    await first.ask(story.meeting, ORGANIZER, "end_meeting", {}, new_command_id())
    first.signatures.facts = {}

    await first.meetings.must_be_settled(await first.meetings.source(story.meeting))

    assert await waiting(first, story) == []


def names_of(*names: str) -> Callable[[str], Awaitable[tuple[str, ...]]]:
    async def with_timer(_: str) -> tuple[str, ...]:
        return names

    return with_timer
