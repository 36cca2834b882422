"""What runs by the clock in a process: nothing of it may die in silence."""

import asyncio

from structlog.testing import capture_logs

from app.bootstrap import kept_going
from app.kernel.errors import DatabaseAway


async def test_what_dies_is_logged_and_begun_anew() -> None:
    faults = iter((RuntimeError("a mistake"), DatabaseAway()))
    lives = asyncio.Event()

    async def work() -> None:
        fault = next(faults, None)
        if fault:
            raise fault
        lives.set()

    with capture_logs() as logs:
        task = asyncio.create_task(kept_going("work", work, 0.001))
        await asyncio.wait_for(lives.wait(), 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("incident", "error"),
        ("not_done", "warning"),
    ]
    assert task.cancelled()
