"""The queue of one reader behind each websocket."""

import asyncio

import pytest

from realtime.server import Inbox


async def test_messages_come_in_order_and_the_reader_waits_for_the_next() -> None:
    inbox = Inbox()
    inbox.put_nowait("one")
    inbox.put_nowait("two")
    got = [await inbox.get(), await inbox.get()]

    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait("three")

    assert got == ["one", "two"]
    assert await asyncio.wait_for(waiting, 30) == "three"
    assert inbox.empty()


async def test_a_reader_who_gave_up_takes_nothing_with_him() -> None:
    inbox = Inbox()
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    inbox.put_nowait("kept")

    assert await asyncio.wait_for(inbox.get(), 30) == "kept"
