"""The real site on a loopback port, and browsers that speak to it: HTTP by httpx2, frames by websockets."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import uvicorn
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.accounts.model import Contact, Newcomer
from app.bootstrap import Services, opened_services
from app.kernel.canonical import canonical
from app.kernel.log.model import Position
from app.kernel.settings import Settings
from app.main import OPTIONS, create_app
from app.meetings.commands import BallotContent
from app.meetings.draft import DraftMeeting
from app.meetings.founding import Admission
from app.meetings.model import Meeting
from realtime.codec import encode
from realtime.envelope import Ack, Bye, Cmd, Frame, Hello, ServerFrame
from tests.builders import a_card, a_creditor, a_question
from tests.load.fake_meeting import address, listening
from tests.realtime.decoding import decode_server

FRAMES = msgspec.msgpack.Decoder(list[ServerFrame])
PATIENCE_S = 30.0


@dataclass
class Site:
    """A served worker with what its tests open, closed in the end."""

    url: str
    services: Services
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def found(self, meeting: str) -> dict[str, str]:
        """A convened meeting of two questions and creditors A and B; the links by role, of participants by creditor."""
        await self.trusts_its_clock()
        people = (
            Admission(f"{meeting}_A", "participant", "ООО «А»", ("A",), ("A",)),
            Admission(f"{meeting}_B", "participant", "ООО «Б»", ("B",), ("B",)),
            Admission(f"{meeting}_screen", "screen", "Экран"),
            Admission(f"{meeting}_organizer", "organizer", "Организатор"),
        )
        register = (a_creditor("A", 60_00), a_creditor("B", 40_00))
        draft = DraftMeeting(a_card(), (a_question("q1"), a_question("q2")), register)
        await self.services.meetings.found(meeting, draft, people, people[-1].person)
        newcomers = tuple(Newcomer(one.person, one.role, Contact(one.name)) for one in people)
        await self.services.accounts.admit(meeting, newcomers)
        links = await self.services.accounts.links(meeting)
        return {link.seat.person.removeprefix(f"{meeting}_"): link.url for link in links}

    async def trusts_its_clock(self) -> None:
        """A loop that was silent for a second, on a busy machine too, stamps nothing until it has asked again."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.services.clock.is_ready:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.05)

    async def browser(self, link: str | None = None) -> "Browser":
        """A new browser, signed in by the link."""
        client = httpx2.AsyncClient(base_url=self.url, headers={"origin": self.url}, timeout=PATIENCE_S)
        browser = Browser(self, await self.closing.enter_async_context(client))
        if link is not None:
            await browser.sign_in(link)
        return browser

    async def state(self, meeting: str = "m_1") -> Meeting:
        return (await self.services.meetings.source(meeting)).meeting

    async def head(self, meeting: str = "m_1") -> Position:
        """Equal before and after: nothing was written to the log."""
        return (await self.services.meetings.source(meeting)).topic.position

    async def ballot(self, voting: int, creditor: str, choice: str, /, **changes: Any) -> dict[str, Any]:
        """The body of a `cast`."""
        state = await self.state()
        opened = state.votings[voting]
        question = state.questions[opened.question]
        content = BallotContent(
            meeting=state.id,
            question=question.id,
            voting=voting,
            creditor=creditor,
            weight_kopecks=str(state.weights(opened).get(creditor, 0)),
            wording_sha256=question.wording_sha256,
            register_sha256=opened.register_sha256,
            electorate_sha256=opened.electorate_sha256,
            nonce=secrets.token_hex(16),
            choices=[choice],
            distribution=None,
        )
        said = canonical({**msgspec.to_builtins(content), **changes})
        return {"voting": voting, "ballots": [{"bytes": said, "signature": None}]}


@dataclass
class Browser:
    """`http` keeps the cookie of the login and names our page as the origin."""

    site: Site
    http: httpx2.AsyncClient
    person: str = ""
    meeting: str = ""

    async def sign_in(self, link: str) -> None:
        answer = await self.http.post("/api/session", json={"token": link.partition("#")[2]})
        assert answer.status_code == 200, answer.text
        self.person, self.meeting = answer.json()["person"], answer.json()["meeting"]

    async def ticket(self) -> str:
        answer = await self.http.post(f"/api/meetings/{self.meeting}/ticket?p={self.person}")
        return str(answer.json()["ticket"])

    async def socket(self, ticket: str | None = None) -> "Socket":
        """A socket that has said hello; what came of it is still to be heard."""
        url = self.site.url.replace("http", "ws") + "/live"
        opened = connect(url, origin=self.site.url, compression=None, max_size=None)  # type: ignore[arg-type]
        socket = Socket(await self.site.closing.enter_async_context(opened))
        await socket.say(Hello(1, f"meeting:{self.meeting}", ticket or await self.ticket()))
        return socket

    async def live(self, path: str, *frames: Frame, **headers: str) -> httpx2.Response:
        """The fallback transport."""
        body = msgspec.msgpack.encode(list(frames))
        return await self.http.post(path, content=body, headers={"kvorum-person": self.person, **headers})

    async def command(self, op: str, body: Any = None, id: bytes | None = None) -> Ack:
        """One command by POST."""
        command = Cmd(id or secrets.token_bytes(16), op, body)
        answer = await self.live("/live/command", Hello(1, f"meeting:{self.meeting}"), command)
        (ack,) = FRAMES.decode(answer.content)
        assert isinstance(ack, Ack), ack
        return ack


@dataclass
class Socket:
    connection: ClientConnection

    async def say(self, frame: Frame | bytes) -> None:
        await self.connection.send(frame if isinstance(frame, bytes) else encode(frame))

    async def heard(self, kind: type[Frame]) -> Any:
        """The next frame of this kind."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                frame = decode_server(await self.connection.recv(decode=False))
                if isinstance(frame, kind):
                    return frame

    async def command(self, op: str, body: Any = None, id: bytes | None = None) -> Ack:
        command = id or secrets.token_bytes(16)
        await self.say(Cmd(command, op, body))
        ack: Ack = await self.heard(Ack)
        assert ack.id == command
        return ack

    async def closed(self) -> int:
        """The close code, as soon as it comes."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006


def goodbye(answer: httpx2.Response) -> int | None:
    """The close code that the fallback transport says."""
    return next((frame.code for frame in FRAMES.decode(answer.content) if isinstance(frame, Bye)), None)


@asynccontextmanager
async def a_site(
    folder: Path, database_url: str | None = None, redis_url: str | None = None
) -> AsyncIterator[Site]:
    """As `kvorum serve` runs it; without addresses on SQLite and the bus in the process."""
    with listening() as at:
        settings = Settings(
            environment="embedded",
            public_url=address(at),
            database_url=SecretStr(database_url or f"sqlite:///{folder / 'kvorum.sqlite'}"),
            keys_dir=folder / "keys",
            redis_url=SecretStr(redis_url) if redis_url else None,
        )
        async with opened_services(settings, serves=True) as services:
            config = uvicorn.Config(create_app(services), lifespan="off", **{**OPTIONS, "loop": "asyncio"})
            server = uvicorn.Server(config)
            task = asyncio.create_task(server.serve([at]))
            site = Site(settings.public_url, services)
            try:
                yield site
            finally:
                await site.closing.aclose()
                server.should_exit = True
                await task
