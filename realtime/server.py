"""Our uvicorn protocols: websockets that let framed bytes through beside ASGI, requests whose head and body come in time.

They lean on private names of uvicorn; tests/realtime/test_uvicorn_contract.py says on which. Nothing else here imports uvicorn.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from realtime.wire import EXTENSION, ON_STOP, Frames

HEAD_S = 10.0
"""From the first moment of a connection, or of a further request on it, to the end of the headers."""
HEAD_BYTES = 64 * 1024
"""The parser itself would take headers without end."""
BODY_S = 300.0
"""From there to the end of the body: 20 MB at 70 KB/s."""
SEND_BUFFER = 128 * 1024
"""What the kernel may hold for one socket; without it some megabytes hide there before anybody sees a stall."""
UNACKNOWLEDGED_MS = 30_000
"""So long may bytes wait for the other side before the kernel gives up the connection."""


_WRITABLE = asyncio.Event()
"""Of all connections that take what is written; nobody waits at it."""
_WRITABLE.set()


class Inbox:
    """What waits to be received, for one reader: the library's queue holds three deques, half a kilobyte each, all day."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return not self._items

    def put_nowait(self, item: Any) -> None:
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Any:
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._items.pop(0)


class FrameProtocol(WebSocketsSansIOProtocol):
    """Puts `Frames` into the scope. The library's state machine goes on doing handshake, pings and goodbyes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.queue = cast("asyncio.Queue[Any]", Inbox())
        self.writable = _WRITABLE
        _narrow(transport, socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._frames = Frames(cast(asyncio.Transport, transport))

    def pause_writing(self) -> None:
        """An event of its own as soon as somebody may have to wait for it."""
        self.writable = asyncio.Event()

    def handle_events(self) -> None:
        """A handshake that the library refuses by itself (a header too long) is no event: its answer would never leave."""
        super().handle_events()
        if not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"][EXTENSION] = self._frames  # type: ignore[assignment]

    def start_keepalive(self) -> None:
        """The handshake is over: nobody asks for its headers again, and they are a fifth of what a connection costs."""
        super().start_keepalive()
        self.request.headers.clear()
        self.response.headers.clear()
        cast(list[object], self.scope["headers"]).clear()

    def send_receive_event_to_app(self) -> None:
        """The last byte of a message has been seen."""
        if self.curr_msg_data_type == "text" and not _is_text(self.frames):
            self.conn.fail(1007, "not UTF-8")
            self.handle_parser_exception()
            return
        if not self.close_sent:
            heard = self._frames.on_message
            self._frames.seen.append(heard() if heard is not None else None)
        super().send_receive_event_to_app()

    # --- not a byte of ours after the end ---

    def handle_close(self, event: Frame) -> None:
        self._end()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        self._end()
        super().handle_parser_exception()

    def keepalive_timeout(self) -> None:
        self._end()
        super().keepalive_timeout()

    def connection_lost(self, exc: Exception | None) -> None:
        """The parser is ended too: it and its owner hold each other, and the collector runs seldom here."""
        self._end()
        super().connection_lost(exc)
        self.conn.parser.close()

    def _end(self) -> None:
        if self._frames.on_end is not None:
            self._frames.on_end()

    def shutdown(self) -> None:
        """Who listens says goodbye with a code and a spread of his own, instead of 1012 for all at once."""
        if self._frames.on_stop is not None and self.handshake_complete:
            self._frames.on_stop()
        else:
            super().shutdown()


class PromptProtocol(HttpToolsProtocol):
    """Ends requests that trickle or have headers without end; tells long answers when the server stops."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _awaits_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            _narrow(transport, socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
        self._expect_within(HEAD_S)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._awaits_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.transport.abort()
        if self._deadline is None and self._is_idle:  # an empty line: it has ended the library's own wait
            self._expect_within(HEAD_S)

    @property
    def _is_idle(self) -> bool:
        """Nothing is being answered; after an upgrade there is no parser, and nothing is awaited here."""
        parser, answering = cast(object | None, self.parser), cast(RequestResponseCycle | None, self.cycle)
        return parser is not None and (answering is None or answering.response_complete)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {}
        self._head_bytes, self._awaits_head = 0, True
        if self._deadline is None:
            self._expect_within(HEAD_S)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._awaits_head = False
        self._expect_within(BODY_S)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._expect_nothing()

    def handle_websocket_upgrade(self) -> None:
        self._expect_nothing()
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # its callbacks hold this object, which has done its work

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The answer that is on its way ends as it wishes; the library waits for it."""
        answering = cast(RequestResponseCycle | None, self.cycle)
        if answering is not None and not answering.response_complete:
            on_stop = cast(dict[str, Callable[[], None]], answering.scope["extensions"]).get(ON_STOP)
            if on_stop is not None:
                on_stop()
        super().shutdown()

    def _expect_within(self, seconds: float) -> None:
        self._expect_nothing()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _is_text(parts: list[bytes]) -> bool:
    try:
        b"".join(parts).decode()
    except UnicodeDecodeError:
        return False
    return True


def _narrow(transport: asyncio.BaseTransport, level: int, option: int, value: int) -> None:
    """Set an option of a TCP socket; a unix socket has none of them."""
    plug = transport.get_extra_info("socket")
    if plug is not None and plug.family != socket.AF_UNIX:
        plug.setsockopt(level, option, value)
