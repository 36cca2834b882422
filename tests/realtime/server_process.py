"""A real uvicorn on a free loopback port around a node, for the tests that want sockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect

from realtime.broker import Broker
from realtime.broker_memory import MemoryBus
from realtime.codec import encode
from realtime.endpoint import routes
from realtime.envelope import Frame, Hello, ServerFrame
from realtime.hub import Facts, online_count
from realtime.limits import Limits
from realtime.node import Node
from realtime.presence import MemoryRoom, Presence
from tests.realtime.decoding import decode_server
from tests.realtime.fake_app import FakeDoor

Heard = TypeVar("Heard", bound=Frame)
ORIGIN = "http://pages.test"
PATIENCE_S = 30.0
"""A machine that others share may stand still for long."""
OURS = {"http": "realtime.server:PromptProtocol", "ws": "realtime.server:FrameProtocol"}
STOCK = {"http": "httptools", "ws": "websockets-sansio"}
"""Any other server: frames go by a queue and ASGI `send`."""


@dataclass(frozen=True, slots=True)
class Served:
    node: Node
    door: FakeDoor
    port: int
    server: uvicorn.Server

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def client(
        self, origin: str | None = ORIGIN, plug: socket.socket | None = None
    ) -> AsyncIterator[ClientConnection]:
        """`plug`: a connected socket to go by."""
        url = f"ws://127.0.0.1:{self.port}/live"
        headers = {"Origin": origin} if origin else None
        async with connect(url, additional_headers=headers, sock=plug) as websocket:
            yield websocket


@contextlib.asynccontextmanager
async def served(
    door: FakeDoor,
    limits: Limits | None = None,
    broker: Broker | None = None,
    presence: Presence | None = None,
    protocols: Mapping[str, str] = OURS,
    ping_s: float = 20.0,
    facts: Facts = online_count,
) -> AsyncIterator[Served]:
    node = Node(door, broker or MemoryBus().broker(), presence or MemoryRoom().presence(), limits, facts)
    await node.start()
    config = uvicorn.Config(
        Starlette(routes=routes(node, [ORIGIN])),
        host="127.0.0.1",
        port=0,
        http=protocols["http"],
        ws=protocols["ws"],
        ws_ping_interval=ping_s,
        ws_ping_timeout=ping_s,
        ws_per_message_deflate=False,
        ws_max_size=65_536,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn offers no event for it)
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(node, door, port, server)
    finally:
        await node.stop()
        server.should_exit = True
        await running


async def say(websocket: ClientConnection, *frames: Frame) -> None:
    for frame in frames:
        await websocket.send(encode(frame))


async def hear(websocket: ClientConnection) -> ServerFrame:
    async with asyncio.timeout(PATIENCE_S):
        data = await websocket.recv()
    assert isinstance(data, bytes)
    return decode_server(data)


async def hear_a(websocket: ClientConnection, kind: type[Heard]) -> Heard:
    """The next frame of this kind; others are skipped."""
    while True:
        frame = await hear(websocket)
        if isinstance(frame, kind):
            return frame


def hello(person: str, nonce: str = "1", topic: str = "meeting:1") -> Hello:
    return Hello(1, topic, f"{person}:{nonce}")
