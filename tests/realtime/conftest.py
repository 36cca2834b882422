"""Which loop a test runs on: its module says `pytestmark = pytest.mark.clockwork` where all time is the loop's."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from realtime import topic as topic_module
from tests.realtime.clockwork import ClockworkLoop


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if item.get_closest_marker("clockwork"):
        return {"clockwork": ClockworkLoop}
    return {"real": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def work_takes_no_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clockwork loop; the pace of flushes follows what they take."""
    if request.node.get_closest_marker("clockwork"):
        monkeypatch.setattr(topic_module, "perf_counter", lambda: 0.0)
