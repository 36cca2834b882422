"""What is remembered of logins: never longer than till a ring, nor than half a minute, nor while nobody would ring."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from realtime.logins import GOOD_FOR_S, Logins
from realtime.ports import Viewer
from tests.realtime.fake_app import FakeDoor

TOPIC = "meeting:1"
ANNA = Viewer("anna", "anna")


class SlowDoor(FakeDoor):
    """Looks at once and answers when it is let."""

    def __init__(self) -> None:
        super().__init__({})
        self.asked_for = 0
        self.waiting: deque[asyncio.Event] = deque()

    async def still_admitted(self, topic: str, viewer: Viewer) -> bool:
        self.asked_for += 1
        found = await super().still_admitted(topic, viewer)
        self.waiting.append(asyncio.Event())
        await self.waiting[-1].wait()
        return found

    async def answer(self) -> None:
        if self.waiting:
            self.waiting.popleft().set()
            await asyncio.sleep(0)


@dataclass
class World:
    """One worker's memory, a bus that may be down, a clock that is set."""

    door: SlowDoor = field(default_factory=SlowDoor)
    now: float = 0.0
    hears: bool = True

    def __post_init__(self) -> None:
        self.logins = Logins(self.door, lambda: self.hears, lambda: self.now)

    async def ask(self) -> "asyncio.Task[bool]":
        """One more question; it has begun when this returns."""
        asking = asyncio.create_task(self.logins.is_good(TOPIC, ANNA))
        await asyncio.sleep(0)
        return asking

    async def is_good(self) -> bool:
        asking = await self.ask()
        while self.door.waiting:
            await self.door.answer()
        return await asking


async def test_a_good_login_is_asked_for_once_until_some_login_ends() -> None:
    world = World()

    assert [await world.is_good() for _ in range(3)] == [True] * 3
    assert world.door.asked_for == 1
    world.logins.forget()
    assert await world.is_good()
    assert world.door.asked_for == 2


async def test_without_the_bus_every_command_asks() -> None:
    world = World(hears=False)

    assert [await world.is_good() for _ in range(3)] == [True] * 3
    assert world.door.asked_for == 3


async def test_what_was_asked_before_a_ring_is_not_remembered_after_it() -> None:
    world = World()
    early = await world.ask()

    world.door.revoked.add("anna")
    world.logins.forget()
    await world.door.answer()

    assert await early  # it was good when it was asked
    assert not await world.is_good()


async def test_a_lost_ring_is_made_up_for_within_half_a_minute() -> None:
    world = World()
    await world.is_good()

    world.door.revoked.add("anna")
    assert await world.is_good()
    world.now += GOOD_FOR_S
    assert not await world.is_good()


STEPS = ("ask", "answer", "revoke", "revoke unheard", "restore", "pass", "bus")


@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_no_command_gets_through_that_came_after_an_end_that_was_heard(steps: list[str]) -> None:
    asyncio.run(_play(steps))


async def _play(steps: list[str]) -> None:
    """An end that was heard binds at once, another one after half a minute, any of them while the bus is down."""
    world, asked = World(), []
    is_heard, ended_at = False, float("inf")
    for step in steps:
        if step == "ask":
            is_bound = is_heard or not world.hears or world.now >= ended_at + GOOD_FOR_S
            asked.append((await world.ask(), is_bound and "anna" in world.door.revoked))
        elif step == "answer":
            await world.door.answer()
        elif step.startswith("revoke"):
            ended_at = min(ended_at, world.now)
            world.door.revoked.add("anna")
            if step == "revoke":
                is_heard = True
                world.logins.forget()
        elif step == "restore":
            is_heard, ended_at = False, float("inf")
            world.door.revoked.discard("anna")
        elif step == "pass":
            world.now += GOOD_FOR_S / 2
        else:
            world.hears = not world.hears
    while world.door.waiting:
        await world.door.answer()
    for asking, must_refuse in asked:
        assert not (await asking and must_refuse)
