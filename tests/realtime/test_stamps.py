"""A command is stamped and in flight where its last byte is seen, whatever waits before it."""

import asyncio

import pytest
from websockets.frames import Frame, Opcode

from realtime.codec import encode
from realtime.envelope import Ack, Check, Cmd
from realtime.ports import Viewer
from tests.realtime.server_process import PATIENCE_S, hear, hear_a, hello, say, served
from tests.realtime.talks import (
    CMD,
    TOPIC,
    a_door,
    greeted,
    send_raw,
    until,
)


async def test_a_command_that_waits_behind_another_frame_is_in_flight_already() -> None:
    door = a_door()
    async with served(door) as server, server.client() as websocket:
        await greeted(websocket)
        asked, may_go = asyncio.Event(), asyncio.Event()

        async def slowly(topic: str, viewer: object) -> bool:
            asked.set()
            await may_go.wait()
            return True

        door.still_admitted = slowly  # type: ignore[method-assign]
        server.node.logins.forget()
        check = encode(Cmd(bytes(16), "put", {"key": "b", "value": 1}))
        status = b"\x82\xa1t\xa5check\xa3ids\x91\xc4\x10" + CMD
        send_raw(websocket, Frame(Opcode.BINARY, status), Frame(Opcode.BINARY, check))
        await asyncio.wait_for(asked.wait(), PATIENCE_S)
        await until(lambda: door.flying[TOPIC] == 2)

        may_go.set()
        await hear_a(websocket, Ack)
        await until(lambda: door.flying[TOPIC] == 0)


async def test_a_command_that_came_while_the_clock_was_away_is_not_decided_though_the_clock_is_back() -> None:
    door = a_door()
    async with served(door) as server, server.client() as websocket:
        await greeted(websocket)
        may_go = asyncio.Event()

        async def slowly(topic: str, viewer: object) -> bool:
            await may_go.wait()
            return True

        door.still_admitted = slowly  # type: ignore[method-assign]
        server.node.logins.forget()
        door.is_clock_away = True
        await say(websocket, Check([CMD]), Cmd(CMD, "put", {"key": "a", "value": 1}))
        await until(lambda: door.flying[TOPIC] == 2)
        door.is_clock_away = False
        may_go.set()
        ack = await hear_a(websocket, Ack)

    assert (ack.ok, ack.final, ack.code) == (False, False, "clock_away")
    assert not door.logs[TOPIC].replies


@pytest.mark.parametrize("pause_s", [0, 0.1])
async def test_a_command_behind_the_hello_is_in_flight_before_anybody_is_let_in(pause_s: float) -> None:
    """In one piece with the hello, or while it is found out who says it; a closing waits for no hello."""
    door = a_door()
    async with served(door) as server, server.client() as websocket:
        may_admit, admit = asyncio.Event(), door.admit

        async def slowly(topic: str, ticket: str) -> Viewer | None:
            await may_admit.wait()
            return await admit(topic, ticket)

        door.admit = slowly  # type: ignore[method-assign]
        put = Cmd(CMD, "put", {"key": "a", "value": 1})
        messages = [
            Frame(Opcode.BINARY, encode(frame)).serialize(mask=True) for frame in (hello("anna"), put)
        ]
        for message in messages if pause_s else (b"".join(messages),):
            send_raw(websocket, message)
            await asyncio.sleep(pause_s)
        await until(lambda: door.flying[TOPIC] == 1)

        may_admit.set()
        assert (await hear_a(websocket, Ack)).ok
        await until(lambda: door.flying[TOPIC] == 0)


async def test_what_waits_when_the_connection_breaks_is_done_and_let_go() -> None:
    door = a_door()
    async with served(door) as server, server.client() as websocket:
        await greeted(websocket)
        await say(websocket, *(Cmd(n.to_bytes(16, "big"), "put", {"key": "a", "value": n}) for n in range(8)))
        websocket.transport.abort()

        await until(lambda: server.node.sockets == 0)
        await until(lambda: door.flying[TOPIC] == 0)


async def test_the_welcome_is_the_first_frame_on_the_wire() -> None:
    async with served(a_door()) as server, server.client() as websocket:
        await say(websocket, hello("anna"))

        assert type(await hear(websocket)).__name__ == "Welcome"
