"""The HTTP side of one participant: sign in by an access link, ask for tickets, poll, read tables."""

import asyncio
import csv
import io
import json
import random
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from load import texts
from load.http import Answer, HttpLine, Place, Refusal
from load.wire import ClientFrame, ServerFrame, decode_many, encode_many

TRIES = 8
LONGEST_PAUSE_S = 4.0
COME_AGAIN = (429, 503)


@dataclass(frozen=True, slots=True)
class Link:
    """An access link: the token, and for whom the person votes; the site's own list does not tell the latter."""

    token: str
    role: str
    name: str
    creditors: tuple[str, ...]


def read_links(path: Path) -> tuple[Link, ...]:
    """The list that the site gives (CSV), or JSON. Raises ValueError, KeyError or TypeError for anything else."""
    text = path.read_text("utf-8-sig")
    if path.suffix.lower() == ".csv":
        return _of_site(text)
    return tuple(
        Link(row["token"], row["role"], row["name"], tuple(row["creditors"])) for row in json.loads(text)
    )


def _of_site(text: str) -> tuple[Link, ...]:
    _, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    return tuple(
        Link(url.partition("#")[2], texts.ROLES.get(role, role), name, ()) for name, role, *_, url in rows
    )


@dataclass(frozen=True, slots=True)
class Ticket:
    ticket: str
    topic: str


class Door:
    """One browser's worth of HTTP: a cookie after `sign_in`, then whatever needs it.

    `put_off` counts answers that asked to come again later.
    """

    def __init__(self, url: str) -> None:
        self.place = Place.of(url)
        self.meeting = ""
        self.person = ""
        self.put_off = 0
        self._cookie = ""
        self._line = HttpLine(self.place)

    async def sign_in(self, token: str) -> None:
        answer = await self._send("POST", "/api/session", json.dumps({"token": token}).encode())
        seat = json.loads(answer.body)
        self.meeting, self.person = seat["meeting"], seat["person"]
        if answer.cookies:
            self._cookie = "; ".join(f"{name}={crumb.coded_value}" for name, crumb in answer.cookies.items())

    async def ticket(self) -> Ticket:
        raw = json.loads((await self._send("POST", self._of_meeting("ticket"), b"")).body)
        return Ticket(raw["ticket"], raw["topic"])

    async def poll(self, frames: Iterable[ClientFrame]) -> tuple[ServerFrame, ...]:
        """The fallback transport, one request: hello without a ticket, then checks or commands."""
        return await self._frames("/live/poll", frames)

    async def command(self, frames: Iterable[ClientFrame]) -> tuple[ServerFrame, ...]:
        """The same for a hello and one command; no map comes back."""
        return await self._frames("/live/command", frames)

    def rest(self) -> None:
        """Hang up until something is asked for again."""
        self._line.close()

    async def table(self, voting: int) -> Any:
        return await self._get(self._of_meeting(f"tables/{voting}"))

    async def recount(self, voting: int) -> Any:
        return await self._get(self._of_meeting(f"votings/{voting}/recount.json"))

    async def minutes(self) -> str:
        path = f"/meetings/{quote(self.meeting)}/minutes?p={quote(self.person)}"
        return (await self._send("GET", path, None)).body.decode()

    async def receipts(self) -> Any:
        return await self._get(self._of_meeting("receipts"))

    async def certificate(self, request: bytes) -> tuple[bytes, ...]:
        """The demonstration authority's answer to a certification request: a chain in DER, the own one first."""
        body = json.dumps({"csr": b64encode(request).decode()}).encode()
        path = f"/api/demo/certificates?p={quote(self.person)}"
        issued = json.loads((await self._send("POST", path, body)).body)
        return tuple(map(b64decode, (issued["certificate"], *issued["chain"])))

    async def keys(self) -> Any:
        return await self._get("/api/keys")

    def _of_meeting(self, what: str) -> str:
        return f"/api/meetings/{quote(self.meeting)}/{what}?p={quote(self.person)}"

    async def _frames(self, path: str, frames: Iterable[ClientFrame]) -> tuple[ServerFrame, ...]:
        headers = {"kvorum-person": self.person, "Content-Type": "application/msgpack"}
        return decode_many((await self._send("POST", path, encode_many(frames), headers)).body)

    async def _get(self, path: str) -> Any:
        return json.loads((await self._send("GET", path, None)).body)

    async def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A server that is busy or over its rate asks to come again: with full jitter, a few times."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if self._cookie:
            sent["Cookie"] = self._cookie
        for attempt in range(TRIES - 1):
            try:
                return await self._line.send(method, path, body, sent)
            except Refusal as refusal:
                if refusal.status not in COME_AGAIN:
                    raise
                self.put_off += 1
                await asyncio.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.5 * 2**attempt)))
        return await self._line.send(method, path, body, sent)
