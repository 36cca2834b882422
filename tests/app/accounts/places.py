"""A database with tables, a clock to turn, keys for a test: what the tests of accounts stand on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.accounts.model import Contact, Newcomer, Role
from app.accounts.service import Accounts
from app.kernel.crypto import KeyEncryptionKeys, MacKeys
from app.kernel.db import Database
from app.kernel.engine import open_database
from app.migrations import migrate

URL = "http://127.0.0.1:8000"
MACS = MacKeys({1: b"m" * 32})
KEKS = KeyEncryptionKeys({1: b"k" * 32})
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR


class TurnedClock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 1_800_000_000 * SECOND

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True, slots=True)
class Place:
    accounts: Accounts
    clock: TurnedClock
    database: Database

    async def token(self, role: Role = "participant", meeting: str = "m_1", person: str = "p_1") -> str:
        """Admit a person and take the token of the link."""
        await self.accounts.admit(meeting, (Newcomer(person, role, Contact("Иванов Иван")),))
        links = await self.accounts.links(meeting)
        return next(link.url for link in links if link.seat.person == person).partition("#")[2]


@asynccontextmanager
async def a_place(database_url: str) -> AsyncIterator[Place]:
    database = await open_database(database_url)
    clock = TurnedClock()
    try:
        await migrate(database)
        yield Place(Accounts(database, MACS, KEKS, clock, URL), clock, database)
    finally:
        await database.close()


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder}/kvorum.sqlite"
