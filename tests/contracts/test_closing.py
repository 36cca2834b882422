"""Closing a voting (P6): votes, prolongations and stops on two workers, in any order, against the clock."""

import asyncio
import itertools
import os
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.kernel.db import Database
from app.kernel.keys import Keys
from app.kernel.log.workers import InFlight
from app.meetings import casting
from tests.contracts.closing import CREDITORS, DURATION_S, Story, a_story

IS_LONG = os.environ.get("KVORUM_LONG") == "1"
briefly = settings(
    max_examples=300 if IS_LONG else 10,
    deadline=None,
    phases=(Phase.generate,),  # an example takes real time: shrinking would take minutes
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # each example has a meeting of its own in the shared database
        HealthCheck.differing_executors,  # one suite, a class per engine
        HealthCheck.too_slow,
    ],
)


@dataclass(frozen=True)
class Step:
    """`what` is a creditor who votes, an order of the organizer, a sweep of a worker, or seconds that pass."""

    worker: int
    what: Literal["cast", "prolong", "stop_voting", "sweep", "push", "stall"]
    creditor: str
    seconds: float
    verifying_s: float


steps = st.lists(
    st.builds(
        Step,
        st.integers(0, 1),
        st.sampled_from(
            ("cast", "cast", "cast", "prolong", "stop_voting", "sweep", "sweep", "push", "push", "stall")
        ),
        st.sampled_from(CREDITORS),
        st.sampled_from((0.4, 1.05, 3.9)),
        st.sampled_from((0.0, 0.002, 0.02)),
    ),
    max_size=24,
)
pauses = st.tuples(*(st.lists(st.sampled_from((0.0, 0.0, 0.001, 0.004)), max_size=8),) * 2)


async def play(story: Story, steps: list[Step]) -> None:
    for step in steps:
        if step.what == "cast":
            story.start(story.cast(step.worker, step.creditor, asyncio.sleep(step.verifying_s)))
        elif step.what == "push":
            await story.push(step.seconds)
        elif step.what == "sweep":
            story.start(story.sweep(step.worker))
        elif step.what == "stall":
            story.processes[1].is_alive = False
        else:
            story.start(story.order(step.worker, step.what, asyncio.sleep(step.verifying_s)))
        await asyncio.sleep(0.001)
    await story.finish()


async def a_vote_verified_after_the_deadline(story: Story) -> None:
    """Stamped in time on the second worker; both workers try to close before its signature is verified."""
    verified = asyncio.Event()
    await story.cast(0, "A")
    story.start(story.cast(1, "B", verified.wait()))
    await story.begins(1)
    for _ in range(3):
        await story.push(DURATION_S / 3 + 0.4)
    for _ in range(3):
        await asyncio.gather(story.sweep(0), story.sweep(1))
    verified.set()
    await story.finish()


class Closing:
    @briefly
    @given(steps=steps, pauses=pauses)
    async def test_no_vote_in_time_is_lost_and_none_stands_after_the_closing(
        self, database: Database, keys: Keys, steps: list[Step], pauses: tuple[list[float], list[float]]
    ) -> None:
        slow = [itertools.cycle(each) if each else iter(()) for each in pauses]
        async with a_story(database, keys, slow) as story:
            await play(story, steps)
            await story.check()

    async def test_a_closing_waits_for_a_vote_that_is_still_being_verified(
        self, database: Database, keys: Keys
    ) -> None:
        async with a_story(database, keys) as story:
            await a_vote_verified_after_the_deadline(story)

            await story.check()
            voting = (await story.processes[0].state(story.meeting)).votings[1]
            assert sorted(voting.ballots) == ["A", "B"]
            assert voting.undrained == 0

    async def test_a_stop_on_one_worker_is_drained_by_the_other_at_once(
        self, database: Database, keys: Keys
    ) -> None:
        async with a_story(database, keys) as story:
            await story.processes[1].state(story.meeting)
            await story.order(0, "stop_voting")
            await story.push(1.1)
            for worker in (1, 0):
                await story.sweep(worker)

            voting = (await story.processes[0].state(story.meeting)).votings[1]
            assert (voting.state, voting.undrained) == ("closed", 0)

    async def test_a_worker_that_was_lost_is_counted_and_its_votes_are_listed(
        self, database: Database, keys: Keys
    ) -> None:
        async with a_story(database, keys) as story:
            story.processes[1].is_alive = False
            verified = asyncio.Event()
            story.start(story.cast(1, "B", verified.wait()))
            await story.begins(1)
            for _ in range(6):
                await story.push(3.9)
            await story.sweep(0)
            verified.set()
            await story.finish()

            await story.check()
            voting = (await story.processes[0].state(story.meeting)).votings[1]
            assert voting.workers_lost == 1
            assert [missed.creditor for missed in voting.missed] == ["B"]

    # --- planted faults ------------------------------------------------------------------------------------------

    async def test_planted_a_drain_that_does_not_wait_is_seen(
        self, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def at_once(self: InFlight, topic: str, admit_until: int) -> None: ...

        monkeypatch.setattr(InFlight, "answered", at_once)
        async with a_story(database, keys) as story:
            await a_vote_verified_after_the_deadline(story)

            with pytest.raises(AssertionError, match="all had answered"):
                await story.check()

    async def test_planted_a_vote_accepted_after_the_closing_is_seen(
        self, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(casting, "must_be_in_time", lambda voting, creditor, received_at: None)
        monkeypatch.setattr(casting, "must_be_before_closing", lambda voting, creditor: None)
        async with a_story(database, keys) as story:
            await story.finish()
            await story.cast(1, "B")

            with pytest.raises(AssertionError, match="after its voting_closed"):
                await story.check()


class TestClosingOnSqlite(Closing):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestClosingOnPostgres(Closing):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database

    async def test_planted_a_worker_by_its_own_wall_clock_is_seen(
        self, database: Database, keys: Keys
    ) -> None:
        async with a_story(database, keys, by_own_wall_clock=True) as story:
            with pytest.raises(AssertionError, match="closed before its hour"):
                await story.sweep(1)
