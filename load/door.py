"""The HTTP side of one participant: sign in by an access link, ask for tickets, poll, read tables."""

import asyncio
import http.client
import json
import random
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from load.wire import ClientFrame, ServerFrame, decode_many, encode_many

TIMEOUT_S = 30
TRIES = 8
LONGEST_PAUSE_S = 4.0
COME_AGAIN = (429, 503)


@dataclass(frozen=True, slots=True)
class Link:
    """An access link as the links file gives it: the token, and for whom the person votes."""

    token: str
    role: str
    name: str
    creditors: tuple[str, ...]


def read_links(path: Path) -> tuple[Link, ...]:
    rows = json.loads(path.read_text("utf-8"))
    return tuple(Link(row["token"], row["role"], row["name"], tuple(row["creditors"])) for row in rows)


Answer = tuple[bytes, SimpleCookie]
"""A body and the cookies set with it."""


class Refusal(Exception):
    """An HTTP answer that is not a success."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(f"HTTP {status}: {text[:200]}")


@dataclass(frozen=True, slots=True)
class Ticket:
    ticket: str
    topic: str


class Door:
    """One browser's worth of HTTP: a cookie after `sign_in`, then whatever needs it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.live_url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/live"
        self.meeting = ""
        self.person = ""
        self._cookie = ""

    async def sign_in(self, token: str) -> None:
        answer, cookies = await self._send("POST", "/api/session", json.dumps({"token": token}).encode())
        seat = json.loads(answer)
        self.meeting, self.person = seat["meeting"], seat["person"]
        if cookies:
            self._cookie = "; ".join(f"{name}={morsel.coded_value}" for name, morsel in cookies.items())

    async def ticket(self) -> Ticket:
        answer, _ = await self._send("POST", self._of_meeting("ticket"), b"")
        raw = json.loads(answer)
        return Ticket(raw["ticket"], raw["topic"])

    async def poll(self, frames: Iterable[ClientFrame]) -> tuple[ServerFrame, ...]:
        """The fallback transport, one request: hello without a ticket, then checks or commands."""
        headers = {"kvorum-person": self.person, "Content-Type": "application/msgpack"}
        answer, _ = await self._send("POST", "/live/poll", encode_many(frames), headers)
        return decode_many(answer)

    async def table(self, voting: int) -> Any:
        return await self._get(self._of_meeting(f"tables/{voting}"))

    async def receipts(self) -> Any:
        return await self._get(self._of_meeting("receipts"))

    async def keys(self) -> Any:
        return await self._get("/api/keys")

    def _of_meeting(self, what: str) -> str:
        return f"/api/meetings/{quote(self.meeting)}/{what}?p={quote(self.person)}"

    async def _get(self, path: str) -> Any:
        answer, _ = await self._send("GET", path, None)
        return json.loads(answer)

    async def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {"Origin": self.origin, "Content-Type": "application/json", **(headers or {})}
        if self._cookie:
            sent["Cookie"] = self._cookie
        return await self._patiently(lambda: _request(self.origin, method, path, body, sent))

    async def _patiently(self, request: Callable[[], Answer]) -> Answer:
        """A server that is busy or over its rate asks to come again: with full jitter, a few times."""
        for attempt in range(TRIES - 1):
            try:
                return await asyncio.to_thread(request)
            except Refusal as refusal:
                if refusal.status not in COME_AGAIN:
                    raise
                await asyncio.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.5 * 2**attempt)))
        return await asyncio.to_thread(request)


def _request(origin: str, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
    """One blocking request on a connection of its own; raises `Refusal` or `OSError`."""
    connection = _connection(origin)
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        answer = response.read()
    except http.client.HTTPException as fault:
        raise ConnectionError(str(fault)) from fault
    finally:
        connection.close()
    if response.status >= 300:
        raise Refusal(response.status, answer.decode("utf-8", "replace"))
    cookies: SimpleCookie = SimpleCookie()
    for line in response.msg.get_all("Set-Cookie", []):
        cookies.load(line)
    return answer, cookies


def _connection(origin: str) -> http.client.HTTPConnection:
    parts = urlsplit(origin)
    if parts.scheme == "https":
        secure = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_S, context=secure)
    return http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
