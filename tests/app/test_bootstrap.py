"""What runs by the clock in a process: nothing of it may die in silence."""

import asyncio
from typing import Any, cast

from structlog.testing import capture_logs

from app.bootstrap import LiveDoor, kept_going
from app.kernel.clock import system_clock
from app.kernel.errors import ClockAway, DatabaseAway
from app.kernel.log.workers import InFlight


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
        await asyncio.wait_for(lives.wait(), 30)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("incident", "error"),
        ("not_done", "warning"),
    ]
    assert task.cancelled()


def test_without_trusted_time_nothing_is_stamped_and_countdowns_go_on() -> None:
    def away() -> int:
        raise ClockAway

    in_flight, nothing = InFlight(), cast(Any, None)
    door = LiveDoor(nothing, nothing, in_flight, cast(Any, away), nothing)

    assert door.stamp_us() is None
    assert abs(door.now_us() - system_clock()) < 60_000_000
    with door.in_flight("meeting:1", None):
        assert in_flight.count("meeting:1", 2**62) == 0
