"""Properties of the log under two writers, delays, lost answers and late commits, on both engines."""

import asyncio
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, text
from structlog.testing import capture_logs

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.errors import Elsewhere
from app.kernel.ids import new_id
from app.kernel.keys import Keys
from app.kernel.log import fold, writer
from app.kernel.log.model import Answer, Decision, Facts, NewEvent
from app.kernel.log.topics import Topic, Topics
from app.kernel.postgres import PostgresDatabase
from tests.commands import new_command_id
from tests.contracts.faulty import Fault, FaultyDatabase
from tests.contracts.history import History, check
from tests.contracts.places import (
    Agree,
    Fail,
    Free,
    Miss,
    Places,
    State,
    Take,
    Wait,
    Write,
    fingerprint,
)

IS_LONG = os.environ.get("KVORUM_LONG") == "1"
briefly = settings(
    max_examples=400 if IS_LONG else 25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # each example has a topic of its own in the shared database
        HealthCheck.differing_executors,  # one suite, a class per engine
        HealthCheck.too_slow,
    ],
)

COMMANDS: tuple[Any, ...] = (
    Take("c1"),
    Take("c2"),
    Free("c1"),
    Free("c2"),
    Write(("p_a",)),
    Miss(),
    Agree(),
    Wait(),
)
commands = st.sampled_from(COMMANDS)
pauses = st.lists(st.sampled_from((0.0, 0.0, 0.001, 0.003)), max_size=12)
faults = st.lists(st.sampled_from(("none", "lost_before", "lost_after", "zombie")), max_size=6)
steps = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(("p_a", "p_b")), st.integers(0, 9), st.booleans()),
    min_size=1,
    max_size=24,
)


def repeated(pauses: Sequence[float]) -> Iterator[float]:
    return itertools.cycle(pauses) if pauses else iter(())


async def two_writers(
    database: Database, keys: Keys, pauses: Sequence[float], faults: Sequence[Fault] = ()
) -> tuple[list[FaultyDatabase], list[Topic[State]]]:
    """Two processes, as far as the log can tell; the second is the slower one."""
    fast = FaultyDatabase(database, iter(()), iter(faults))
    slow = FaultyDatabase(database, repeated(pauses), iter(faults[::-1]))
    name = new_id("place")
    await Topics(database, keys, system_clock, [Places()]).create(name, "places-1")
    both = [await Topics(each, keys, system_clock, [Places()]).open(name) for each in (fast, slow)]
    return [fast, slow], both


async def play(
    history: History,
    workers: Sequence[Topic[State]],
    commands: Sequence[Any],
    steps: Sequence[tuple[int, str, int, bool]],
) -> None:
    """Each step goes to a worker; a number names a command and its id, so equal numbers are copies."""
    ids = {number: bytes([number]) * 16 for number in range(10)}
    running: list[asyncio.Task[Answer | None]] = []
    for worker, actor, number, waits in steps:
        command = commands[number % len(commands)]
        task = asyncio.create_task(history.ask(workers[worker], actor, ids[number], command))
        running.append(task)
        if waits:
            await asyncio.gather(*running)
            running.clear()
    await asyncio.gather(*running)


