"""Snapshots on both engines: a topic opens from the newest one that the log confirms, and from nothing else."""

import pickle

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.kernel.clock import system_clock
from app.kernel.db import Database
from app.kernel.keys import Keys
from app.kernel.log import snapshots
from app.kernel.log.model import Event, Keeping
from app.kernel.log.redaction import Redact
from app.kernel.log.topics import Topic, Topics
from tests.commands import new_command_id
from tests.contracts.places import Free, Places, State, Take, Write, fingerprint


class KeptPlaces(Places):
    """Counts what it folds."""

    def __init__(self, version: int = 1) -> None:
        self.folded = 0
        self.keeping = Keeping(version, frozenset({"freed"}), pickle.dumps, pickle.loads)

    def evolve(self, state: State, event: Event) -> State:
        self.folded += 1
        return super().evolve(state, event)


async def ask(topic: Topic[State], *commands: object) -> None:
    """Each by itself, with the snapshot it may cause."""
    for command in commands:
        await topic.submit("p_a", new_command_id(), command, fingerprint(command), system_clock())
        await topic.finish()


class SnapshotsContract:
    @pytest.fixture
    async def topic(self, database: Database, keys: Keys) -> Topic[State]:
        """Five events, a snapshot after the third."""
        topics = Topics(database, keys, system_clock, [KeptPlaces()])
        topic: Topic[State] = await topics.create("place:1", "places-1")
        await ask(topic, Take("c1"), Take("c2"), Free("c1"), Take("c3"), Write(("p_b",)))
        return topic

    async def opened(self, database: Database, keys: Keys, version: int = 1) -> tuple[Topic[State], int]:
        """By another process: the topic, and how many events it had to fold."""
        machine = KeptPlaces(version)
        topic = await Topics(database, keys, system_clock, [machine]).open("place:1")
        return topic, machine.folded

    async def test_a_topic_opens_from_its_snapshot_and_the_tail(
        self, topic: Topic[State], database: Database, keys: Keys
    ) -> None:
        again, folded = await self.opened(database, keys)

        assert folded == 2
        assert (again.state, again.position) == (topic.state, topic.position)
        await ask(again, Take("c4"))
        await topic.catch_up()
        assert (again.state, again.position) == (topic.state, topic.position)

    async def test_one_is_taken_every_so_many_events_and_two_are_kept(
        self, topic: Topic[State], database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(snapshots, "EVERY", 4)

        await ask(topic, *(Take(f"d{number}") for number in range(9)))

        assert topic.position.at == 14
        assert await positions(database) == [8, 12]

    @pytest.mark.parametrize("change", ["mark = log_event.hash", "pos = log_snapshot.pos + 1"])
    async def test_a_snapshot_that_the_log_does_not_confirm_is_left_alone(
        self, topic: Topic[State], database: Database, keys: Keys, change: str
    ) -> None:
        spoil = f"update log_snapshot set {change} from log_event where log_event.pos = 1"
        await database.write(lambda connection: connection.execute(text(spoil)).close())

        again, folded = await self.opened(database, keys)

        assert folded == 5
        assert (again.state, again.position) == (topic.state, topic.position)

    async def test_a_snapshot_that_cannot_be_read_is_an_incident_and_a_refold(
        self, topic: Topic[State], database: Database, keys: Keys
    ) -> None:
        spoil = text("update log_snapshot set body = :body")
        await database.write(lambda connection: connection.execute(spoil, {"body": b"x\x9c"}).close())

        with capture_logs() as logs:
            again, folded = await self.opened(database, keys)

        assert folded == 5
        assert again.state == topic.state
        assert [line["where"] for line in logs if line["event"] == "incident"] == ["snapshot"]

    async def test_another_version_of_the_state_folds_anew(
        self, topic: Topic[State], database: Database, keys: Keys
    ) -> None:
        again, folded = await self.opened(database, keys, version=2)

        assert folded == 5
        assert again.state == topic.state

    async def test_a_redaction_takes_the_snapshots_with_it(
        self, topic: Topic[State], database: Database, keys: Keys
    ) -> None:
        await ask(topic, Redact("act", ("p_b",)))

        assert await positions(database) == []
        again, _ = await self.opened(database, keys)
        assert again.state == topic.state


async def positions(database: Database) -> list[int]:
    query = text("select pos from log_snapshot order by pos")
    return await database.read(lambda connection: list(connection.scalars(query)))


class TestSnapshotsOnSqlite(SnapshotsContract):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database


class TestSnapshotsOnPostgres(SnapshotsContract):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database
