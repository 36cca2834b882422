"""A meeting of one question behind real HTTP and websockets, encoded by the server's own frame types.

It keeps the wire contract and nothing else: no law, no database. Faults are planted by name in `faults`.
"""

import asyncio
import hashlib
import json
import socket
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from load.ballot import canonical
from load.door import Link
from realtime.envelope import (
    Ack,
    Check,
    ClientFrame,
    Cmd,
    Frame,
    Have,
    Hello,
    Ping,
    Pong,
    Status,
    Sync,
    Welcome,
)

EPOCH = b"epoch--1"
WEIGHT = 100
DECODER = msgspec.msgpack.Decoder(ClientFrame)
POLL = msgspec.msgpack.Decoder(list[ClientFrame])
HASH = "a" * 64
STOPS_IN_S = 10
MARKS = {"for": "За", "against": "Против", "abstain": "Воздержался"}
MINUTES = """<h3>1. Вопрос</h3><h4>Голосование № 1: подсчитано</h4>
<table><tr><th>Голос</th><th>Сумма, руб.</th><th>Доля</th><th>Кредиторов</th></tr>{totals}</table>
<table><tr><th>Кредитор</th><th>Голоса</th><th>Голос</th><th>Бюллетень</th><th>Получен</th></tr>{ballots}</table>"""


def links(participants: int, creditors_each: int = 1) -> tuple[Link, ...]:
    crowd = []
    for n in range(participants):
        creditors = tuple(f"c{n * creditors_each + i:04}" for i in range(creditors_each))
        crowd.append(Link(f"p{n}", "participant", f"Person {n}", creditors))
    return (Link("boss", "organizer", "Boss", ()), *crowd)


@dataclass(eq=False)
class Map:
    """Keys with the position of their last change, so that any client can be brought forward."""

    values: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    def put(self, key: str, at: int, **changes: Any) -> None:
        self.values[key] = {**self.values.get(key, {}), **changes}
        self.changed[key] = at


