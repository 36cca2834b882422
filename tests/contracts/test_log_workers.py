"""Timers and workers, the same on both engines: N workers that fire a timer are one command."""

import asyncio

import pytest
from sqlalchemy import text

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.dbclock import DatabaseClock
from app.kernel.errors import Draining
from app.kernel.keys import Keys
from app.kernel.log import topics as topics_module
from app.kernel.log.draft import Workers
from app.kernel.log.model import Answer
from app.kernel.log.refusals import KEPT_FOR, forget_refusals
from app.kernel.log.timers import AGAIN_S, Due, Timers
from app.kernel.log.topics import Topic, Topics
from app.kernel.log.workers import LEASE, SECOND, Worker, workers_at
from tests.commands import new_command_id
from tests.contracts.places import Agree, Finish, Places, Schedule, State, Take, fingerprint

NOON = 43_200 * SECOND


class WorkersContract:
    @pytest.fixture
    def topics(self, database: Database, keys: Keys) -> Topics:
        return Topics(database, keys, system_clock, [Places()])

    @pytest.fixture
    async def topic(self, topics: Topics) -> Topic[State]:
        topic: Topic[State] = await topics.create("place:1", "places-1")
        command = Schedule("close/1", NOON)
        await topic.submit("system", b"1" * 16, command, fingerprint(command), NOON)
        return topic

    async def test_a_timer_fires_when_it_is_due_and_once_for_all_workers(
        self, topic: Topic[State], topics: Topics, database: Database, keys: Keys
    ) -> None:
        other = Topics(database, keys, system_clock, [Places()])
        answers: list[Answer] = []

        def handler_of(own: Topics) -> object:
            async def fire(due: Due) -> Answer:
                mine = await own.open(due.topic_name)
                command = Take("c1")
                answer = await mine.submit("system", due.command_id, command, fingerprint(command), NOON)
                answers.append(answer)
                return answer

            return fire

        early = Timers(database, lambda: NOON - 1, handler_of(topics))  # type: ignore[arg-type]
        workers = [Timers(database, lambda: NOON, handler_of(each)) for each in (topics, other)]  # type: ignore[arg-type]
        await early.sweep()
        assert answers == []

        await asyncio.gather(*(timers.sweep() for timers in workers))
        await workers[0].sweep()

        assert len(answers) == 2
        assert answers[0] == answers[1]
        assert await topic.catch_up() == topic.position
        assert topic.position.at == 2

    async def test_a_timer_that_was_not_decided_fires_again(
        self, topic: Topic[State], database: Database
    ) -> None:
        calls: list[Due] = []

        async def fire(due: Due) -> None:
            calls.append(due)
            raise Draining

        timers = Timers(database, lambda: NOON, fire)
        pauses = [await timers.sweep() for _ in range(2)]

        assert [due.name for due in calls] == ["close/1", "close/1"]
        assert pauses == [AGAIN_S, AGAIN_S]

    async def test_what_a_fired_timer_has_set_is_looked_for_at_once(
        self, topic: Topic[State], database: Database
    ) -> None:
        async def fire(due: Due) -> Answer:
            await topic.submit("system", b"2" * 16, Schedule("count/1", NOON), b"count", NOON)
            return await topic.submit("system", due.command_id, Schedule("close/1", None), b"close", NOON)

        timers = Timers(database, lambda: NOON, fire)

        assert await timers.sweep() == AGAIN_S

    async def test_a_broken_timer_rests_and_does_not_stop_the_others(
        self, topic: Topic[State], database: Database
    ) -> None:
        command = Schedule("close/2", NOON)
        await topic.submit("system", b"2" * 16, command, fingerprint(command), NOON)
        fired: list[str] = []

        async def fire(due: Due) -> None:
            fired.append(due.name)
            if due.name == "close/1":
                raise RuntimeError("broken")

        timers = Timers(database, lambda: NOON, fire)
        await timers.sweep()
        await timers.sweep()

        assert sorted(fired) == ["close/1", "close/2", "close/2"]

    async def test_only_workers_that_were_there_have_to_drain(
        self, topic: Topic[State], database: Database
    ) -> None:
        now = [NOON - 60 * SECOND]
        first, second, dead, late = (
            Worker(database, lambda: now[0], "test", 1, name) for name in ("first", "second", "dead", "late")
        )
        for each in (first, second, dead):
            await each.start()
        now[0] = NOON + SECOND
        await late.start()
        await first.renew()
        await second.renew()
        first.lag.add(40)

        await first.drain(topic.number, topic.name, 1, NOON, NOON - 5 * SECOND)
        await first.drain(topic.number, topic.name, 1, NOON, NOON - 5 * SECOND)
        facts = await workers_at(database, topic.number, 1, NOON - 300 * SECOND, NOON, now[0])

        assert facts == Workers(live=2, drained=1, lost=1, max_lag_ms=40)
        await second.stop()
        facts = await workers_at(database, topic.number, 1, NOON - 300 * SECOND, NOON, now[0] + LEASE - 1)
        assert (facts.live, facts.drained) == (1, 1)

    async def test_draining_waits_for_what_was_received_in_time(
        self, topic: Topic[State], database: Database
    ) -> None:
        worker = Worker(database, lambda: NOON, "test", 1)

        with worker.in_flight.command(topic.name, NOON), worker.in_flight.command(topic.name, NOON + 1):
            draining = asyncio.create_task(worker.drain(topic.number, topic.name, 1, NOON, NOON))
            await asyncio.sleep(0.03)
            was_done = draining.done()
        await draining

        assert not was_done
        assert await database.read(lambda c: c.scalar(text("select count(*) from worker_drain"))) == 1

    async def test_facts_about_workers_reach_the_decision(
        self, topic: Topic[State], database: Database, keys: Keys
    ) -> None:
        async def three() -> Workers:
            return Workers(live=3)

        topics = Topics(
            database,
            keys,
            system_clock,
            [Places()],
            workers=lambda number, state, command: three() if isinstance(command, Agree) else None,
        )
        mine = await topics.open("place:1")

        answer = await mine.submit("p_one", b"3" * 16, Agree(), fingerprint(Agree()), NOON)

        assert answer.body == {"live": 3}

    async def test_what_runs_for_ever_fires_at_the_very_moment_and_stays_alive(
        self, topic: Topic[State], database: Database
    ) -> None:
        clock = DatabaseClock(database)
        worker = Worker(database, clock, "test", 1)
        fired: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def fire(due: Due) -> None:
            await set_timer(topic, None)
            fired.set_result(clock() - due.due_at)

        await clock.sync()
        tasks = [asyncio.create_task(each) for each in (clock.run(), worker.run())]
        await set_timer(topic, clock() + 150_000)
        tasks.append(asyncio.create_task(Timers(database, clock, fire).run()))

        late = await asyncio.wait_for(fired, 30)

        assert 0 <= late < SECOND + 1000 * worker.lag.largest_since(0)
        assert not any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def test_a_topic_that_nobody_uses_leaves_memory(
        self, topic: Topic[State], topics: Topics, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert topics.let_go() == frozenset()
        now = [asyncio.get_running_loop().time()]
        monkeypatch.setattr(topics_module, "_loop_time", lambda: now[0])
        now[0] += 2 * topics_module.IDLE_S
        await topic.catch_up()
        assert topics.let_go() == frozenset()

        now[0] += 2 * topics_module.IDLE_S
        gone = topics.let_go()
        again = await topics.open("place:1")

        assert gone == {"place:1"}
        assert again is not topic
        assert (again.state, again.position) == (topic.state, topic.position)

    async def test_when_all_are_too_large_the_longest_unused_leaves_memory_sooner(
        self, topic: Topic[State], topics: Topics, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other: Topic[State] = await topics.create("place:2", "places-1")
        await other.submit("system", b"1" * 16, Take("c1"), fingerprint(Take("c1")), NOON)
        monkeypatch.setattr(topics_module, "MAX_FOLDED_BYTES", max(topic.log_bytes, other.log_bytes))
        assert topics.let_go() == frozenset()

        later = asyncio.get_running_loop().time() + 2 * topics_module.JUST_NOW_S
        monkeypatch.setattr(topics_module, "_loop_time", lambda: later)
        await topics.heads(("place:2",))

        assert topic.log_bytes > 0
        assert topics.let_go() == {"place:1"}
        assert (await topics.open("place:1")).log_bytes == topic.log_bytes

    async def test_refusals_go_thirty_days_after_the_end_and_acceptances_stay(
        self, topic: Topic[State], database: Database
    ) -> None:
        for number, command in enumerate((Take("c1"), Take("c1"), Finish())):
            await topic.submit("p_a", bytes([number]) * 16, command, fingerprint(command), NOON)
        ended_at = (await topic.events(0))[-1].at

        early = await forget_refusals(database, ended_at + KEPT_FOR)
        late = await forget_refusals(database, ended_at + KEPT_FOR + 1)

        assert (early, late) == (0, 1)
        answers = await topic.answers("p_a", tuple(bytes([number]) * 16 for number in range(3)))
        assert [id[0] for id in sorted(answers)] == [0, 2]

    async def test_refusals_of_a_living_topic_stay(self, topic: Topic[State], database: Database) -> None:
        for number in range(2):
            await topic.submit("p_a", bytes([number]) * 16, Take("c1"), fingerprint(Take("c1")), NOON)

        assert await forget_refusals(database, system_clock() + 2 * KEPT_FOR) == 0

    async def test_a_forgotten_worker_starts_anew(self, database: Database) -> None:
        worker = Worker(database, lambda: NOON, "test", 1)
        await worker.start()
        await worker.stop()

        await worker.renew()

        assert await database.read(lambda c: c.scalar(text("select count(*) from worker"))) == 1

    async def test_the_database_clock_is_the_wall_clock_here(self, database: Database) -> None:
        clock = DatabaseClock(database)
        await clock.sync()

        assert abs(clock() - system_clock()) < SECOND


async def set_timer(topic: Topic[State], due_at: int | None) -> None:
    command = Schedule("close/1", due_at)
    await topic.submit("system", new_command_id(), command, fingerprint(command), NOON)


class TestWorkersOnSqlite(WorkersContract):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestWorkersOnPostgres(WorkersContract):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database
