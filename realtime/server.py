"""Where bytes leave: the wire of one connection. This one is a bounded queue, which its transport empties by ASGI `send`."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from realtime.close_codes import CloseCode
from realtime.envelope import Bye

SPREAD_MS = 5_000
"""After these closes a client waits a random part of this before it connects again."""
LINGER_S = 10.0
"""So long a goodbye may wait behind what the other side does not read."""
SPREADING = frozenset({CloseCode.GOING_AWAY, CloseCode.ELSEWHERE, CloseCode.TOO_FAST})


class Wire(Protocol):
    """What the hub needs of a connection. No call waits; a faster way to the socket has only to have this shape."""

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


class QueueWire:
    """Implements `Wire`; a transport takes the frames out with `frames`, or all at once with `taken`."""

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
        self.goodbye = Bye(int(code), reason, SPREAD_MS if code in SPREADING else 0)
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
