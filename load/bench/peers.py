"""Peers of the fan-out, each a server of its own: `python -m load.bench.peers NAME PORT`.

All do the same: whoever sends a frame is answered `ack`, and what he sent goes to everybody else. None pings, compresses
or looks into a payload. The collector is tuned as in the product, so that it is not the collector that is compared.
"""

import asyncio
import contextlib
import gc
import importlib
import importlib.util
import sys
from collections.abc import Callable, Coroutine
from typing import Any, cast

import uvloop

from load.bench.crowd import HOST
from load.bench.framing import END_OF_HEAD, Inbox, framed, response

ACK = b"ack"
BACKLOG = 2048
FLOOR = "uvloop-floor"
NEEDS = {
    FLOOR: "uvloop",
    "websockets": "websockets",
    "picows": "picows",
    "starlette-gather": "starlette",
}
"""Peer -> the package it needs."""


def is_installed(peer: str) -> bool:
    return importlib.util.find_spec(NEEDS[peer]) is not None


class Floor(asyncio.Protocol):
    """A frame made once, and `transport.write` in a loop: nothing in Python can be cheaper."""

    everybody: "set[Floor]" = set()  # noqa: RUF012 - one process, one room

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._inbox = Inbox()
        self._is_upgraded = False
        self.write = self._transport.write

    def data_received(self, data: bytes) -> None:
        if not self._is_upgraded:
            head, _, _ = data.partition(END_OF_HEAD)
            self._is_upgraded = True
            self._transport.write(response(head))
            self.everybody.add(self)
            return
        for _, payload in self._inbox.frames(data):
            self.write(framed(ACK))
            frame = framed(payload)
            for other in self.everybody:
                if other is not self:
                    other.write(frame)

    def connection_lost(self, fault: Exception | None) -> None:
        self.everybody.discard(self)


async def floor(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Floor, HOST, port, backlog=BACKLOG)
    await server.serve_forever()


async def by_websockets(port: int) -> None:
    from websockets.asyncio.server import ServerConnection, broadcast, serve
    from websockets.exceptions import ConnectionClosed

    room: set[ServerConnection] = set()

    async def live(connection: ServerConnection) -> None:
        room.add(connection)
        with contextlib.suppress(ConnectionClosed):
            async for payload in connection:
                await connection.send(ACK)
                broadcast(room - {connection}, payload)
        room.discard(connection)

    async with serve(live, HOST, port, compression=None, ping_interval=None, backlog=BACKLOG) as server:
        await server.serve_forever()


async def by_picows(port: int) -> None:
    picows: Any = importlib.import_module("picows")  # may be missing, also for the type checker
    room: set[Any] = set()

    class Listener(picows.WSListener):  # type: ignore[misc]
        def on_ws_connected(self, transport: Any) -> None:
            room.add(transport)

        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if frame.msg_type is not picows.WSMsgType.BINARY:
                return
            payload = frame.get_payload_as_bytes()
            transport.send(picows.WSMsgType.BINARY, ACK)
            for other in room:
                if other is not transport:
                    other.send(picows.WSMsgType.BINARY, payload)

        def on_ws_disconnected(self, transport: Any) -> None:
            room.discard(transport)

    server = await picows.ws_create_server(lambda _: Listener(), HOST, port, backlog=BACKLOG)
    await server.serve_forever()


async def by_starlette(port: int) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    room: set[WebSocket] = set()

    async def live(websocket: WebSocket) -> None:
        await websocket.accept()
        room.add(websocket)
        try:
            while True:
                payload = await websocket.receive_bytes()
                await websocket.send_bytes(ACK)
                await asyncio.gather(*(other.send_bytes(payload) for other in room if other is not websocket))
        except WebSocketDisconnect:
            room.discard(websocket)

    options: dict[str, Any] = {
        "ws": "websockets-sansio",
        "ws_per_message_deflate": False,
        "ws_ping_interval": None,
        "log_config": None,
        "backlog": BACKLOG,
    }
    app = Starlette(routes=[WebSocketRoute("/live", live)])
    await uvicorn.Server(uvicorn.Config(app, HOST, port, lifespan="off", **options)).serve()


SERVERS: dict[str, Callable[[int], Coroutine[None, None, None]]] = {
    FLOOR: floor,
    "websockets": by_websockets,
    "picows": by_picows,
    "starlette-gather": by_starlette,
}


def main() -> None:
    name, port = sys.argv[1:]
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(SERVERS[name](int(port)))


if __name__ == "__main__":
    main()
