"""The contract of the event log, the same on both engines."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.errors import Conflict, Draining, Elsewhere, NotFound
from app.kernel.keys import Keys
from app.kernel.log.answers import is_genuine
from app.kernel.log.model import Answer
from app.kernel.log.topics import Topic, Topics
from tests.commands import new_command_id
from tests.contracts.places import (
    Agree,
    Fail,
    Finish,
    Free,
    Miss,
    Places,
    Schedule,
    State,
    Take,
    Wait,
    Write,
    fingerprint,
)

PlacesTopic = Topic[State]


def topics_over(database: Database, keys: Keys, **options: object) -> Topics:
    return Topics(database, keys, system_clock, [Places()], **options)  # type: ignore[arg-type]


async def ask(
    topic: PlacesTopic, command: object, *, actor: str = "p_one", id: bytes | None = None
) -> Answer:
    return await topic.submit(actor, id or new_command_id(), command, fingerprint(command), system_clock())


async def execute(database: Database, statement: str) -> None:
    await database.write(lambda connection: connection.execute(text(statement)).close())


class NotSearched(tuple[tuple[int, int], ...]):
    """May be gone through, not searched."""

    def __contains__(self, _: object) -> bool:
        raise AssertionError("searched from its beginning")


class LogContract:
    """Inherited by a class per engine, which gives the `database` fixture."""

    @pytest.fixture
    def topics(self, database: Database, keys: Keys) -> Topics:
        return topics_over(database, keys)

    @pytest.fixture
    async def topic(self, topics: Topics) -> PlacesTopic:
        return await topics.create("place:1", "places-1")

    async def test_an_accepted_command_is_answered_with_a_genuine_receipt(
        self, topic: PlacesTopic, keys: Keys
    ) -> None:
        answer = await ask(topic, Take("c1"))

        assert (answer.ok, answer.final, answer.pos) == (True, True, 1)
        receipt = answer.body["receipt"]
        assert receipt["hash"] == topic.position.mark.hex()
        assert is_genuine(receipt, keys.receipts.public())
        assert not is_genuine({**receipt, "pos": 2}, keys.receipts.public())
        assert not is_genuine({**receipt, "pos": 1.5}, keys.receipts.public())
        assert not is_genuine({**receipt, "hash": b"h"}, keys.receipts.public())

    async def test_the_same_id_gives_the_same_answer_for_ever(
        self, topic: PlacesTopic, database: Database, keys: Keys
    ) -> None:
        id = new_command_id()
        first = await ask(topic, Take("c1"), id=id)

        again = await ask(topic, Take("c1"), id=id)
        elsewhere = await topics_over(database, keys).open("place:1")
        after_restart = await ask(elsewhere, Take("c1"), id=id)

        assert first == again == after_restart
        assert await topic.answers("p_one", (id, new_command_id())) == {id: first}
        assert topic.position.at == 1

    async def test_two_copies_in_one_batch_are_one_command(self, topic: PlacesTopic) -> None:
        id = new_command_id()

        answers = await asyncio.gather(*(ask(topic, Take("c1"), id=id) for _ in range(3)))

        assert answers[0].ok
        assert answers[0] == answers[1] == answers[2]

    async def test_the_same_id_with_another_body_is_a_conflict(self, topic: PlacesTopic) -> None:
        id = new_command_id()
        first = await ask(topic, Take("c1"), id=id)

        other = await ask(topic, Take("c2"), id=id)

        assert (other.ok, other.code) == (False, "conflict")
        assert await ask(topic, Take("c1"), id=id) == first

    async def test_an_id_of_another_actor_is_another_command(self, topic: PlacesTopic) -> None:
        id = new_command_id()
        await ask(topic, Take("c1"), id=id)

        answer = await ask(topic, Take("c2"), id=id, actor="p_two")

        assert answer.ok

    async def test_a_final_refusal_is_recorded_and_stands(self, topic: PlacesTopic) -> None:
        await ask(topic, Take("c1"))
        id = new_command_id()
        refused = await ask(topic, Take("c1"), id=id)
        await ask(topic, Free("c1"))

        again = await ask(topic, Take("c1"), id=id)

        assert (refused.ok, refused.final, refused.code) == (False, True, "already_taken")
        assert refused.body["details"] == {"pos": 1}
        assert again == refused

    async def test_a_refusal_may_leave_events_in_the_same_append(self, topic: PlacesTopic) -> None:
        id = new_command_id()

        refused = await ask(topic, Miss(), id=id)

        assert (refused.ok, refused.final, refused.code, refused.pos) == (False, True, "missed", 1)
        assert topic.state.notes == (1,)
        assert await ask(topic, Miss(), id=id) == refused

    async def test_a_refusal_for_now_leaves_nothing_behind(self, topic: PlacesTopic) -> None:
        id = new_command_id()

        with pytest.raises(Draining):
            await ask(topic, Wait(), id=id)

        assert await topic.answers("p_one", (id,)) == {}

    async def test_a_plain_yes_has_no_receipt_and_stands(self, topic: PlacesTopic) -> None:
        id = new_command_id()

        answer = await ask(topic, Agree(), id=id)

        assert answer.ok
        assert answer.body == {"live": 1}
        assert await ask(topic, Agree(), id=id) == answer

    async def test_a_mistake_of_ours_harms_its_own_command_only(self, topic: PlacesTopic) -> None:
        results = await asyncio.gather(
            ask(topic, Take("c1")), ask(topic, Fail()), ask(topic, Take("c2")), return_exceptions=True
        )

        assert isinstance(results[1], RuntimeError)
        assert [result.ok for result in results if isinstance(result, Answer)] == [True, True]

    async def test_a_place_taken_freed_and_taken_at_once_keeps_its_order(
        self, topic: PlacesTopic, database: Database
    ) -> None:
        answers = await asyncio.gather(
            ask(topic, Take("c1")), ask(topic, Free("c1")), ask(topic, Take("c1")), ask(topic, Take("c1"))
        )

        assert [answer.code for answer in answers] == [None, None, None, "already_taken"]
        rows = await database.read(
            lambda c: c.execute(text("select pos, annulled_pos from ballot_guard order by pos")).all()
        )
        assert [tuple(row) for row in rows] == [(1, 2), (3, None)]

    async def test_beyond_64_refusals_an_actor_is_told_the_truth_but_not_finally(
        self, topic: PlacesTopic, database: Database
    ) -> None:
        await ask(topic, Take("c1"))
        answers = [await ask(topic, Take("c1")) for _ in range(64)]

        more = await ask(topic, Take("c1"))

        assert all(answer.final for answer in answers)
        assert (more.final, more.code) == (False, "already_taken")
        stored = await database.read(
            lambda c: c.scalar(text("select count(*) from log_command where outcome=1"))
        )
        assert stored == 64

    async def test_a_timer_is_set_moved_and_cleared_by_events(
        self, topic: PlacesTopic, database: Database
    ) -> None:
        await ask(topic, Schedule("close/1", 100))
        await asyncio.gather(ask(topic, Schedule("close/1", 200)), ask(topic, Schedule("close/2", 50)))
        await ask(topic, Schedule("close/2", None))

        rows = await database.read(lambda c: c.execute(text("select name, due_at from log_timer")).all())
        assert [tuple(row) for row in rows] == [("close/1", 200)]

    async def test_private_texts_are_encrypted_and_come_back(
        self, topic: PlacesTopic, database: Database
    ) -> None:
        await ask(topic, Write(("p_a", "p_b"), "Иванов", blobs=(b"ballot",)))

        texts = await topic.private(((1, 0), (1, 1), (1, 2)))

        assert texts == {(1, 0): {"text": "Иванов"}, (1, 1): {"text": "Иванов"}}
        assert await topic.blobs(((1, 0),)) == {(1, 0): b"ballot"}
        rows = await database.read(lambda c: c.execute(text("select body from log_private")).all())
        assert len(rows) == 2
        assert all("Иванов".encode() not in bytes(row.body) for row in rows)

    async def test_the_blobs_asked_for_are_not_walked_for_each_one_found(self, topic: PlacesTopic) -> None:
        """A thousand signed ballots are two thousand blobs: looking each up in a tuple would hold the loop."""
        await ask(topic, Write(("p_a",), "Иванов", blobs=(b"ballot", b"signature")))

        found = await topic.blobs(NotSearched(((1, 0), (1, 1))))

        assert found == {(1, 0): b"ballot", (1, 1): b"signature"}

    async def test_marks_are_known_from_genesis_to_head(self, topic: PlacesTopic) -> None:
        genesis = topic.position.mark
        await ask(topic, Take("c1"))

        assert await topic.mark_at(0) == genesis
        assert await topic.mark_at(1) == topic.position.mark
        assert await topic.mark_at(2) is None

    async def test_a_crowd_that_asks_for_marks_at_once_gets_each_its_own(self, topic: PlacesTopic) -> None:
        marks: list[bytes | None] = [topic.position.mark]
        for place in ("c1", "c2", "c3"):
            await ask(topic, Take(place))
            marks.append(topic.position.mark)

        marks += [None, None]
        found = await asyncio.gather(*(topic.mark_at(n % 6) for n in range(250)))

        assert found == [marks[n % 6] for n in range(250)]

    async def test_events_cannot_be_changed_or_deleted(self, topic: PlacesTopic, database: Database) -> None:
        await ask(topic, Take("c1"))

        for statement in ("update log_event set actor='p_x'", "delete from log_event"):
            with pytest.raises(DBAPIError, match="append-only"):
                await execute(database, statement)

    async def test_a_second_process_sees_what_the_first_wrote(
        self, topic: PlacesTopic, database: Database, keys: Keys
    ) -> None:
        other = await topics_over(database, keys).open("place:1")
        await ask(topic, Take("c1"))

        position = await other.catch_up()

        assert position == topic.position
        assert other.state == topic.state

    async def test_the_bus_rings_after_the_commit(self, database: Database, keys: Keys) -> None:
        rung: list[tuple[str, bytes, int]] = []
        topics = topics_over(database, keys, ring=lambda name, epoch, pos: rung.append((name, epoch, pos)))
        topic = await topics.create("place:1", "places-1")

        answer = await ask(topic, Take("c1"))
        await ask(topic, Take("c1"))

        assert rung == [("place:1", answer.epoch, 1)]

    async def test_a_name_is_taken_once(self, topics: Topics, topic: PlacesTopic) -> None:
        with pytest.raises(Conflict):
            await topics.create("place:1", "places-1")
        with pytest.raises(NotFound):
            await topics.open("place:2")
        second = await topics.create("place:2", "places-1")
        assert second.number != topic.number

    async def test_rules_that_this_worker_lacks_are_served_elsewhere(
        self, topics: Topics, topic: PlacesTopic, database: Database, keys: Keys
    ) -> None:
        other = Topics(database, keys, system_clock, [])

        with pytest.raises(Elsewhere):
            await other.open("place:1")

    async def test_a_finished_topic_is_marked_and_an_archived_one_is_read_only(
        self, topic: PlacesTopic, database: Database
    ) -> None:
        await ask(topic, Finish())
        status = await database.read(lambda c: c.scalar(text("select status from log_topic")))
        await execute(database, "update log_topic set status=2")

        answer_later = ask(topic, Take("c1"))

        assert status == 1
        assert (await answer_later).code == "archived"


class TestLogOnSqlite(LogContract):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestLogOnPostgres(LogContract):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database
