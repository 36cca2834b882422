"""Patience: work is waited for while it moves, and no longer."""

import asyncio
import itertools

from load.watch import GivenUp, Patience


async def test_work_that_ends_is_waited_for() -> None:
    work = asyncio.create_task(asyncio.sleep(0.05))

    assert await Patience(1, 2).outlast(work, lambda: 0) is None


async def test_work_without_a_sign_of_progress_is_given_up() -> None:
    work = asyncio.create_task(asyncio.sleep(60))

    assert await Patience(0.1, 10).outlast(work, lambda: 0) is GivenUp.STALLED
    work.cancel()


async def test_work_that_moves_for_ever_is_given_up_at_its_deadline() -> None:
    work, signs = asyncio.create_task(asyncio.sleep(60)), itertools.count()

    assert await Patience(0.1, 0.3).outlast(work, lambda: next(signs)) is GivenUp.TOO_LONG
    work.cancel()
