"""A site whose log must be clean after whatever a test sends, and a running meeting on it."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from tests.scenarios.room import Room
from tests.scenarios.site import Site, a_site


@pytest_asyncio.fixture
async def site(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Site]:
    """Whatever a test sends: no mistake of ours may be in the log afterwards."""
    with capture_logs() as lines:
        async with a_site(tmp_path) as opened:
            yield opened
    assert not [line for line in lines if line["log_level"] in ("error", "critical") or "exc_info" in line]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]


@pytest_asyncio.fixture
async def room(site: Site) -> Room:
    links = await site.found("m_1")
    people = {name: await site.browser(links[name]) for name in ("organizer", "A", "B")}
    room = Room(site, links, **people)
    assert (await room.one.command("attend", {"creditors": ["A"]})).ok
    assert (await room.other.command("attend", {"creditors": ["B"]})).ok
    assert (await room.organizer.command("open_meeting")).ok
    assert (await room.organizer.command("start_voting", {"question": "q1", "duration_s": 600})).ok
    return room
