"""Heavy requests: a few at a time, and of one person one after another."""

import asyncio

from app.meetings.turns import Turns


async def test_one_persons_requests_leave_a_turn_to_others() -> None:
    turns, done, may_end = Turns(2), [], asyncio.Event()

    async def ask(person: str, wait: bool) -> None:
        async with turns.of(person):
            if wait:
                await may_end.wait()
            done.append(person)

    greedy = [asyncio.create_task(ask("p_greedy", wait=True)) for _ in range(5)]
    await asyncio.sleep(0)

    await ask("p_organizer", wait=False)
    assert done == ["p_organizer"]

    may_end.set()
    await asyncio.gather(*greedy)
    assert done == ["p_organizer", *["p_greedy"] * 5]


async def test_no_more_than_so_many_persons_have_a_turn() -> None:
    turns, here, most = Turns(2), 0, 0

    async def ask(person: str) -> None:
        nonlocal here, most
        async with turns.of(person):
            here += 1
            most = max(most, here)
            await asyncio.sleep(0)
            here -= 1

    await asyncio.gather(*(ask(f"p_{number}") for number in range(7)))

    assert most == 2
