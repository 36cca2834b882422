"""A server of meetings for tests that ask by HTTP."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.app.accounts.places import Place, a_place, sqlite_url
from tests.app.meetings.served import FoundMeetings, Server, an_app


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with asyncio.Runner() as runner:
        opened = a_place(sqlite_url(tmp_path))
        place = runner.run(enter(opened))
        meetings = FoundMeetings()
        yield Server(an_app(place, meetings), place, meetings, runner)
        runner.run(leave(opened))


async def enter(opened: AbstractAsyncContextManager[Place]) -> Place:
    return await opened.__aenter__()


async def leave(opened: AbstractAsyncContextManager[Place]) -> None:
    await opened.__aexit__(None, None, None)
