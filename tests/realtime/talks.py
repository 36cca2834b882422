"""Talking to a real uvicorn with our protocols: a topic that moves, raw frames, patience."""

import asyncio
import contextlib
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, Frame

from realtime.envelope import Soft
from tests.realtime.fake_app import FakeDoor, FakeLog, FakeSource, Grant, Put
from tests.realtime.server_process import ORIGIN, PATIENCE_S, Served, hear_a, hello, say

CMD = bytes(range(16))
TOPIC = "meeting:1"
HANDSHAKE = (
    f"GET /live HTTP/1.1\r\nHost: kvorum\r\nOrigin: {ORIGIN}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def a_door(*persons: str) -> FakeDoor:
    log = FakeLog()
    log.append(*(Grant(person, "participant") for person in persons or ("anna",)))
    log.append(Put("participant", "question/1", "waiting"))
    return FakeDoor({TOPIC: log})


def happens(server: Served, key: str, value: object) -> None:
    """An event of the topic, flushed now."""
    server.door.logs[TOPIC].append(Put("participant", key, value))
    source = server.door.sources[TOPIC]
    assert isinstance(source, FakeSource)
    source.read_to(server.door.logs[TOPIC].head)
    server.node._topics[TOPIC].hub.flush()


async def until(holds: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 (what is awaited has no event)
            await asyncio.sleep(0.01)


async def goodbye(websocket: ClientConnection) -> Close:
    """What the server says last."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE_S):
            async for _ in websocket:
                pass
    said = websocket.protocol.close_rcvd
    assert said is not None
    return said


async def greeted(websocket: ClientConnection, person: str = "anna") -> None:
    await say(websocket, hello(person))
    await hear_a(websocket, Soft)


def send_raw(websocket: ClientConnection, *frames: Frame | bytes) -> None:
    for frame in frames:
        websocket.transport.write(frame if isinstance(frame, bytes) else frame.serialize(mask=True))