class LogProperties:
    @briefly
    @given(commands=st.lists(commands, min_size=1, max_size=10), steps=steps, pauses=pauses)
    async def test_two_writers_are_as_good_as_one(
        self,
        database: Database,
        keys: Keys,
        commands: list[Any],
        steps: list[tuple[int, str, int, bool]],
        pauses: list[float],
    ) -> None:
        _, workers = await two_writers(database, keys, pauses)
        history = History()

        await play(history, workers, commands, steps)

        for worker in workers:
            await check(history, database, keys, worker)

    @briefly
    @given(commands=st.lists(commands, min_size=1, max_size=10), steps=steps, pauses=pauses, faults=faults)
    async def test_lost_answers_and_late_commits_lose_and_double_nothing(
        self,
        database: Database,
        keys: Keys,
        monkeypatch: pytest.MonkeyPatch,
        commands: list[Any],
        steps: list[tuple[int, str, int, bool]],
        pauses: list[float],
        faults: list[Fault],
    ) -> None:
        monkeypatch.setattr(writer, "AWAY_PAUSE_S", 0.001)
        networks, workers = await two_writers(database, keys, pauses, faults)
        history = History()

        await play(history, workers, commands, steps)
        for network in networks:
            await network.close()

        for worker in workers:
            await check(history, database, keys, worker)

    async def test_a_copy_refused_on_one_worker_is_never_accepted_on_another(
        self, database: Database, keys: Keys
    ) -> None:
        _, (a, b) = await two_writers(database, keys, (0.002,))
        history = History()
        await history.ask(a, "p_a", b"0" * 16, Take("c1"))
        refused = await history.ask(b, "p_b", b"1" * 16, Take("c1"))
        await history.ask(a, "p_a", b"2" * 16, Free("c1"))

        copies = await asyncio.gather(*(history.ask(each, "p_b", b"1" * 16, Take("c1")) for each in (a, b)))

        assert refused is not None
        assert refused.code == "already_taken"
        assert copies == [refused, refused]
        await check(history, database, keys, a)

    async def test_a_slow_worker_gets_its_answer_within_three_rounds(
        self, database: Database, keys: Keys
    ) -> None:
        (_, slow), (a, b) = await two_writers(database, keys, (0.01,))
        history = History()
        is_over = asyncio.Event()

        async def hammer() -> None:
            number = 0
            while not is_over.is_set():
                number += 1
                command = (Take if number % 2 else Free)("c1")
                await history.ask(a, "p_a", new_command_id(), command)

        hammering = asyncio.create_task(hammer())
        await asyncio.sleep(0.05)
        rounds = []
        for number in range(5):
            slow.appends = slow.locks = 0
            answer = await history.ask(b, "p_b", new_command_id(), Take(f"b{number}"))
            assert answer is not None
            assert answer.ok
            rounds.append(slow.appends + slow.locks)
        is_over.set()
        await hammering

        assert max(rounds) <= 3
        await check(history, database, keys, b)

    @briefly
    @given(queue=st.lists(st.one_of(commands, st.just(Fail())), min_size=1, max_size=12))
    async def test_a_batch_is_the_same_as_its_commands_one_by_one(
        self, database: Database, keys: Keys, queue: list[Any]
    ) -> None:
        topics = Topics(database, keys, system_clock, [Places()])
        together, alone = [await topics.create(new_id("place"), "places-1") for _ in range(2)]

        async def ask(topic: Topic[State], number: int) -> Any:
            command = queue[number]
            id = bytes([number]) * 16
            try:
                answer = await topic.submit(f"p_{number}", id, command, fingerprint(command), 0)
            except Exception as error:
                return type(error)
            return answer.ok, answer.code, answer.pos if answer.ok and "receipt" in answer.body else None

        batch = await asyncio.gather(*(ask(together, number) for number in range(len(queue))))
        singly = [await ask(alone, number) for number in range(len(queue))]

        assert batch == singly
        assert together.state == alone.state

    # --- planted faults: each must be seen by the checks above ---------------------------------------------------

    async def test_planted_an_answer_before_the_commit_is_seen(
        self, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, (a, _) = await two_writers(database, keys, ())
        history = History()
        monkeypatch.setattr(writer, "append", lambda connection, batch: True)

        await history.ask(a, "p_a", b"1" * 16, Take("c1"))

        with pytest.raises(AssertionError, match="told yes, not in the log"):
            await check(history, database, keys, a)

    async def test_planted_a_refusal_from_a_stale_fold_is_seen(
        self, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, (a, b) = await two_writers(database, keys, ())
        history = History()
        await history.ask(a, "p_a", b"1" * 16, Take("c1"))
        monkeypatch.setattr(writer.Writer, "_record_in", lambda self, connection, draft: True)

        with pytest.raises(AssertionError, match="known to be old"):
            await history.ask(b, "p_b", b"2" * 16, Free("c1"))

    @pytest.mark.parametrize("late_by_s", [0.0, 0.01, 0.1, 0.2])
    async def test_a_statement_that_commits_late_is_found_whenever_it_does(
        self, database: Database, keys: Keys, late_by_s: float
    ) -> None:
        (network, _), (a, b) = await two_writers(database, keys, (), ("zombie",))
        network.late_by_s = late_by_s
        history = History()

        await asyncio.gather(
            history.ask(a, "p_a", b"1" * 16, Take("c1")),
            history.ask(a, "p_a", b"2" * 16, Take("c2")),
            history.ask(b, "p_b", b"3" * 16, Take("c1")),
        )
        await network.close()
        await history.ask(a, "p_a", b"1" * 16, Take("c1"))

        await check(history, database, keys, a)

    async def test_planted_a_guess_instead_of_reading_what_became_of_an_append_is_seen(
        self, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It was committed; who decides again without looking finds the place taken, by himself."""
        _, (a, _) = await two_writers(database, keys, (), ("lost_after",))
        history = History()
        monkeypatch.setattr(writer, "settled", lambda connection, topic, wanted: {})
        monkeypatch.setattr(writer.Writer, "_record_in", lambda self, connection, draft: True)

        await history.ask(a, "p_a", b"1" * 16, Take("c1"))

        with pytest.raises(AssertionError, match="told no, but it is in the log"):
            await check(history, database, keys, a)

    async def test_an_unknown_event_stops_the_topic_here(self, database: Database, keys: Keys) -> None:
        old, new = await self._an_old_and_a_new_worker(database, keys)

        with pytest.raises(Elsewhere):
            await old.catch_up()
        with pytest.raises(Elsewhere):
            await old.submit("p_a", b"3" * 16, Take("c3"), fingerprint(Take("c3")), 0)

        assert old.is_elsewhere
        assert new.position.at == old.position.at + 1

    async def test_planted_skipping_an_unknown_event_is_seen(
        self, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fold, "is_readable", lambda machine, kind, version: True)
        old, new = await self._an_old_and_a_new_worker(database, keys)

        await old.catch_up()

        assert old.position == new.position
        assert old.state != new.state, "nobody would notice"

    async def _an_old_and_a_new_worker(
        self, database: Database, keys: Keys
    ) -> tuple[Topic[State], Topic[State]]:
        _, (old, _) = await two_writers(database, keys, ())
        new = await Topics(database, keys, system_clock, [NewerPlaces()]).open(old.name)
        await new.submit("p_a", b"1" * 16, Fail(), fingerprint(Fail()), 0)
        return old, new


class NewerPlaces(Places):
    """The next release: it writes a kind that the last one does not read."""

    reads: Mapping[str, int] = {**Places.reads, "renamed": 1}

    def decide(self, state: State, actor: str, command: Any, facts: Facts) -> Decision:
        if command == Fail():
            return Decision((NewEvent("renamed", {}),))
        return super().decide(state, actor, command, facts)


class TestPropertiesOnSqlite(LogProperties):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestPropertiesOnPostgres(LogProperties):
    async def test_a_stopped_holder_of_the_lock_delays_the_others_by_three_seconds_at_most(
        self, database: Database, keys: Keys
    ) -> None:
        _, (a, _) = await two_writers(database, keys, ())
        assert isinstance(database, PostgresDatabase)
        connection = await database._engine.connect()
        await connection.execute(
            text("select * from log_topic where topic=:topic for update"), {"topic": a.number}
        )
        begun = asyncio.get_running_loop().time()

        answer = await a.submit("p_a", b"1" * 16, Take("c1"), fingerprint(Take("c1")), 0)

        assert answer.ok
        assert asyncio.get_running_loop().time() - begun < 3.5
        await connection.invalidate()
        await connection.close()

    async def test_two_writers_at_once_never_meet_an_unknown_outcome(
        self, database: Database, keys: Keys
    ) -> None:
        assert await unknown_outcomes(database, keys) == 0

    async def test_planted_another_isolation_than_read_committed_is_seen(
        self, database: Database, keys: Keys, postgres_url: str
    ) -> None:
        """A waiter does not lose the race, it fails: the check at the start is there for this."""
        change = f"alter database {make_url(postgres_url).database} set default_transaction_isolation = 'repeatable read'"
        await database.autocommit(lambda connection: connection.execute(text(change)).close())
        unchecked = PostgresDatabase(make_url(postgres_url))

        unknown = await unknown_outcomes(unchecked, keys)
        await unchecked.close()

        assert unknown > 0

    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database


async def unknown_outcomes(database: Database, keys: Keys) -> int:
    """How often two writers that race for one topic were left without an answer of the database."""
    _, workers = await two_writers(database, keys, ())
    history = History()

    async def write(worker: Topic[State], first: int) -> None:
        for number in range(first, first + 30):
            await history.ask(worker, "p_a", number.to_bytes(16), Take(f"c{number}"))

    with capture_logs() as logs:
        await asyncio.gather(*(write(worker, 100 * n) for n, worker in enumerate(workers)))
    for worker in workers:
        await check(history, database, keys, worker)
    return sum(line["event"] == "append_unknown" for line in logs)
