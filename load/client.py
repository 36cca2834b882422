"""One participant's browser without a screen: connects, keeps its maps, sends commands, survives lost sockets."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.http11 import Response
from websockets.typing import Origin

from load import wire
from load.ballot import Ballot
from load.door import Door, Link, Refusal
from load.history import History, Operation, Outcome
from load.replica import Replica, Step

PING_EVERY_S = 20.0
ASK_AFTER_S = 5.0
GIVE_UP_AFTER_S = 60.0
LONGEST_PAUSE_S = 5.0
LARGEST_FRAME = 4 * 2**20
CHECKED_AT_ONCE = 64
TOO_MANY_REQUESTS = 429
LOGIN_ENDED = 4402
STOP_GROUP = 45
GOING_AWAY = 4600


@dataclass(slots=True)
class _Pending:
    """A command without a final answer. `nudge` is set by an answer, final or not."""

    frame: wire.ClientFrame
    nudge: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Tally:
    """What this client went through; times in seconds. `opened_seen` is None for votings opened in its absence."""

    join_s: float | None = None
    connections: int = 0
    stopped_by: int | None = None
    faults: list[str] = field(default_factory=list)
    opened_seen: dict[int, float | None] = field(default_factory=dict)


class Client:
    """A person's connection. `run` keeps it alive until `stop`; `command` may be called at any moment.

    Command ids and bytes are made once, before the first sending; after a reconnect the client asks what became
    of every unsettled command and sends the same bytes again where the server knows nothing.
    """

    def __init__(self, url: str, link: Link, rng: Random) -> None:
        self.link = link
        self.door = Door(url)
        self.replica = Replica()
        self.history = History(link.name)
        self.tally = Tally()
        self.topic = ""
        self._rng = rng
        self._socket: ClientConnection | None = None
        self._pending: dict[bytes, _Pending] = {}
        self._changed = asyncio.Event()
        self._here = asyncio.Event()
        self._here.set()
        self.stage = "not here yet"
        self.heard_at = time.monotonic()
        self.welcomed_at = 0
        self.last_fault = ""
        self._clock_ms = 0.0
        self._failures = 0

    # --- what the person does ---

    async def command(self, op: str, body: dict[str, Any], ballots: tuple[Ballot, ...] = ()) -> Operation:
        """Send and wait for a final answer, asking again; after a minute the outcome stays unknown."""
        command = secrets.token_bytes(16)
        pending = self._pending[command] = _Pending(wire.cmd(command, op, body))
        self.history.invoke(command, op, time.monotonic(), ballots)
        await self._send_command(command)
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVE_UP_AFTER_S):
                await self._settled(command, pending)
        return self.history[command]

    async def until(self, holds: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until it holds of what this client has on its screen; False when time ran out."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        return holds()

    def now_ms(self) -> float:
        """The server's clock as this client knows it."""
        return _local_ms() + self._clock_ms

    def drop(self) -> None:
        """The network is gone, without a goodbye; the client will come back by itself."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def leave_page(self) -> None:
        self._here.clear()
        if self._socket is not None:
            await self._socket.close()

    def come_back(self) -> None:
        self._here.set()

    @property
    def unsettled(self) -> tuple[bytes, ...]:
        return tuple(self._pending)

    # --- the connection ---

    async def run(self) -> None:
        """Connect, listen, reconnect with full jitter, until cancelled or told to stop by a close code."""
        started = time.monotonic()
        while self.tally.stopped_by is None:
            self.stage = "away"
            await self._here.wait()
            try:
                await self._connection(started)
            except (OSError, WebSocketException, Refusal, wire.BadFrame) as fault:
                self._after(fault)
            if self._here.is_set() and self.tally.stopped_by is None:
                self.stage = "pausing"
                await asyncio.sleep(self._pause())
        self.stage = "stopped"
        self._changed.set()
        for pending in self._pending.values():
            pending.nudge.set()

    async def _connection(self, started: float) -> None:
        if not self.door.person:
            self.stage = "signing in"
            await self.door.sign_in(self.link.token)
            self.history.person = self.door.person
        self.stage = "asking for a ticket"
        ticket = await self.door.ticket()
        self.topic = ticket.topic
        self.stage = "connecting"
        async with connect(
            self.door.live_url,
            origin=Origin(self.door.origin),
            compression=None,
            proxy=None,
            max_size=LARGEST_FRAME,
            close_timeout=1,
        ) as socket:
            await socket.send(wire.encode(wire.hello(self.topic, ticket.ticket, self.replica.have())))
            self._socket = socket
            self.stage = "greeting"
            self.tally.connections += 1
            pings = asyncio.create_task(self._ping(socket))
            try:
                await self._listen(socket, started)
            finally:
                self._socket = None
                pings.cancel()

    async def _listen(self, socket: ClientConnection, started: float) -> None:
        while True:
            await self._take(wire.decode(await socket.recv()))
            if self.tally.join_s is None and self.replica.is_whole:
                self.tally.join_s = time.monotonic() - started
            self._changed.set()

    async def _ping(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(PING_EVERY_S)
                await socket.send(wire.encode(wire.ping(_local_ms())))

    def _after(self, fault: Exception) -> None:
        """A lost connection is daily life; a broken frame or a refusal that time will not heal is a finding."""
        self._failures += 1
        self.last_fault = f"{type(fault).__name__}: {fault}"
        match fault:
            case ConnectionClosed(rcvd=close) if close is not None:
                self._after_close(close.code)
            case Refusal(status=401) if self.door.person:
                self.door.person = ""
            case Refusal(status=status) | InvalidStatus(response=Response(status_code=status)) if (
                status < 500 and status != TOO_MANY_REQUESTS
            ):
                self.tally.faults.append(str(fault))
                self.tally.stopped_by = status
            case wire.BadFrame():
                self.tally.faults.append(f"bad frame: {fault}")

    def _after_close(self, code: int) -> None:
        """Close codes say what to do next: 44xx sign in again, 45xx stop, anything else connect again."""
        if code == LOGIN_ENDED:
            self.door.person = ""
        elif code // 100 == STOP_GROUP:
            self.tally.faults.append(f"closed with {code}")
            self.tally.stopped_by = code
        elif code == GOING_AWAY:
            self._failures += 3

    def _pause(self) -> float:
        """Full jitter: anything up to a bound that doubles with every failure in a row."""
        return self._rng.uniform(0, min(LONGEST_PAUSE_S, 0.25 * 2 ** min(self._failures, 8)))

    # --- what comes from the server ---

    async def _take(self, frame: wire.ServerFrame) -> None:
        self.heard_at = time.monotonic()
        match frame:
            case wire.Welcome():
                self._failures = 0
                self.stage = "listening"
                self._clock_ms = frame.now - _local_ms()
                self.welcomed_at = frame.head
                await self._ask(self.unsettled)
            case wire.Sync():
                await self._take_patch(frame)
            case wire.Ack() if frame.id in self._pending:
                self._take_ack(frame)
            case wire.Ack():
                self._settle(frame.id, frame.ok, frame.code, frame.answer)
            case wire.Status() if frame.known:
                self._settle(frame.id, frame.ok is True, frame.code, frame.answer)
            case wire.Status() if frame.id in self._pending:
                await self._send_command(frame.id)
            case wire.Pong():
                self._clock_ms = (frame.t1 + frame.t2) / 2 - (frame.t0 + _local_ms()) / 2

    async def _take_patch(self, patch: wire.Sync) -> None:
        step = self.replica.take(patch)
        if step in (Step.GAP, Step.ANOTHER):
            await self._send(wire.hello(self.topic, None, self.replica.have()))
        elif step is not Step.REPEATED and patch.part == "view":
            self._note_openings(patch)

    def _note_openings(self, patch: wire.Sync) -> None:
        """When an opened voting first came on the screen; what a join or a return brings says nothing of delays."""
        is_news = patch.at > self.welcomed_at
        for key, value in patch.set.items():
            if key.startswith("voting/") and value["state"] == "open":
                self.tally.opened_seen.setdefault(value["voting"], time.monotonic() if is_news else None)

    def _take_ack(self, ack: wire.Ack) -> None:
        if ack.final:
            self._settle(ack.id, ack.ok, ack.code, ack.answer)
        else:
            self.history.put_off(ack.id)
            self._pending[ack.id].nudge.set()

    def _settle(self, command: bytes, ok: bool, code: str | None, answer: Any) -> None:
        if command not in self.history:
            self.tally.faults.append(f"an answer to {command.hex()}, which was never asked")
            return
        self.history.settle(command, ok, code, answer, time.monotonic())
        pending = self._pending.pop(command, None)
        if pending is not None:
            pending.nudge.set()

    # --- commands on their way ---

    async def _settled(self, command: bytes, pending: _Pending) -> None:
        """Until the final answer: after silence ask, after «nothing was decided» send the same again."""
        while self.history[command].outcome is Outcome.UNKNOWN and self.tally.stopped_by is None:
            pending.nudge.clear()
            try:
                async with asyncio.timeout(ASK_AFTER_S):
                    await pending.nudge.wait()
            except TimeoutError:
                await self._ask((command,))
                continue
            if command in self._pending:
                await asyncio.sleep(self._pause())
                await self._send_command(command)

    async def _ask(self, commands: tuple[bytes, ...]) -> None:
        for start in range(0, len(commands), CHECKED_AT_ONCE):
            await self._send(wire.check(commands[start : start + CHECKED_AT_ONCE]))

    async def _send_command(self, command: bytes) -> None:
        if self._socket is not None and command in self._pending:
            self.history.sent(command)
            await self._send(self._pending[command].frame)

    async def _send(self, frame: wire.ClientFrame) -> None:
        """A frame that meets a closed socket is lost: whatever matters is asked for after the next welcome."""
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(wire.encode(frame))


def _local_ms() -> float:
    return time.time() * 1000
