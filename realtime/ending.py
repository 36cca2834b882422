"""Ending tasks for sure: a cancellation can get lost, so it is repeated until the task has ended."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.2
GIVE_UP_S = 10.0

log = logging.getLogger(__name__)


async def ended(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel and wait; a task that cannot be ended is logged and left behind.

    `asyncio.wait_for` swallows a cancellation that comes just as its inner work is done (before Python 3.12), and
    the client of Redis sends by it: one `cancel` and an endless wait would now and then never come back.
    """
    everyone = tuple(tasks)
    waiting = set(everyone)
    give_up_at = asyncio.get_running_loop().time() + GIVE_UP_S
    while waiting and asyncio.get_running_loop().time() < give_up_at:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=AGAIN_S)
    for task in waiting:
        log.error("a task does not end: %r", task)
    await asyncio.gather(*(task for task in everyone if task.done()), return_exceptions=True)
