"""Redaction under 152-FZ and the checks of the records, on both engines."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.ids import new_id
from app.kernel.keys import Keys
from app.kernel.log.model import Answer
from app.kernel.log.redaction import Redact
from app.kernel.log.subjects import Subjects
from app.kernel.log.topics import Topic, Topics
from app.kernel.log.verify import Finding, Records, Report, read_records, verify, verify_topic
from tests.commands import new_command_id
from tests.contracts.places import Places, State, Take, Write, fingerprint
from tests.contracts.put_back import put_back

PEOPLE = ("p_a", "p_b", "p_c")
briefly = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,  # each example has people and a topic of its own
        HealthCheck.differing_executors,  # one suite, a class per engine
    ],
)


async def ask(topic: Topic[State], command: object) -> Answer:
    return await topic.submit("p_clerk", new_command_id(), command, fingerprint(command), system_clock())


async def records_of(database: Database, topic: Topic[State]) -> Records:
    return await database.read(
        lambda connection: read_records(connection, topic.number, topic.name, topic.position)
    )


async def verified(database: Database, keys: Keys, records: Records) -> Report:
    subjects = tuple({row.subject for row in records.privates})
    subject_keys = await database.read(lambda c: Subjects(keys.keks).load(c, subjects))
    return verify(records, keys.receipts.public(), subject_keys)


class RedactionContract:
    @pytest.fixture
    def topics(self, database: Database, keys: Keys) -> Topics:
        return Topics(database, keys, system_clock, [Places()])

    @briefly
    @given(
        notes=st.lists(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3), min_size=1, max_size=4),
        gone=st.sets(st.sampled_from(PEOPLE), min_size=1),
    )
    async def test_redacting_anybody_leaves_chain_and_count_as_they_were(
        self, database: Database, keys: Keys, notes: list[list[str]], gone: set[str]
    ) -> None:
        topics = Topics(database, keys, system_clock, [Places()])
        topic = await topics.create(new_id("place"), "places-1")
        people = {person: new_id("p") for person in PEOPLE}
        for note in notes:
            await ask(topic, Write(tuple(people[person] for person in note)))
        await ask(topic, Take("c1"))
        before = topic.state
        refs = tuple((pos + 1, part) for pos, note in enumerate(notes) for part in range(len(note)))

        command = Redact("act 7", tuple(people[person] for person in sorted(gone)))
        assert (await ask(topic, command)).ok

        left = {
            (pos + 1, part)
            for pos, note in enumerate(notes)
            for part, person in enumerate(note)
            if person not in gone
        }
        assert set(await topic.private(refs)) == left
        assert (topic.state.taken, topic.state.notes) == (before.taken, before.notes)
        report = await verified(database, keys, await records_of(database, topic))
        assert report.faults == ()
        assert set(report.redacted) == {pos for pos, _ in set(refs) - left}

    async def test_a_backup_of_the_destroyed_text_opens_no_more(
        self, database: Database, keys: Keys, topics: Topics
    ) -> None:
        topic = await topics.create("place:1", "places-1")
        await ask(topic, Write(("p_a", "p_b"), "Иванов"))
        backup = await records_of(database, topic)

        await ask(topic, Redact("act 7", ("p_a",)))

        restored = replace(await records_of(database, topic), privates=backup.privates)
        key = await database.read(lambda c: Subjects(keys.keks).load(c, ("p_a",)))
        assert key == {"p_a": None}
        assert (await verified(database, keys, restored)).redacted == (1,)

    async def test_a_person_is_forgotten_in_every_topic(
        self, database: Database, keys: Keys, topics: Topics
    ) -> None:
        first, second = [await topics.create(name, "places-1") for name in ("place:1", "place:2")]
        for topic in (first, second):
            await ask(topic, Write(("p_a",)))

        await ask(first, Redact("act 7", ("p_a",)))

        assert await second.private(((1, 0),)) == {}
        report = await verify_topic(database, keys, "place:2")
        assert (report.faults, report.redacted) == ((), (1,))

    async def test_nothing_more_is_written_about_a_destroyed_subject(
        self, database: Database, keys: Keys, topics: Topics
    ) -> None:
        topic = await topics.create("place:1", "places-1")
        other = await Topics(database, keys, system_clock, [Places()]).open("place:1")
        await ask(other, Write(("p_a",)))
        await ask(topic, Write(("p_a",)))
        await ask(topic, Redact("act 7", ("p_a",)))

        answers = [await ask(each, Write(("p_a", "p_b"))) for each in (topic, other)]

        assert [answer.code for answer in answers] == ["subject_destroyed", "subject_destroyed"]
        assert (await ask(topic, Write(("p_b",)))).ok

    async def test_a_single_part_can_be_redacted(self, topics: Topics) -> None:
        topic = await topics.create("place:1", "places-1")
        await ask(topic, Write(("meeting:1", "meeting:1")))

        await ask(topic, Redact("act 8", refs=((1, 1), (9, 0))))

        assert set(await topic.private(((1, 0), (1, 1)))) == {(1, 0)}
        event = (await topic.events(1))[0]
        assert (event.kind, event.body["places"]) == ("redacted", [[1, 1]])

    async def test_a_clean_log_has_no_faults_and_changed_rows_are_named(
        self, database: Database, keys: Keys, topics: Topics
    ) -> None:
        topic = await topics.create("place:1", "places-1")
        await ask(topic, Write(("p_a",), blobs=(b"ballot",)))
        await ask(topic, Take("c1"))
        clean = await records_of(database, topic)
        blob, private, command = clean.blobs[0], clean.privates[0], clean.commands[-1]

        broken = {
            "a blob is not the one that was written": replace(clean, blobs=(replace(blob, body=b"other"),)),
            "a private text is not the one that was written": replace(
                clean, privates=(replace(private, salt=bytes(32)),)
            ),
            "a receipt contradicts the log": replace(
                clean, commands=(replace(command, answer=command.answer.replace(b"place:1", b"place:2")),)
            ),
            "an answer cannot be read": replace(clean, commands=(replace(command, answer=b"{"),)),
            "the head is not the last event": replace(clean, events=clean.events[:1]),
            "a private text without an event": replace(clean, privates=(private, replace(private, pos=9))),
        }

        assert (await verified(database, keys, clean)).faults == ()
        for what, records in broken.items():
            assert what in [fault.what for fault in (await verified(database, keys, records)).faults]
        torn = replace(clean, privates=())
        assert (await verified(database, keys, torn)).faults == (
            Finding(1, "a private text is not the one that was written"),
        )

    async def test_personal_texts_lie_nowhere_in_the_clear(
        self, database: Database, keys: Keys, topics: Topics
    ) -> None:
        topic = await topics.create("place:1", "places-1")
        await ask(topic, Write(("p_a",), "Иванов"))

        bodies = await database.read(
            lambda c: [
                bytes(value)
                for table in ("log_event", "log_private")
                for row in c.execute(text(f"select body from {table}"))
                for value in row
            ]
        )

        assert len(bodies) == 2
        assert not any("Иванов".encode() in body for body in bodies)

    async def test_a_history_put_back_by_hand_gets_another_epoch(
        self, database: Database, keys: Keys, topics: Topics
    ) -> None:
        topic = await topics.create("place:1", "places-1")
        await ask(topic, Take("c1"))
        early = topic.position
        await ask(topic, Take("c2"))
        lost = topic.position
        await put_back(database, topic.number, 1, early.mark)

        answer = await ask(topic, Take("c2"))

        assert answer.ok
        assert topic.position.epoch != early.epoch
        events = await topic.events(0)
        assert [event.kind for event in events] == ["taken", "history_restored", "taken"]
        assert events[1].body == {"old_epoch": lost.epoch.hex(), "pos": 2, "old_mark": lost.mark.hex()}
        assert (await verify_topic(database, keys, "place:1")).faults == ()
        other = await Topics(database, keys, system_clock, [Places()]).open("place:1")
        assert (other.position, other.state) == (topic.position, topic.state)


class TestRedactionOnSqlite(RedactionContract):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestRedactionOnPostgres(RedactionContract):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database
