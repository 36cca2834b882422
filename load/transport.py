"""Two ways for frames to travel: a websocket, and requests where websockets are blocked. Neither knows the frames' meaning."""

import asyncio
import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Origin
from websockets.uri import parse_uri

from load import wire
from load.door import Door
from load.http import Place, Refusal

LARGEST_FRAME = 4 * 2**20
OPENING_S = 30.0
CLOSING_S = 1.0
POLL_EVERY_S = 2.0
NORMAL = 1000
LOST = 1006
SPREAD = re.compile(r"spread_ms=(\d+)")

Hear = Callable[[wire.ServerFrame, float, int], None]
"""Called with each frame, the monotonic second its last bytes arrived, and its size on the wire in bytes."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """How a transport ended; `spread_s` asks everybody to come back spread over so long."""

    code: int = LOST
    spread_s: float = 0.0


class Transport(Protocol):
    @property
    def closed(self) -> "asyncio.Future[Goodbye]":
        """Done once it is over; with an exception if the server broke the contract."""
        ...

    def send(self, frame: wire.ClientFrame) -> None:
        """A frame for a closed transport is lost without a word."""
        ...

    def close(self) -> None: ...

    def abort(self) -> None:
        """As when the network is gone: no goodbye."""
        ...


# --- websocket ---


async def open_socket(place: Place, hear: Hear) -> "Socket":
    """Raises `Refusal` when the server answers with another status, `OSError` when it does not answer."""
    async with asyncio.timeout(OPENING_S):
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(
            lambda: Socket(place, hear), place.host, place.port, ssl=place.secure()
        )
        try:
            either: tuple[asyncio.Future[Any], ...] = (socket.opened, socket.closed)
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            socket.abort()
            raise
    if not socket.opened.done():
        socket.closed.result()
        raise ConnectionResetError("lost during the handshake")
    socket.opened.result()
    return socket


class Socket(asyncio.Protocol):
    """The protocol is the `websockets` package's own, so every rule of RFC 6455 is checked by a stranger."""

    def __init__(self, place: Place, hear: Hear) -> None:
        scheme = "wss" if place.is_secure else "ws"
        uri = parse_uri(f"{scheme}{place.origin[place.origin.index(':') :]}/live")
        self._rules = ClientProtocol(uri, origin=Origin(place.origin), max_size=LARGEST_FRAME)
        self._hear = hear
        self._parts: list[bytes] = []
        self._is_text = False
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[Goodbye] = loop.create_future()

    def send(self, frame: wire.ClientFrame) -> None:
        if self._rules.state is State.OPEN:
            self._rules.send_binary(wire.encode(frame))
            self._flush()

    def close(self) -> None:
        if self._rules.state is State.OPEN:
            self._rules.send_close(NORMAL)
            self._flush()
            asyncio.get_running_loop().call_later(CLOSING_S, self.abort)

    def abort(self) -> None:
        self._transport.abort()

    # --- what the loop calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._rules.send_request(self._rules.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        arrived = time.monotonic()
        self._rules.receive_data(data)
        for event in self._rules.events_received():
            if isinstance(event, Frame):
                self._take(event, arrived)
            elif isinstance(event, Response):
                self._greet(event)
        self._flush()

    def eof_received(self) -> None:
        self._rules.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(self._goodbye())

    def _goodbye(self) -> Goodbye:
        code, reason = self._rules.close_code, self._rules.close_reason or ""
        spread = SPREAD.search(reason)
        return Goodbye(code or LOST, int(spread[1]) / 1000 if spread else 0.0)

    # --- messages ---

    def _greet(self, response: Response) -> None:
        fault = self._rules.handshake_exc
        if fault is None:
            self.opened.set_result(None)
        elif isinstance(fault, InvalidStatus):
            text = (response.body or b"").decode("utf-8", "replace")
            self.opened.set_exception(Refusal(response.status_code, text))
        else:
            self._broken(wire.BadFrame(f"handshake: {fault}"))

    def _take(self, frame: Frame, arrived: float) -> None:
        if frame.opcode not in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
            return
        self._is_text = frame.opcode is Opcode.TEXT or (self._is_text and frame.opcode is Opcode.CONT)
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return
        message = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        try:
            if self._is_text:
                raise wire.BadFrame("a text frame")
            self._hear(wire.decode(message), arrived, len(message))
        except Exception as fault:
            self._broken(fault)

    def _broken(self, fault: Exception) -> None:
        """Whatever went wrong here is told to who waits for the end; nothing is swallowed by the loop."""
        if not self.closed.done():
            self.closed.set_exception(fault)
        self.abort()

    def _flush(self) -> None:
        for data in self._rules.data_to_send():
            if data and self._transport.is_closing():
                return  # the end is on its way here; uvloop raises where asyncio only warns
            if data:
                self._transport.write(data)
            else:
                self._transport.close()


# --- requests ---


class Polling:
    """A request every two seconds brings what is new; commands and questions go at once, each in its own."""

    def __init__(self, door: Door, hello: Callable[[], wire.ClientFrame], hear: Hear) -> None:
        self._door = door
        self._hello = hello
        self._hear = hear
        self.closed: asyncio.Future[Goodbye] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._start(self._poll_for_ever())

    def send(self, frame: wire.ClientFrame) -> None:
        if not self.closed.done():
            self._start(self._post(frame))

    def close(self) -> None:
        self._end(Goodbye(NORMAL))

    def abort(self) -> None:
        self._end(Goodbye())

    async def _poll_for_ever(self) -> None:
        while True:
            self._take(await self._door.poll([self._hello()]))
            await asyncio.sleep(POLL_EVERY_S)

    async def _post(self, frame: wire.ClientFrame) -> None:
        """A repair is a poll; the answer to a check comes after a map that is as good as a patch."""
        if frame["t"] == "cmd":
            self._take(await self._door.command([self._hello(), frame]))
        elif frame["t"] == "check":
            self._take(await self._door.poll([self._hello(), frame]))
        elif frame["t"] == "hello":
            self._take(await self._door.poll([self._hello()]))

    def _take(self, frames: tuple[wire.ServerFrame, ...]) -> None:
        arrived = time.monotonic()
        for frame in frames:
            if isinstance(frame, wire.Bye):
                self._end(Goodbye(frame.code, frame.spread_ms / 1000))
            elif not self.closed.done():
                self._hear(frame, arrived, 0)

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None and not self.closed.done():
            self.closed.set_exception(fault)
            self._stop()

    def _end(self, goodbye: Goodbye) -> None:
        if not self.closed.done():
            self.closed.set_result(goodbye)
        self._stop()

    def _stop(self) -> None:
        mine = asyncio.current_task()
        for task in self._tasks:
            if task is not mine:
                task.cancel()
