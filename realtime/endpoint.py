"""The edge: the websocket route and its HTTP fallback, as Starlette routes. Checks what a browser cannot forge, then frames."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from realtime.close_codes import CloseCode, client_should
from realtime.codec import BadFrame, array_of, decode_many, encode
from realtime.connection import Connection, Listening
from realtime.conversation import converse
from realtime.envelope import Bye, ClientFrame, Hello
from realtime.node import Node
from realtime.ports import Viewer
from realtime.topic import NotLetIn
from realtime.wire import ON_STOP, QueueWire

PERSON_HEADER = "kvorum-person"
_STATUS = {
    CloseCode.NO_RIGHT: 403,
    CloseCode.UNKNOWN_TOPIC: 404,
    CloseCode.BAD_PROTOCOL: 400,
    CloseCode.TOO_LARGE: 413,
    CloseCode.TOO_MANY_SOCKETS: 429,
}


LIVE = "/live"


def routes(node: Node, allowed_origins: Iterable[str]) -> list[BaseRoute]:
    """`/live` (websocket) and `/live/poll`, `/live/stream`, `/live/command` (POST) for pages of these origins."""
    edge = _Edge(node, frozenset(allowed_origins))
    return [
        WebSocketRoute(LIVE, edge.live),
        Route("/live/poll", edge.poll, methods=["POST"]),
        Route("/live/stream", edge.stream, methods=["POST"]),
        Route("/live/command", edge.command, methods=["POST"]),
    ]


def straight(node: Node, allowed_origins: Iterable[str], site: ASGIApp) -> ASGIApp:
    """`/live` before everything else of `site`: what stands between the server and a socket stays in memory as long as it."""
    edge = _Edge(node, frozenset(allowed_origins))

    def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "websocket" and scope["path"] == LIVE:
            return edge.live(WebSocket(scope, receive, send))
        return site(scope, receive, send)

    return app


class _Edge:
    def __init__(self, node: Node, allowed_origins: frozenset[str]) -> None:
        self._node = node
        self._allowed_origins = allowed_origins

    # --- websocket ---

    async def live(self, websocket: WebSocket) -> None:
        refusal = self._refusal(websocket)
        if refusal is not None:
            await _deny(websocket, refusal)
            return
        with self._counted():
            await converse(websocket, self._node)

    # --- the same without websockets ---

    async def poll(self, request: Request) -> Response:
        """All frames of the request, all answers to them, one sync of each part."""
        return await self._exchange(request, Listening.ONCE)

    async def command(self, request: Request) -> Response:
        """[hello, cmd]: the hello only says which topic; the answer holds one ack. For big commands too."""
        return await self._exchange(request, Listening.NEVER)

    async def _exchange(self, request: Request, listening: Listening) -> Response:
        frames = await self._frames(request)
        if isinstance(frames, Response):
            return frames
        wire = QueueWire(self._node.limits.queue_bytes)
        connection = Connection(self._node, wire, self._by_login(request, len(frames)), listening)
        received_us = self._node.door.stamp_us()
        with self._node.door.in_flight(_topic_of(frames), received_us):
            for frame in frames:
                await connection.heard(frame, received_us)
            await connection.settled()
        connection.lost()
        return _array(wire)

    async def stream(self, request: Request) -> Response:
        """A hello; then server-sent events, each one frame in base64, until the time is over."""
        frames = await self._frames(request)
        if isinstance(frames, Response):
            return frames
        wire = QueueWire(self._node.limits.queue_bytes)
        connection = Connection(self._node, wire, self._by_login(request, 1))
        await connection.heard(frames[0], self._node.door.stamp_us())
        if wire.is_closing:
            return _array(wire)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        asyncio.get_running_loop().call_later(self._node.limits.stream_s, _end_stream, wire, connection)
        request.scope.setdefault("extensions", {})[ON_STOP] = connection.depart
        events = self._events(wire, connection)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def _events(self, wire: QueueWire, connection: Connection) -> AsyncIterator[bytes]:
        try:
            with self._counted():
                async for frame in wire.frames():
                    yield _event(frame)
                yield _event(encode(_farewell(wire)))
        finally:
            connection.lost()

    def _by_login(self, request: Request, frames: int) -> Callable[[Hello], Awaitable[Viewer | None]]:
        """Frames count from here on: before it the person is only what a header says."""

        async def admit(hello: Hello) -> Viewer | None:
            person = request.headers.get(PERSON_HEADER, "")
            viewer = await self._node.door.admit_request(hello.topic, request.cookies, person)
            now = asyncio.get_running_loop().time()
            if viewer is not None and not self._node.persons.admit(viewer.person, now, frames):
                raise NotLetIn(CloseCode.TOO_FAST, "too many frames")
            return viewer

        return admit

    async def _frames(self, request: Request) -> list[ClientFrame] | Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        try:
            frames = decode_many(await self._body(request), self._node.limits.request_bytes)
            if not frames or len(frames) > self._node.limits.request_frames:
                raise BadFrame(CloseCode.BAD_PROTOCOL, "between one and so many frames a request")
        except BadFrame as fault:
            return _problem(_status(fault.code), fault.code, fault.reason)
        return frames

    async def _body(self, request: Request) -> bytes:
        node, body = self._node, bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                node.bodies_bytes += len(chunk)
                if len(body) > node.limits.request_bytes:
                    raise BadFrame(CloseCode.TOO_LARGE, "request too large")
                if node.bodies_bytes > node.limits.bodies_bytes:
                    raise BadFrame(CloseCode.TRY_AGAIN, "too much is on its way")
            return bytes(body)
        finally:
            node.bodies_bytes -= len(body)

    # --- at the door ---

    def _refusal(self, connection: HTTPConnection) -> Response | None:
        """Before anything is read: a foreign page, a crowd from one address, a full worker."""
        if connection.headers.get("origin") not in self._allowed_origins:
            return _problem(403, CloseCode.NO_RIGHT, "foreign origin")
        address = connection.client.host if connection.client is not None else ""
        if not self._node.addresses.admit(address, asyncio.get_running_loop().time()):
            return _problem(503, CloseCode.TRY_AGAIN, "too many connections from this address")
        if self._node.sockets >= self._node.limits.sockets_a_worker:
            return _problem(503, CloseCode.TRY_AGAIN, "this worker is full")
        return None

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        self._node.sockets += 1
        try:
            yield
        finally:
            self._node.sockets -= 1


def _topic_of(frames: list[ClientFrame]) -> str:
    return frames[0].topic if isinstance(frames[0], Hello) else ""


async def _deny(websocket: WebSocket, refusal: Response) -> None:
    if "websocket.http.response" in websocket.scope.get("extensions", {}):
        await websocket.send_denial_response(refusal)
    else:
        await websocket.close()


def _array(wire: QueueWire) -> Response:
    frames, status = wire.taken(), 200
    if wire.goodbye is not None:
        frames.append(encode(wire.goodbye))
        status = _status(CloseCode(wire.goodbye.code))
    return Response(array_of(frames), status, media_type="application/msgpack")


def _farewell(wire: QueueWire) -> Bye:
    return wire.goodbye or Bye(int(CloseCode.SLOW), "too slow")


def _end_stream(wire: QueueWire, connection: Connection) -> None:
    """Also for a client that was gone before the first event was asked for."""
    wire.close(CloseCode.TRY_AGAIN, "come again")
    connection.lost()


def _event(frame: bytes) -> bytes:
    return b"data: " + base64.b64encode(frame) + b"\n\n"


def _status(code: CloseCode) -> int:
    """The HTTP status that makes a client do the same as this close code."""
    return _STATUS.get(code, 401 if client_should(code) == "sign_in" else 503)


def _problem(status: int, code: CloseCode, reason: str) -> Response:
    problem = {"title": reason, "status": status, "code": code.name.lower(), "close": int(code)}
    headers = {"Retry-After": "2"} if status == 503 else None
    return JSONResponse(problem, status, headers, media_type="application/problem+json")