class FakeMeeting:
    def __init__(self, people: tuple[Link, ...], faults: frozenset[str]) -> None:
        self.people = {link.token: link for link in people}
        self.faults = set(faults)
        self.at = 1
        self.view = Map()
        self.me: defaultdict[str, Map] = defaultdict(Map)
        self.answers: dict[tuple[str, bytes], Ack] = {}
        self.ballots: dict[str, tuple[str, dict[str, Any]]] = {}
        self.sockets: dict[WebSocket, str] = {}
        self.key = Ed25519PrivateKey.generate()
        self._found()

    def _found(self) -> None:
        creditors = [who for link in self.people.values() for who in link.creditors]
        self.view.put("meeting", 1, id="m_1", form="in_person", status="draft")
        self.view.put("attendance", 1, may_open=False, creditors_present=0)
        self.view.values["agenda"] = ["q1"]
        options = [{"id": choice, "text": choice} for choice in ("for", "against", "abstain")]
        self.view.put("question/q1", 1, id="q1", kind="yes_no", options=options, state="waiting", voting=None)
        self.view.put("question/q1", 1, wording_sha256=HASH)
        for link in self.people.values():
            self.me[link.token].put("person", 1, person=link.token)
            for who in link.creditors:
                self.me[link.token].put(f"creditor/{who}", 1, id=who, present=False)
        self.electorate = len(creditors)
        self.publishing: asyncio.Task[None] | None = None

    def now_ms(self) -> int:
        return int(asyncio.get_running_loop().time() * 1000)

    # --- commands ---

    def command(self, person: str, cmd: Cmd) -> Ack:
        known = self.answers.get((person, cmd.id))
        if known is not None:
            return known
        self.at += 1
        refused = getattr(self, f"_{cmd.op}")(person, cmd.body)
        answer = None if refused else {"receipt": self._receipt()}
        ack = Ack(cmd.id, refused is None, True, self.at, EPOCH, answer, refused)
        self.answers[person, cmd.id] = ack
        return ack

    def _receipt(self) -> dict[str, Any]:
        said = {"topic": "meeting:m_1", "epoch": EPOCH.hex(), "pos": self.at, "hash": HASH, "key": "k1"}
        if "forge" in self.faults:
            return {**said, "signature": bytes(64).hex()}
        return {**said, "signature": self.key.sign(canonical(said)).hex()}

    def _convene(self, person: str, body: Any) -> str | None:
        self.view.put("meeting", self.at, status="convened")
        return None

    def _attend(self, person: str, body: Any) -> str | None:
        for who in body["creditors"]:
            self.me[person].put(f"creditor/{who}", self.at, present=True)
        present = sum(
            value["present"]
            for me in self.me.values()
            for key, value in me.values.items()
            if key.startswith("creditor/")
        )
        self.view.put("attendance", self.at, creditors_present=present, may_open=True)
        return None

    def _open_meeting(self, person: str, body: Any) -> str | None:
        self.view.put("meeting", self.at, status="running")
        return None

    def _start_voting(self, person: str, body: Any) -> str | None:
        self.view.put("question/q1", self.at, state="voting", voting=1)
        self.view.put(
            "voting/1", self.at, voting=1, question="q1", state="open", voted=0, electorate=self.electorate
        )
        self.view.put("voting/1", self.at, register_sha256=HASH, electorate_sha256=HASH)
        now_ms = self.now_ms()
        self.view.put(
            "voting/1", self.at, opened_at_ms=now_ms, deadline_ms=now_ms + body["duration_s"] * 1000
        )
        asyncio.get_running_loop().call_later(body["duration_s"], self._time_is_up)
        for token, link in self.people.items():
            for who in link.creditors:
                self.me[token].put(f"right/1/{who}", self.at, voting=1, creditor=who, may_vote=True)
                self.me[token].put(f"right/1/{who}", self.at, weight_kopecks=str(WEIGHT), pool_kopecks="0")
        return None

    def _cast(self, person: str, body: Any) -> str | None:
        contents = [json.loads(row["bytes"]) for row in body["ballots"]]
        if any(content["creditor"] in self.ballots for content in contents):
            return "already_voted"
        for content, row in zip(contents, body["ballots"], strict=True):
            self._keep(person, content, row["bytes"])
        self.view.put("voting/1", self.at, voted=len(self.ballots))
        return None

    def _keep(self, person: str, content: dict[str, Any], raw: bytes) -> None:
        creditor = content["creditor"]
        if "lose" in self.faults:
            self.faults.remove("lose")
            return
        self.ballots[creditor] = (person, content)
        sha256 = hashlib.sha256(raw).hexdigest()
        self.me[person].put(
            f"ballot/1/{creditor}",
            self.at,
            voting=1,
            creditor=creditor,
            ballot_sha256=sha256,
            annulled=False,
        )

    def _stop_voting(self, person: str, body: Any) -> str | None:
        if "freeze" in self.faults:
            return None
        choices = [content["choices"][0] for _, content in self.ballots.values()]
        totals = [
            {
                "id": option,
                "text": text,
                "creditors": choices.count(option),
                "kopecks": str(choices.count(option) * WEIGHT),
            }
            for option, text in MARKS.items()
        ]
        if "miscount" in self.faults:
            totals[0]["kopecks"] = str(choices.count("for") * WEIGHT + 1)
        if "double" in self.faults:
            totals[0] |= {"creditors": len(choices) + 1, "kopecks": str((len(choices) + 1) * WEIGHT)}
        self.view.put("voting/1", self.at, state="counted")
        self.view.put("result/1", self.at, voting=1, question="q1", totals=totals)
        self.view.put("question/q1", self.at, state="decided")
        return None

    def _time_is_up(self) -> None:
        if "freeze" in self.faults:
            return
        if self.view.values["voting/1"]["state"] == "open":
            self.at += 1
            self._stop_voting("", None)
            self.publishing = asyncio.create_task(self.publish(self.at - 1))

    def _end_meeting(self, person: str, body: Any) -> str | None:
        self.view.put("meeting", self.at, status="ended")
        return None

    # --- frames ---

    def syncs(self, person: str, have: Have | None) -> list[Frame]:
        return [
            self._sync("view", self.view, have.at if have else None),
            self._sync("me", self.me[person], have.me_at if have else None),
        ]

    def _sync(self, name: Literal["view", "me"], part: Map, since: int | None) -> Frame:
        mark = self.at.to_bytes(8, "big")
        if since is None:
            packer = zlib.compressobj(wbits=-15)
            packed = packer.compress(msgspec.msgpack.encode(part.values)) + packer.flush()
            return Sync(name, "all/1", EPOCH, 0, self.at, mark, packed, full=True, packed=True)
        changed = {key: part.values[key] for key, at in part.changed.items() if at > since}
        return Sync(name, "all/1", EPOCH, since, self.at, mark, changed)

    async def publish(self, before: int) -> None:
        if "skip" in self.faults and self.ballots:
            self.faults.remove("skip")
            return
        for websocket, person in list(self.sockets.items()):
            have = Have("all/1", EPOCH, before, b"", before, b"")
            for frame in self.syncs(person, have):
                await _send(websocket, frame)

    def welcome(self) -> Frame:
        return Welcome(1, EPOCH, "all/1", self.now_ms(), 0, self.at)

    def status(self, person: str, check: Check) -> list[Frame]:
        known = {command: self.answers.get((person, command)) for command in check.ids}
        return [
            Status(command, True, ack.ok, ack.answer, ack.code) if ack else Status(command, False)
            for command, ack in known.items()
        ]


