"""The watchdog ends a process whose test does not, and says where it stood."""

import subprocess
import sys

from tests.watchdog import EXIT_CODE

STUCK = """
import asyncio, sys
from tests.watchdog import watched

async def waits_for_ever():
    await asyncio.Event().wait()

with watched("a stuck test", sys.stderr, 0.3):
    asyncio.run(waits_for_ever())
"""


def test_what_never_ends_is_ended_and_named() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=180)

    assert done.returncode == EXIT_CODE
    assert "a stuck test did not end" in done.stderr
    assert "waits_for_ever" in done.stderr
