"""One HTTP/1.1 connection at a time, kept while it is used: cheap enough for a thousand browsers in one process."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import cast
from urllib.parse import urlsplit

import httptools

TIMEOUT_S = 30


class Refusal(Exception):
    """An HTTP answer that is not a success."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(f"HTTP {status}: {text[:200]}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: the body and the cookies set with it."""

    body: bytes
    cookies: SimpleCookie


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens."""

    origin: str
    host: str
    port: int
    is_secure: bool

    @classmethod
    def of(cls, url: str) -> "Place":
        parts = urlsplit(url)
        is_secure = parts.scheme == "https"
        port = parts.port or (443 if is_secure else 80)
        return cls(f"{parts.scheme}://{parts.netloc}", parts.hostname or "", port, is_secure)

    def secure(self) -> ssl.SSLContext | None:
        return ssl.create_default_context() if self.is_secure else None


class HttpLine:
    """Requests one after another; a connection that the server has closed meanwhile is opened anew."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._exchange: _Exchange | None = None
        self._turn = asyncio.Lock()

    async def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Raises `Refusal`, or `OSError` (a time-out is one)."""
        request = _written(method, path, self._place.origin, body, headers)
        async with asyncio.timeout(TIMEOUT_S), self._turn:
            exchange = await self._connected()
            try:
                return await exchange.ask(request)
            except (OSError, asyncio.CancelledError):
                self.close()
                raise

    def close(self) -> None:
        if self._exchange is not None:
            self._exchange.close()
            self._exchange = None

    async def _connected(self) -> "_Exchange":
        if self._exchange is None or not self._exchange.is_open:
            place = self._place
            _, self._exchange = await asyncio.get_running_loop().create_connection(
                _Exchange, place.host, place.port, ssl=place.secure()
            )
        return self._exchange


class _Exchange(asyncio.Protocol):
    """Callbacks of the parser fill in the answer that is being waited for."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> Answer:
        if self._transport is None:
            raise ConnectionResetError("the server hung up")
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._cookies = SimpleCookie()
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as fault:
            self._settle(ConnectionError(str(fault)))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._settle(exc if isinstance(exc, OSError) else ConnectionResetError("the server hung up"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"set-cookie":
            self._cookies.load(value.decode("latin-1"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        status, body = self._parser.get_status_code(), bytes(self._body)
        if not self._parser.should_keep_alive():
            self.close()
        if status >= 300:
            self._settle(Refusal(status, body.decode("utf-8", "replace")))
        else:
            self._settle(Answer(body, self._cookies))

    def _settle(self, answer: Answer | Exception) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.done():
            return
        if isinstance(answer, Exception):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)


def _written(method: str, path: str, origin: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    sent = {"Host": urlsplit(origin).netloc, "Origin": origin, **headers}
    if body is not None:
        sent["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + (body or b"")