async def _send(websocket: WebSocket, frame: Frame) -> None:
    try:
        await websocket.send_bytes(msgspec.msgpack.encode(frame))
    except (RuntimeError, WebSocketDisconnect):
        return


class FakeServer:
    """The doors of a `FakeMeeting`: session, ticket, live, poll, tables, receipts, keys."""

    def __init__(self, meeting: FakeMeeting) -> None:
        self._meeting = meeting
        self.doors = [
            Route("/api/session", self._sign_in, methods=["POST"]),
            Route("/api/meetings/m_1/ticket", self._ticket, methods=["POST"]),
            Route("/api/meetings/m_1/tables/1", self._table),
            Route("/api/meetings/m_1/votings/1/recount.json", self._recount),
            Route("/api/meetings/m_1/receipts", self._receipts),
            Route("/meetings/m_1/minutes", self._minutes),
            Route("/api/keys", self._keys),
        ]
        self.live = [
            Route("/live/poll", self._poll, methods=["POST"]),
            WebSocketRoute("/live", self._live),
        ]

    async def _sign_in(self, request: Request) -> Response:
        token = (await request.json())["token"]
        if token not in self._meeting.people:
            return JSONResponse({"code": "link_refused"}, 401)
        answer = JSONResponse({"meeting": "m_1", "person": token})
        answer.set_cookie("kvorum", f"cookie-of-{token}", httponly=True)
        return answer

    def _person(self, request: Request) -> str:
        return request.cookies["kvorum"].removeprefix("cookie-of-")

    async def _ticket(self, request: Request) -> Response:
        return JSONResponse({"ticket": self._person(request), "topic": "meeting:m_1"})

    async def _table(self, request: Request) -> Response:
        rows = [
            {
                "creditor": who,
                "name": f"Name of {who}",
                "mark": content["choices"][0],
                "channel": "electronic",
            }
            for who, (_, content) in self._meeting.ballots.items()
        ]
        if "turn" in self._meeting.faults:
            rows[0]["mark"] = "against" if rows[0]["mark"] == "for" else "for"
        return JSONResponse({"rows": rows})

    async def _recount(self, request: Request) -> Response:
        rows = [
            {"creditor": who, "choices": content["choices"], "distribution": None}
            for who, (_, content) in self._meeting.ballots.items()
        ]
        if "recount twice" in self._meeting.faults:
            rows.append(rows[0])
        if "recount turned" in self._meeting.faults:
            rows[0]["choices"] = ["against" if rows[0]["choices"] == ["for"] else "for"]
        return JSONResponse({"ballots": rows})

    async def _minutes(self, request: Request) -> Response:
        totals = [(total["text"], int(total["kopecks"])) for total in counted(self._meeting)["totals"]]
        ballots = [
            (f"Name of {who}", MARKS[content["choices"][0]])
            for who, (_, content) in self._meeting.ballots.items()
        ]
        if "minutes miscounted" in self._meeting.faults:
            totals[0] = (totals[0][0], totals[0][1] + 1)
        if "minutes without one" in self._meeting.faults:
            ballots.pop()
        if "minutes turned" in self._meeting.faults:
            ballots[0] = (ballots[0][0], "Против" if ballots[0][1] == "За" else "За")
        lines = "".join(
            f"<tr><th>{text}</th><td>{sum_ // 100},{sum_ % 100:02}</td><td>1 %</td><td>1</td></tr>"
            for text, sum_ in totals
        )
        named = "".join(
            f"<tr><th>{name}</th><td>1,00</td><td>{mark}</td><td>x</td><td>y</td></tr>"
            for name, mark in ballots
        )
        return Response(MINUTES.format(totals=lines, ballots=named), media_type="text/html")

    async def _receipts(self, request: Request) -> Response:
        me = self._meeting.me[self._person(request)]
        return JSONResponse([value for key, value in me.values.items() if key.startswith("ballot/")])

    async def _keys(self, request: Request) -> Response:
        return JSONResponse({"receipts": {"k1": self._meeting.key.public_key().public_bytes_raw().hex()}})

    async def _poll(self, request: Request) -> Response:
        person = request.headers["kvorum-person"]
        frames: list[Frame] = []
        for frame in POLL.decode(await request.body()):
            if isinstance(frame, Hello):
                frames += [self._meeting.welcome(), *self._warped(self._meeting.syncs(person, frame.have))]
            elif isinstance(frame, Check):
                frames += self._meeting.status(person, frame)
        return Response(msgspec.msgpack.encode(frames))

    def _warped(self, syncs: list[Frame]) -> list[Frame]:
        """A fresh map that is not what everybody was told."""
        if "warp" in self._meeting.faults:
            syncs.append(Sync("view", "all/1", EPOCH, 0, self._meeting.at + 1, b"x" * 8, {"agenda": ["q2"]}))
        return syncs

    async def _live(self, websocket: WebSocket) -> None:
        await websocket.accept()
        person = ""
        try:
            while True:
                frame = DECODER.decode(await websocket.receive_bytes())
                person = person or str(getattr(frame, "ticket", ""))
                await self._answer(websocket, person, frame)
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            self._meeting.sockets.pop(websocket, None)

    async def _answer(self, websocket: WebSocket, person: str, frame: Frame) -> None:
        if "silence" in self._meeting.faults:
            return
        if isinstance(frame, Hello):
            for answer in (self._meeting.welcome(), *self._meeting.syncs(person, frame.have)):
                await _send(websocket, answer)
            self._meeting.sockets[websocket] = person
        elif isinstance(frame, Ping):
            await _send(websocket, Pong(frame.t0, frame.t0, frame.t0))
        elif isinstance(frame, Check):
            for answer in self._meeting.status(person, frame):
                await _send(websocket, answer)
        elif isinstance(frame, Cmd):
            await self._obey(websocket, person, frame)

    async def _obey(self, websocket: WebSocket, person: str, cmd: Cmd) -> None:
        before = self._meeting.at
        if cmd.op == "cast" and "busy" in self._meeting.faults:
            self._meeting.faults.remove("busy")
            await _send(websocket, Ack(cmd.id, False, False, before, EPOCH, None, "overloaded"))
            return
        if cmd.op == "cast" and "oust" in self._meeting.faults:
            self._meeting.faults.remove("oust")
            await websocket.close(4503)
            return
        if cmd.op == "cast" and "deaf" in self._meeting.faults:
            self._meeting.faults.remove("deaf")
            await websocket.close(4602)
            return
        ack = self._meeting.command(person, cmd)
        if cmd.op == "cast" and "mute" in self._meeting.faults:
            self._meeting.faults.remove("mute")
            await websocket.close(4602)
        else:
            await _send(websocket, ack)
        if self._meeting.at > before:
            await self._meeting.publish(before)


def listening(port: int = 0) -> socket.socket:
    """Several may listen on one port; the system deals out the connections."""
    return socket.create_server(("127.0.0.1", port), reuse_port=True)


def address(of: socket.socket) -> str:
    return f"http://127.0.0.1:{of.getsockname()[1]}"


@asynccontextmanager
async def serving(meeting: FakeMeeting) -> AsyncIterator[str]:
    """The meeting's address while it is served from this very loop."""
    server = FakeServer(meeting)
    with listening() as at:
        async with serving_routes([*server.doors, *server.live], at):
            yield address(at)


@asynccontextmanager
async def serving_routes(routes: list[BaseRoute], at: socket.socket) -> AsyncIterator[None]:
    """A connection that never ends does not keep the server: after `STOPS_IN_S` it is cut."""
    config = uvicorn.Config(
        Starlette(routes=routes),
        log_config=None,
        lifespan="off",
        ws="websockets-sansio",
        timeout_graceful_shutdown=STOPS_IN_S,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([at]))
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 2 * STOPS_IN_S)


def counted(meeting: FakeMeeting) -> Mapping[str, Any]:
    """The one result."""
    result: Mapping[str, Any] = meeting.view.values["result/1"]
    return result
