"""A namespace goes with its run, and what a killed run has left goes with the next."""

import asyncio
import subprocess
from collections.abc import Iterator

import pytest

from tests.faults.namespace import Namespace, may_make_namespaces
from tests.servers import missing

pytestmark = pytest.mark.long
NO_PROCESS = 2**22 + 1
"""Above the highest process number that Linux gives."""


@pytest.fixture
def leftover() -> Iterator[str]:
    if not may_make_namespaces():
        missing("root, iproute2 and iptables")
    name = f"kvf{NO_PROCESS}-1"
    ip("netns", "add", name)
    yield name
    if name in names():
        ip("netns", "del", name)


async def test_what_a_killed_run_has_left_is_swept(leftover: str) -> None:
    async with Namespace() as namespace:
        during = names()

    assert namespace.name in during
    assert leftover not in during
    assert namespace.name not in names()


async def test_packets_that_a_wall_drops_are_counted() -> None:
    if not may_make_namespaces():
        missing("root, iproute2 and iptables")
    async with Namespace() as namespace:
        before = await namespace.dropped()
        await namespace.drop(9)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.open_connection(namespace.inside, 9)

        assert before == 0
        assert await namespace.dropped() > 0


def names() -> list[str]:
    return [line.split()[0] for line in ip("netns", "list").splitlines()]


def ip(*words: str) -> str:
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=True, timeout=20).stdout
