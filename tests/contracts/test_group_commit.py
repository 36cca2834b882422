"""Many commands at once: batches with limits and a breath between them, and races that harm nobody; on both engines."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.keys import Keys
from app.kernel.log import writer
from app.kernel.log.draft import Draft, Queued
from app.kernel.log.model import Answer
from app.kernel.log.topics import Topic, Topics
from app.kernel.metrics import Metrics
from tests.commands import new_command_id
from tests.contracts.places import Agree, Fail, Places, State, Take, fingerprint

T = TypeVar("T")


async def ask(
    topic: Topic[State], command: Any, *, actor: str = "p_one", id: bytes | None = None
) -> Answer | str:
    try:
        return await topic.submit(actor, id or new_command_id(), command, fingerprint(command), 0)
    except Exception as error:  # what one person is told is nobody else's fault
        return type(error).__name__


async def crowd(topic: Topic[State], size: int, first: int = 0) -> list[Answer | str]:
    numbers = range(first, first + size)
    return await asyncio.gather(*(ask(topic, Take(f"c{n}"), actor=f"p_{n}") for n in numbers))


class Interrupted:
    """A database in which something happens just before the appends (`act` is called with their number)."""

    def __init__(self, database: Database, act: Callable[[int], Awaitable[object]]) -> None:
        self._database = database
        self._act = act
        self.dialect = database.dialect
        self.read = database.read
        self.write = database.write
        self.close = database.close
        self.appends = 0

    async def autocommit(self, work: Callable[[Connection], T]) -> T:
        self.appends += 1
        await self._act(self.appends)
        return await self._database.autocommit(work)


def value(metrics: Metrics, name: str) -> float:
    return metrics.registry.get_sample_value(f"kvorum_{name}") or 0.0


class GroupCommit:
    @pytest.fixture
    def metrics(self) -> Metrics:
        return Metrics()

    @pytest.fixture
    def batches(self, metrics: Metrics, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        seen: list[float] = []
        monkeypatch.setattr(metrics.batch_commands, "observe", seen.append)
        return seen

    @pytest.fixture
    def topics(self, database: Database, keys: Keys, metrics: Metrics) -> Topics:
        return Topics(database, keys, system_clock, [Places()], metrics=metrics)

    @pytest.fixture
    async def topic(self, topics: Topics) -> Topic[State]:
        return await topics.create("place:1", "places-1")

    async def test_a_crowd_is_saved_in_few_appends_of_at_most_128_commands(
        self, metrics: Metrics, topic: Topic[State], batches: list[float]
    ) -> None:
        answers = await crowd(topic, 300)

        assert sorted(answer.pos for answer in answers if isinstance(answer, Answer)) == list(range(1, 301))
        assert batches == [128, 128, 44]
        assert value(metrics, "commit_seconds_count") == 3
        assert value(metrics, "commit_seconds_sum") > 0

    async def test_a_batch_ends_before_it_grows_over_256_kib(
        self, topic: Topic[State], batches: list[float]
    ) -> None:
        body = b"x" * (writer.MAX_BATCH_BYTES // 4)

        async def big(number: int) -> Answer:
            return await topic.submit(f"p_{number}", new_command_id(), Take(f"c{number}"), body, 0)

        await asyncio.gather(*(big(number) for number in range(9)))

        assert batches == [4, 4, 1]

    async def test_others_have_their_turn_between_two_batches(
        self, topic: Topic[State], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "MAX_BATCH_COMMANDS", 1)
        turns: list[int] = []

        async def somebody_else() -> None:
            while True:
                turns.append(topic.position.at)
                await asyncio.sleep(0)

        other = asyncio.create_task(somebody_else())
        await crowd(topic, 5)
        other.cancel()

        assert set(range(5)) <= set(turns)

    async def test_others_have_their_turns_while_a_batch_is_decided(
        self, topic: Topic[State], batches: list[float]
    ) -> None:
        decided: list[int] = []
        decide = Draft.decide

        def noted(self: Draft[State], queued: Queued) -> bool:
            decided[-1] += 1
            return decide(self, queued)

        async def somebody_else() -> None:
            while True:
                decided.append(0)
                await asyncio.sleep(0)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Draft, "decide", noted)
            other = asyncio.create_task(somebody_else())
            await crowd(topic, 100)
            other.cancel()

        assert batches == [100]
        assert max(decided) == writer.COMMANDS_A_TURN

    async def test_a_bad_command_in_a_batch_fails_alone(
        self, topic: Topic[State], batches: list[float]
    ) -> None:
        commands = [Take("c1"), Fail(), Take("c1"), Take("c2")]

        answers = await asyncio.gather(*(ask(topic, each, actor=f"p_{n}") for n, each in enumerate(commands)))

        told = [answer.code if isinstance(answer, Answer) else answer for answer in answers]
        assert told == [None, "RuntimeError", "already_taken", None]
        assert batches == [4]

    async def test_a_command_that_another_worker_settled_meanwhile_does_not_fail_its_batch(
        self, database: Database, keys: Keys, topic: Topic[State], metrics: Metrics
    ) -> None:
        """Recorded elsewhere without moving the head: the append meets its row, and the batch is decided one by one."""
        id = new_command_id()
        settled: list[Answer | str] = []

        async def settle(append: int) -> None:
            if append == 1:
                settled.append(await ask(topic, Agree(), actor="p_1", id=id))

        other = Topics(Interrupted(database, settle), keys, system_clock, [Places()], metrics=metrics)
        place = await other.open("place:1")

        answers = await asyncio.gather(
            *(ask(place, Take(f"c{n}"), actor=f"p_{n}", id=id if n == 1 else None) for n in range(4))
        )

        told = [answer.code if isinstance(answer, Answer) else answer for answer in answers]
        assert told == [None, "conflict", None, None]
        assert isinstance(settled[0], Answer)
        assert sorted(place.state.taken) == [(1, "c0"), (1, "c2"), (1, "c3")]
        assert value(metrics, "clashes_total") == 1

    async def test_after_two_lost_races_the_row_is_locked_and_everybody_is_answered(
        self, database: Database, keys: Keys, topic: Topic[State], metrics: Metrics
    ) -> None:
        async def be_first(append: int) -> None:
            await crowd(topic, 1, first=100 + append)

        other = Topics(Interrupted(database, be_first), keys, system_clock, [Places()], metrics=metrics)
        place = await other.open("place:1")

        answers = await crowd(place, 3)

        assert [answer.pos for answer in answers if isinstance(answer, Answer)] == [3, 4, 5]
        assert (value(metrics, "lost_races_total"), value(metrics, "row_locks_total")) == (2, 1)

    async def test_one_person_has_at_most_eight_commands_in_flight(
        self, metrics: Metrics, topic: Topic[State]
    ) -> None:
        answers = await asyncio.gather(*(ask(topic, Take(f"c{n}")) for n in range(10)))

        assert answers[8:] == ["Overloaded", "Overloaded"]
        assert all(isinstance(answer, Answer) and answer.ok for answer in answers[:8])
        assert value(metrics, "overloaded_total") == 2
        again = await ask(topic, Take("c9"))
        assert isinstance(again, Answer)
        assert again.ok


class TestGroupCommitOnSqlite(GroupCommit):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestGroupCommitOnPostgres(GroupCommit):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database
