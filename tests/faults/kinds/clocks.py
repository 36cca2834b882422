"""Calendars of workers that disagree or jump; the clock that counts seconds stays honest, as it does in life."""

import asyncio
import time
from email.utils import parsedate_to_datetime

import httpx2

from tests.faults.programs import Server
from tests.faults.stand import Layout, clock_file
from tests.faults.trial import Kind, Scene, watched

OFF_S = 250.0
"""Of 300; servers tell whole seconds, and a busy one answers late."""
JUMPED_S = 3.0
SEEN_S = 60.0
"""Servers write the date of their answers anew once in ten turns of a loop, on a busy machine after some seconds."""


async def let_be(scene: Scene) -> None:
    """The clocks were wrong from the beginning."""
    told = [await ahead_s(server) for server in scene.stand.servers]
    scene.notes.append("calendars off by " + ", ".join(f"{seconds:+.0f} s" for seconds in told))
    if max(told) - min(told) < 2 * OFF_S:
        scene.wrong.append(f"the calendars are off by {told}: there was no fault")


async def jump_back(scene: Scene) -> None:
    await jumped(scene, "-300s")


async def jump_ahead(scene: Scene) -> None:
    await jumped(scene, "+300s")


async def jumped(scene: Scene, offset: str) -> None:
    """One worker's calendar, there and home again."""
    number = scene.rng.randrange(len(scene.stand.servers))
    file, server = clock_file(scene.stand.folder, number), scene.stand.servers[number]
    try:
        file.write_text(offset)
        await asyncio.sleep(JUMPED_S)
        off_s = await watched(lambda: ahead_s(server), lambda seconds: abs(seconds) >= OFF_S, SEEN_S)
    finally:
        file.write_text("+0s")
    scene.notes.append(f"calendar off by {off_s:+.0f} s")
    if abs(off_s) < OFF_S:
        scene.wrong.append(f"the calendar was off by {off_s} s: there was no fault")


async def ahead_s(server: Server) -> float:
    """The calendar of a server as it says itself, against ours."""
    async with httpx2.AsyncClient(timeout=10) as client:
        answer = await client.get("http://{}:{}/readyz".format(*server.address))
    return parsedate_to_datetime(answer.headers["date"]).timestamp() - time.time()


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
