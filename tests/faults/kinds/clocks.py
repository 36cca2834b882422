"""Calendars of workers that disagree or jump; the clock that counts seconds stays honest, as it does in life."""

import asyncio

from tests.faults.stand import Layout, clock_file
from tests.faults.trial import Kind, Scene

JUMPED_S = 3.0
"""Processes look at their calendar's file once a second."""


async def let_be(scene: Scene) -> None:
    """The clocks were wrong from the beginning."""


async def jump_back(scene: Scene) -> None:
    await jumped(scene, "-300s")


async def jump_ahead(scene: Scene) -> None:
    await jumped(scene, "+300s")


async def jumped(scene: Scene, offset: str) -> None:
    """One worker's calendar, there and home again."""
    file = clock_file(scene.stand.folder, scene.rng.randrange(len(scene.stand.servers)))
    try:
        file.write_text(offset)
        await asyncio.sleep(JUMPED_S)
    finally:
        file.write_text("+0s")


APART = Layout("cluster", clocks=("+300s", "-300s", "+0s"))
TOGETHER = Layout("cluster", clocks=("+0s", "+0s", "+0s"))
ALONE = Layout("sqlite", clocks=("+0s",))

KINDS = (
    Kind("clocks-apart", "calendars of the workers 5 minutes ahead, 5 behind and right", let_be, APART),
    Kind("clock-back", "a worker's calendar jumps 5 minutes back and home", jump_back, TOGETHER),
    Kind("clock-ahead", "a worker's calendar jumps 5 minutes ahead and home", jump_ahead, TOGETHER),
    Kind("clock-back-sqlite", "the server's calendar jumps 5 minutes back and home", jump_back, ALONE),
    Kind("clock-ahead-sqlite", "the server's calendar jumps 5 minutes ahead and home", jump_ahead, ALONE),
)
