"""Both engines: transactions, schema, and what each refuses at the start."""

import asyncio
import importlib
import os
import pkgutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

import app
from app.kernel.away import is_away
from app.kernel.db import Database
from app.kernel.engine import open_database
from app.kernel.postgres import WrongIsolation
from app.kernel.sqlite import AlreadyOpen
from app.kernel.tables import metadata
from app.migrations import migrate, migrate_url


def import_tables() -> None:
    """Every slice declares its tables on the one MetaData."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith("tables"):
            importlib.import_module(module.name)


def insert_worker(connection: Connection, name: str) -> None:
    connection.execute(text("insert into worker values (:name, 1, 1, 1, 'test')"), {"name": name})


def workers(connection: Connection) -> int:
    return int(connection.scalar(text("select count(*) from worker")) or 0)


class DatabaseContract:
    async def test_an_error_shows_no_values_of_the_statement(self, database: Database) -> None:
        secret = "the choice of c0001 is for"

        def work(connection: Connection) -> None:
            connection.execute(text("insert into nowhere values (:body)"), {"body": secret})

        with pytest.raises(DBAPIError) as fault:
            await database.write(work)

        assert "insert into nowhere" in str(fault.value)
        assert secret not in str(fault.value)

    async def test_a_write_that_raises_leaves_nothing(self, database: Database) -> None:
        def work(connection: Connection) -> None:
            insert_worker(connection, "w")
            raise KeyError

        with pytest.raises(KeyError):
            await database.write(work)

        assert await database.read(workers) == 0

    async def test_what_was_written_is_read_by_the_next(self, database: Database) -> None:
        await database.write(lambda connection: insert_worker(connection, "a"))
        await database.autocommit(lambda connection: insert_worker(connection, "b"))

        assert await database.read(workers) == 2

    async def test_a_mistake_of_ours_is_not_a_database_that_is_away(self, database: Database) -> None:
        for statement in ("select nonsense", "insert into worker values (null, 1, 1, 1, '')"):
            with pytest.raises(DBAPIError) as caught:
                await database.write(lambda c, statement=statement: c.execute(text(statement)).close())  # type: ignore[misc]
            assert not is_away(caught.value)

    async def test_migrations_make_the_schema_that_the_code_declares(
        self, database: Database, empty_database: Database
    ) -> None:
        import_tables()
        await empty_database.write(metadata.create_all)
        describe = describe_sqlite if database.dialect == "sqlite" else describe_postgresql

        migrated = await database.read(describe)
        declared = await empty_database.read(describe)

        assert len(declared) > 15
        assert migrated == declared

    async def test_migrating_twice_is_migrating_once(self, database: Database) -> None:
        await migrate(database)

        assert await database.read(workers) == 0


class TestSqlite(DatabaseContract):
    @pytest.fixture
    def database(self, sqlite_database: Database) -> Database:
        return sqlite_database

    @pytest.fixture
    async def empty_database(self, tmp_path: Path) -> AsyncIterator[Database]:
        database = await open_database(f"sqlite:///{tmp_path}/declared.db")
        yield database
        await database.close()

    async def test_it_is_opened_once_and_again_after_closing(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/once.db"
        first = await open_database(url)
        with pytest.raises(AlreadyOpen):
            await open_database(url)
        await first.close()
        await migrate_url(url)

        second = await open_database(url)

        assert await second.read(workers) == 0
        await second.close()

    async def test_a_full_disk_counts_as_away_and_the_next_write_succeeds(self, database: Database) -> None:
        def fill(connection: Connection) -> None:
            pages = connection.exec_driver_sql("pragma page_count").scalar()
            connection.exec_driver_sql(f"pragma max_page_count={pages}")
            for number in range(200):
                insert_worker(connection, f"w{number:030}")

        with pytest.raises(DBAPIError) as caught:
            await database.write(fill)
        await database.write(lambda connection: insert_worker(connection, "after"))

        assert is_away(caught.value)
        assert await database.read(workers) == 1

    async def test_it_is_durable_and_its_readers_cannot_write(self, database: Database) -> None:
        def pragmas(connection: Connection) -> list[object]:
            names = ("journal_mode", "synchronous", "foreign_keys")
            return [connection.exec_driver_sql(f"pragma {name}").scalar() for name in names]

        assert await database.write(pragmas) == ["wal", 2, 1]
        with pytest.raises(DBAPIError, match="readonly"):
            await database.read(lambda connection: insert_worker(connection, "w"))


class TestPostgres(DatabaseContract):
    @pytest.fixture
    def database(self, postgres_database: Database) -> Database:
        return postgres_database

    @pytest.fixture
    async def empty_database(self, postgres_database: Database, postgres_url: str) -> AsyncIterator[Database]:
        url = make_url(postgres_url)
        name = f"{url.database}_declared"
        await administer(postgres_database, f"create database {name}")
        database = await open_database(url.set(database=name).render_as_string(hide_password=False))
        yield database
        await database.close()
        await administer(postgres_database, f"drop database {name}")

    async def test_another_isolation_than_read_committed_is_refused(
        self, database: Database, postgres_url: str
    ) -> None:
        name = make_url(postgres_url).database
        change = f"alter database {name} set default_transaction_isolation = 'repeatable read'"
        await administer(database, change)

        with pytest.raises(WrongIsolation, match="repeatable read"):
            await open_database(postgres_url)

    async def test_a_session_that_waits_too_long_is_ended_and_counts_as_away(
        self, database: Database
    ) -> None:
        def terminated(connection: Connection) -> None:
            connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))

        with pytest.raises(DBAPIError) as caught:
            await database.write(terminated)

        assert is_away(caught.value)
        assert await database.read(workers) == 0

    async def test_a_server_that_answers_no_more_is_away_in_time_and_left_behind_at_the_end(
        self, database: Database, postgres_url: str
    ) -> None:
        """The client has a deadline of its own: a stopped server keeps none of its promises."""
        mine = await open_database(postgres_url)
        backend = await mine.read(lambda connection: connection.scalar(text("select pg_backend_pid()")))
        os.kill(int(str(backend)), signal.SIGSTOP)
        try:
            async with asyncio.timeout(30):
                with pytest.raises(Exception) as caught:  # noqa: PT011 (whichever layer gives up first)
                    await mine.read(workers)
            async with asyncio.timeout(30):
                await mine.close()
        finally:
            os.kill(int(str(backend)), signal.SIGCONT)

        assert is_away(caught.value)
        assert await database.read(workers) == 0


async def administer(database: Database, statement: str) -> None:
    await database.autocommit(lambda connection: connection.execute(text(statement)).close())


def describe_sqlite(connection: Connection) -> set[str]:
    query = "select sql from sqlite_master where sql is not null and type <> 'trigger' and name <> 'alembic_version'"
    return {" ".join(str(row.sql).split()) for row in connection.execute(text(query))}


def describe_postgresql(connection: Connection) -> set[str]:
    """Columns, constraints and indexes as PostgreSQL itself words them."""
    queries = (
        """select table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
           from information_schema.columns where table_schema = 'public'""",
        """select conrelid::regclass::text, pg_get_constraintdef(oid) from pg_constraint
           where connamespace = 'public'::regnamespace""",
        "select tablename, indexdef from pg_indexes where schemaname = 'public'",
        "select relname, reloptions::text from pg_class where reloptions is not null",
    )
    rows = (row for query in queries for row in connection.execute(text(query)))
    return {" ".join(map(str, row)) for row in rows if row[0] != "alembic_version"}
