"""P16: a closed voting opens only after its committed closing, on whatever worker, and never when it was called off."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, select, text
from structlog.testing import capture_logs

from app.kernel.crypto import KeyEncryptionKeys, Unreadable
from app.kernel.db import Database
from app.kernel.keys import Keys
from app.kernel.log import seals
from app.kernel.log.redaction import Redact
from app.kernel.log.seals import StillSealed, probe_opens
from app.kernel.log.tables import log_blob, log_command, log_event, log_private, log_seal
from app.kernel.log.topics import Topic
from app.kernel.log.verify import Finding, verify_topic
from app.kernel.sealed import public_half
from app.meetings.founding import creditor_subject
from app.meetings.model import SYSTEM, Meeting
from tests.builders import ORGANIZER
from tests.commands import new_command_id
from tests.contracts.closing import CREDITORS, Story, a_story
from tests.contracts.put_back import put_back

VOTES = {"A": "for", "B": "against", "C": "abstain"}


async def topic_of(story: Story, worker: int = 0) -> Topic[Meeting]:
    return (await story.processes[worker].meetings.source(story.meeting)).topic


async def voted(story: Story) -> Topic[Meeting]:
    for creditor, choice in VOTES.items():
        reply = await story.cast(0, creditor, None, choice)
        assert reply is not None
        assert reply.ok
    return await topic_of(story)


async def by_organizer(story: Story, op: str, **body: Any) -> None:
    asked = {"voting": 1, "reason": "ошибка", **body}
    _, reply = await story.processes[0].ask(story.meeting, ORGANIZER, op, asked, new_command_id())
    assert reply is not None
    assert reply.ok


async def close_only(story: Story) -> None:
    """Until it is closed; the worker dies before the count."""
    while (await story.processes[0].state(story.meeting)).votings[1].running:
        await story.push(1.1)
        await story.sweep(0)
        await story.sweep(1)


async def opens_before_closing(topic: Topic[Meeting]) -> bool:
    """Whatever positions are named: the log holds no closing yet."""
    seal = topic.state.votings[1].seal
    assert seal is not None
    for closed_pos in range(topic.position.at + 2):
        with contextlib.suppress(StillSealed):
            await topic.seal_secret(1, seal.opened_pos, closed_pos)
            return True
    return False


async def rows_of(database: Database, topic: int) -> dict[str, list[list[bytes]]]:
    """All bytes that the tables of the log hold of a topic."""

    def read(connection: Connection) -> dict[str, list[list[bytes]]]:
        found = {}
        for table in (log_event, log_private, log_blob, log_command, log_seal):
            rows = connection.execute(
                select(table).where(table.c.topic == topic).order_by(*table.primary_key)
            )
            found[table.name] = [[bytes(v) for v in row if isinstance(v, bytes)] for row in rows]
        return found

    return await database.read(read)


async def counted_body(topic: Topic[Meeting]) -> dict[str, Any]:
    return dict(next(event.body for event in await topic.events(0) if event.kind == "voting_counted"))


class SealingContract:
    @pytest.fixture
    async def story(self, database: Database, keys: Keys) -> AsyncIterator[Story]:
        async with a_story(database, keys) as story:
            yield story

    async def test_it_stays_shut_until_the_closing_and_is_counted_after_it(
        self, story: Story, database: Database
    ) -> None:
        topic = await voted(story)
        assert not await opens_before_closing(topic)

        await story.finish()
        await story.check()

        meeting = await story.processes[1].state(story.meeting)
        marks = {creditor: mark.choices for creditor, mark in meeting.opened[1].marks.items()}
        assert marks == {creditor: (choice,) for creditor, choice in VOTES.items()}
        seal = meeting.votings[1].seal
        assert seal is not None
        assert seal.closed_pos is not None
        secret = await topic.seal_secret(1, seal.opened_pos, seal.closed_pos)
        assert (await counted_body(topic))["seal_secret"] == secret.hex()
        assert public_half(secret).hex() == seal.public_key
        blobs = await database.read(lambda c: c.scalars(select(log_blob.c.body)).all())
        assert len(blobs) == len(VOTES)
        assert not any(b"choices" in blob for blob in blobs)

    async def test_before_the_closing_no_row_tells_a_choice_not_even_by_its_length(
        self, database: Database, keys: Keys
    ) -> None:
        """P15 of the whole path: rows of every table, answers, lines of the log."""
        lengths, spoken = [], []
        for choices in (("for", "abstain"), ("against", "for")):
            async with a_story(database, keys) as story:
                with capture_logs() as logs:
                    replies = [await story.cast(0, who, None, choices[n]) for n, who in enumerate("AB")]
                topic = await topic_of(story)
                rows = await rows_of(database, topic.number)
            assert not any(b"choices" in value for values in rows.values() for row in values for value in row)
            lengths.append(
                {table: sorted(list(map(len, row)) for row in values) for table, values in rows.items()}
            )
            spoken.append((logs, [len(msgspec.msgpack.encode(reply)) for reply in replies]))

        assert lengths[0] == lengths[1]
        assert spoken[0] == spoken[1]

    async def test_an_unwrapping_that_does_not_look_for_the_closing_is_noticed(
        self, story: Story, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        topic = await voted(story)
        looks = seals._event

        def careless(connection: Any, number: int, pos: int, kind: str, voting: int) -> Any:
            return object() if kind == seals.CLOSED else looks(connection, number, pos, kind, voting)

        monkeypatch.setattr(seals, "_event", careless)

        assert await opens_before_closing(topic)

    async def test_the_worker_dies_after_the_closing_and_another_counts(self, story: Story) -> None:
        await voted(story)
        await close_only(story)
        assert (await story.processes[0].state(story.meeting)).votings[1].state == "closed"
        story.processes[0].is_alive = False

        for _ in range(20):
            await story.sweep(1)

        meeting = await story.processes[1].state(story.meeting)
        assert meeting.votings[1].state == "counted"
        assert len(meeting.opened[1].marks) == len(VOTES)

    async def test_what_is_called_off_is_never_opened(self, story: Story, database: Database) -> None:
        topic = await voted(story)
        await by_organizer(story, "cancel_voting")

        seal = topic.state.votings[1].seal
        assert seal is not None
        assert seal.is_destroyed
        events = await topic.events(0)
        assert [event.kind for event in events[-2:]] == ["voting_cancelled", "seal_destroyed"]
        rows = await database.read(
            lambda c: c.execute(select(log_seal).where(log_seal.c.topic == topic.number)).all()
        )
        assert [(row.voting, row.wrapped) for row in rows] == [(1, None)]
        assert not await opens_before_closing(topic)

    async def test_what_is_left_after_a_lost_history_is_counted(
        self, story: Story, database: Database
    ) -> None:
        """The secret was wrapped in the epoch of the opening, the count comes in another."""
        await story.cast(0, "A", None, "for")
        topic = await topic_of(story)
        kept = topic.position
        await story.cast(0, "B", None, "against")
        await put_back(database, topic.number, kept.at, kept.mark)
        await story.cast(0, "B", None, "abstain")

        await story.finish()

        meeting = await story.processes[1].state(story.meeting)
        assert meeting.restorations
        assert meeting.opened[1].marks["A"].choices == ("for",)
        assert meeting.opened[1].marks["B"].choices == ("abstain",)

    async def test_a_voting_opened_anew_after_a_lost_history_has_a_seal_of_its_own(
        self, story: Story, database: Database
    ) -> None:
        """Its number is the same, and a ballot that was locked to the lost seal is locked again."""
        topic = await topic_of(story)
        lost = topic.state.votings[1].seal
        opened = next(event for event in await topic.events(0) if event.kind == "voting_opened")
        before = (await topic.events(opened.pos - 2))[0]
        await story.cast(0, "A", None, "for")
        await put_back(database, topic.number, before.pos, before.hash)
        anew = {"question": "q1", "duration_s": 10}
        _, reply = await story.processes[0].ask(
            story.meeting, ORGANIZER, "start_voting", anew, new_command_id()
        )
        assert reply is not None
        assert reply.ok

        await story.cast(0, "A", None, "against")
        await story.finish()

        meeting = await story.processes[1].state(story.meeting)
        assert lost is not None
        seal = meeting.votings[1].seal
        assert seal is not None
        assert seal.public_key != lost.public_key
        assert meeting.opened[1].marks["A"].choices == ("against",)

    async def test_an_annulled_ballot_is_not_counted(self, story: Story) -> None:
        await voted(story)
        await by_organizer(story, "annul_ballot", creditor="A")
        await story.cast(1, "A", None, "against")

        await story.finish()

        meeting = await story.processes[0].state(story.meeting)
        assert meeting.opened[1].marks["A"].choices == ("against",)

    async def test_a_changed_bit_of_a_sealed_ballot_stops_the_count(
        self, story: Story, database: Database
    ) -> None:
        topic = await voted(story)
        await close_only(story)
        pos = topic.state.votings[1].ballots["A"].pos
        body = (await topic.blobs(((pos, 0),)))[pos, 0]
        torn = text("update log_blob set body=:body where topic=:topic and pos=:pos")
        values = {"body": body[:100] + bytes([body[100] ^ 1]) + body[101:], "topic": topic.number, "pos": pos}
        await database.write(lambda c: c.execute(torn, values).close())

        await story.sweep(0)

        assert (await story.processes[0].state(story.meeting)).votings[1].state == "closed"

    async def test_a_blob_that_was_put_in_place_of_another_is_named(
        self, story: Story, database: Database, keys: Keys
    ) -> None:
        topic = await voted(story)
        pos = topic.state.votings[1].ballots["A"].pos
        whole = (await verify_topic(database, keys, topic.name)).faults
        values = {"body": b"other", "sha256": hashlib.sha256(b"other").digest()}
        changed = log_blob.update().where(log_blob.c.topic == topic.number, log_blob.c.pos == pos)
        await database.write(lambda c: c.execute(changed.values(values)).close())

        report = await verify_topic(database, keys, topic.name)

        assert whole == ()
        assert report.faults == (Finding(pos, "a blob is not the one that the event names"),)

    async def test_destroying_texts_of_voters_changes_neither_seal_nor_count(
        self, story: Story, database: Database, keys: Keys
    ) -> None:
        """P17 of a closed voting: in the middle of it."""
        topic = await voted(story)
        gone = tuple(creditor_subject(story.meeting, creditor) for creditor in CREDITORS[:2])
        answer = await topic.submit(SYSTEM, new_command_id(), Redact("акт 7", gone), b"redact", 0)
        assert answer.ok

        await story.finish()
        await story.check()

        meeting = await story.processes[1].state(story.meeting)
        assert {c: mark.choices[0] for c, mark in meeting.opened[1].marks.items()} == VOTES
        report = await verify_topic(database, keys, topic.name)
        assert report.faults == ()
        assert report.redacted

    async def test_a_lost_or_another_key_shows_before_there_is_something_to_count(
        self, database: Database, keys: Keys
    ) -> None:
        assert await probe_opens(database, keys.keks)
        second = KeyEncryptionKeys({**keys.keks.keys, 2: bytes(32)})

        assert not await probe_opens(database, KeyEncryptionKeys({1: bytes(32)}))
        assert await probe_opens(database, second)
        assert not await probe_opens(database, keys.keks), "another worker wraps with a key that we lack"

    async def test_a_row_moved_from_another_voting_does_not_open(
        self, story: Story, database: Database, keys: Keys
    ) -> None:
        topic = await voted(story)
        await close_only(story)
        seal = topic.state.votings[1].seal
        assert seal is not None
        assert seal.closed_pos is not None
        other = seals.new_seal(keys.keks, topic.number, 2, topic.position.epoch)
        values = {"public_key": other.public_key, "wrapped": other.wrapped}
        moved = log_seal.update().where(log_seal.c.topic == topic.number).values(values)
        await database.write(lambda c: c.execute(moved).close())

        with pytest.raises(Unreadable):
            await topic.seal_secret(1, seal.opened_pos, seal.closed_pos)


class TestSealingOnSqlite(SealingContract):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestSealingOnPostgres(SealingContract):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database
