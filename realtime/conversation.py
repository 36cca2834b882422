"""One accepted websocket, from the first frame to the goodbye: straight to the socket where our server protocol runs, else by ASGI."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.connection import Admit, Connection
from realtime.envelope import Bye, Hello
from realtime.node import Node
from realtime.ports import Viewer
from realtime.wire import EXTENSION, Frames, FrameWire, QueueWire


def converse(websocket: WebSocket, node: Node) -> Coroutine[Any, Any, None]:
    """Accept and serve until either side ends it."""
    frames = websocket.scope.get("extensions", {}).get(EXTENSION)
    if isinstance(frames, Frames):
        return _straight(websocket, node, frames)
    return _queued(websocket, node)


# --- straight to the socket: no task and no queue of ours ---


async def _straight(websocket: WebSocket, node: Node, frames: Frames) -> None:
    wire = FrameWire(frames, node.limits.queue_bytes, lambda bye: _say_goodbye(websocket, bye))
    connection = Connection(node, wire, _by_ticket(node))
    _listen(frames, wire, connection)
    greeting = _expected_greeting(node, connection)
    try:
        await websocket.accept()
        while await _heard(websocket, connection, frames):
            pass
    finally:
        greeting.cancel()
        connection.lost()
        wire.ended()
        frames.disconnect()


def _listen(frames: Frames, wire: FrameWire, connection: Connection) -> None:
    def end() -> None:
        wire.ended()
        connection.muted()

    frames.on_message, frames.on_end, frames.on_stop = connection.seen, end, connection.depart


async def _say_goodbye(websocket: WebSocket, bye: Bye) -> None:
    """RuntimeError is what a server answers that has closed by itself (no pong, a frame too large)."""
    reason = f"{bye.reason} spread_ms={bye.spread_ms}" if bye.spread_ms else bye.reason
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await websocket.close(bye.code, reason)


# --- any other server ---


async def _queued(websocket: WebSocket, node: Node) -> None:
    wire = QueueWire(node.limits.queue_bytes)
    connection = Connection(node, wire, _by_ticket(node))
    await websocket.accept()
    greeting = _expected_greeting(node, connection)
    reader = asyncio.create_task(_read(websocket, connection))
    writer = asyncio.create_task(_write(websocket, wire))
    wire.on_abort = writer.cancel
    try:
        await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        greeting.cancel()
        connection.lost()
        reader.cancel()
        writer.cancel()
        ended = await asyncio.gather(reader, writer, return_exceptions=True)
    for fault in ended:
        if isinstance(fault, Exception):
            raise fault


async def _read(websocket: WebSocket, connection: Connection) -> None:
    while await _heard(websocket, connection):
        pass


async def _write(websocket: WebSocket, wire: QueueWire) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        async for data in wire.frames():
            await websocket.send_bytes(data)
    if wire.goodbye is not None:
        await _say_goodbye(websocket, wire.goodbye)


# --- both ---


async def _heard(websocket: WebSocket, connection: Connection, frames: Frames | None = None) -> bool:
    """The next message; False: there are no more. Between two of them nothing of the last one stays in memory."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        return False
    seen = (frames.seen.pop(0) if frames else None) or connection.seen()
    await connection.received(message.get("bytes"), seen)
    return True


def _expected_greeting(node: Node, connection: Connection) -> asyncio.TimerHandle:
    """A hello comes in time, or the connection ends."""
    return asyncio.get_running_loop().call_later(node.limits.greeting_s, connection.expect_greeting)


def _by_ticket(node: Node) -> Admit:
    async def admit(hello: Hello) -> Viewer | None:
        return None if hello.ticket is None else await node.door.admit(hello.topic, hello.ticket)

    return admit
