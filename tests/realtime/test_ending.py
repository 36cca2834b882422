"""What is ended must end: a cancellation that somebody swallowed is told again, and the end has an end itself."""

import asyncio
from contextlib import suppress

import pytest

from realtime import ending
from realtime.ending import ended


async def deaf(times: int) -> None:
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    await asyncio.Event().wait()


async def begun(times: int) -> "asyncio.Task[None]":
    task = asyncio.create_task(deaf(times))
    await asyncio.sleep(0)
    return task


async def test_a_cancellation_that_somebody_swallowed_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)
    tasks = [await begun(0), await begun(2)]

    async with asyncio.timeout(30):
        await ended(tasks)

    assert all(task.cancelled() for task in tasks)


async def test_a_task_that_does_not_end_is_left_behind_and_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ending, "AGAIN_S", 0.01)
    monkeypatch.setattr(ending, "GIVE_UP_S", 0.05)
    task = await begun(100)

    async with asyncio.timeout(30):
        await ended([task])

    assert "deaf" in caplog.text
    monkeypatch.setattr(ending, "GIVE_UP_S", 5.0)
    await ended([task])


async def test_the_failure_of_an_ended_task_is_nobodys_any_more() -> None:
    async def fail() -> None:
        raise ValueError

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)

    await ended([task])

    assert task.done()
