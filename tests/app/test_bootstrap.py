"""What runs by the clock in a process: nothing of it may die in silence."""

import asyncio
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from app import bootstrap
from app.bootstrap import cancelled, kept_going
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


async def test_a_cancellation_that_somebody_swallowed_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "CANCEL_S", 0.01)

    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await cancelled([task])

    assert task.cancelled()
