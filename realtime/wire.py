"""Where bytes leave: the wire of one connection. Straight to the socket under our own server protocol, else by a bounded queue."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Protocol

from realtime.close_codes import CloseCode
from realtime.envelope import Bye
from realtime.framing import framed

SPREAD_MS = 5_000
"""After these closes a client waits a random part of this before it connects again."""
LINGER_S = 10.0
"""So long a goodbye may wait behind what the other side does not read."""
EXTENSION = "kvorum.frames"
ON_STOP = "kvorum.on_stop"
"""In the same place of an HTTP scope: what a long answer wants to be told when the server stops."""
SPREADING = frozenset({CloseCode.GOING_AWAY, CloseCode.ELSEWHERE, CloseCode.TOO_FAST})


class Wire(Protocol):
    """What the hub needs of a connection. No call waits."""

    @property
    def is_framed(self) -> bool:
        """Does `put` take frames with their websocket header?"""
        ...

    @property
    def put(self) -> Callable[[bytes], None]:
        """The quick way for bytes that many share. It checks nothing: it is for who stands in a feed, and nobody else."""
        ...

    def write(self, data: bytes) -> None:
        """Queue one encoded frame; nothing after a close."""
        ...

    def buffered(self) -> int:
        """Bytes that have not left yet."""
        ...

    def close(self, code: CloseCode, reason: str) -> None:
        """Say goodbye after what is already queued; only the first close counts."""
        ...

    def abort(self) -> None:
        """Throw away what is queued and end now: the other side does not read."""
        ...

    @property
    def is_closing(self) -> bool: ...


class Seen:
    """When the last byte of a message was here, and what holds it in flight since then."""

    __slots__ = ("_held", "received_us")

    def __init__(self, received_us: int | None) -> None:
        self.received_us = received_us
        """None: the clock was not trusted at that moment, and no later moment will do."""
        self._held: AbstractContextManager[None] | None = None

    def hold(self, held: AbstractContextManager[None]) -> None:
        held.__enter__()
        self._held = held

    def pass_on(self) -> "Seen":
        """Whoever has this one now answers the message: the other has nothing left to let go of."""
        heir = Seen(self.received_us)
        heir._held, self._held = self._held, None
        return heir

    def release(self) -> None:
        """The same call twice does nothing."""
        held, self._held = self._held, None
        if held is not None:
            held.__exit__(None, None, None)


class Frames:
    """What our server protocol offers beside ASGI, as `scope["extensions"][EXTENSION]`: bytes out, news in."""

    __slots__ = ("abort", "buffered", "on_end", "on_message", "on_stop", "seen", "write_frame")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.write_frame: Callable[[bytes], None] = transport.write
        """Framed bytes, at once; never after `on_end`."""
        self.buffered: Callable[[], int] = transport.get_write_buffer_size
        self.abort: Callable[[], None] = transport.abort
        self.seen: list[Seen | None] = []
        """One for each message that waits to be received, in order; None where nobody listened yet."""
        self.disconnect()

    def disconnect(self) -> None:
        """Nobody listens (any more); what is still held in flight is let go."""
        self.on_message: Callable[[], Seen] | None = None
        self.on_end: Callable[[], None] | None = None
        self.on_stop: Callable[[], None] | None = None
        """The server stops: who listens says goodbye itself."""
        for seen in self.seen:
            if seen is not None:
                seen.release()
        self.seen = []


class FrameWire:
    """Implements `Wire` over `Frames`; only the goodbye goes through the server's own protocol, by `say_goodbye`."""

    __slots__ = ("_frames", "_goodbye", "_is_closing", "_limit_bytes", "_say_goodbye", "buffered", "put")

    is_framed = True

    def __init__(
        self, frames: Frames, limit_bytes: int, say_goodbye: Callable[[Bye], Coroutine[Any, Any, None]]
    ) -> None:
        self.put = frames.write_frame
        self.buffered = frames.buffered
        self._frames = frames
        self._limit_bytes = limit_bytes
        self._say_goodbye = say_goodbye
        self._goodbye: asyncio.Task[None] | None = None
        """Held here: the loop alone would let it be collected."""
        self._is_closing = False

    @property
    def is_closing(self) -> bool:
        return self._is_closing

    def write(self, data: bytes) -> None:
        if self._is_closing:
            return
        if self.buffered() + len(data) > self._limit_bytes:
            self.abort()
            return
        self.put(framed(data))

    def close(self, code: CloseCode, reason: str) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self._goodbye = asyncio.create_task(self._say_goodbye(_bye(code, reason)))
        asyncio.get_running_loop().call_later(LINGER_S, self.abort)

    def abort(self) -> None:
        self._is_closing = True
        self._frames.abort()

    def ended(self) -> None:
        """The other side or the server has said goodbye: not a byte after it."""
        self._is_closing = True


class QueueWire:
    """Implements `Wire` for HTTP and for any other server; a transport takes the frames out with `frames`, or all at once with `taken`."""

    is_framed = False

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._queue: deque[bytes] = deque()
        self._buffered = 0
        self._ready = asyncio.Event()
        self._is_closing = False
        self.goodbye: Bye | None = None
        self.on_abort: Callable[[], object] = lambda: None

    @property
    def is_closing(self) -> bool:
        return self._is_closing

    @property
    def put(self) -> Callable[[bytes], None]:
        return self.write

    def write(self, data: bytes) -> None:
        if self._is_closing:
            return
        if self._buffered + len(data) > self._limit_bytes:
            self.abort()
            return
        self._buffered += len(data)
        self._queue.append(data)
        self._ready.set()

    def buffered(self) -> int:
        return self._buffered

    def close(self, code: CloseCode, reason: str) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        self.goodbye = _bye(code, reason)
        self._ready.set()
        asyncio.get_running_loop().call_later(LINGER_S, self.abort)

    def abort(self) -> None:
        self._is_closing = True
        self._queue.clear()
        self._buffered = 0
        self._ready.set()
        self.on_abort()

    async def frames(self) -> AsyncIterator[bytes]:
        """Frame after frame until the close; a frame counts as gone when the next one is asked for."""
        while True:
            while self._queue:
                data = self._queue.popleft()
                yield data
                self._buffered = max(0, self._buffered - len(data))
            if self._is_closing:
                return
            self._ready.clear()
            await self._ready.wait()

    def taken(self) -> list[bytes]:
        """All that is queued now."""
        frames = list(self._queue)
        self._queue.clear()
        self._buffered = 0
        return frames


def _bye(code: CloseCode, reason: str) -> Bye:
    return Bye(int(code), reason, SPREAD_MS if code in SPREADING else 0)
