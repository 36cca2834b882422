"""One participant's browser without a screen: connects, keeps its maps, sends commands, survives lost networks."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from load import texts, wire
from load.ballot import Ballot
from load.door import COME_AGAIN, Door, Link
from load.history import History, Operation, Outcome
from load.http import Refusal
from load.replica import Replica, Step
from load.tally import Tally
from load.transport import Goodbye, Polling, Transport, open_socket

PING_EVERY_S = 20.0
ASK_AFTER_S = 5.0
GIVE_UP_AFTER_S = 60.0
CHECKED_AT_ONCE = 64
MOST_PATIENT_TRY = 3
TICKET_REFUSED = 4401
LOGIN_ENDED = 4402
STOP_GROUP = 45


@dataclass(frozen=True, slots=True)
class Retry:
    """Full jitter: anything up to a bound that doubles with every failure in a row. The bounds are the browser's."""

    first_s: float = 2.0
    ceiling_s: float = 30.0
    again_s: float = 0.5
    """At least so long before a command that was put off is sent again."""

    def pause_s(self, failures: int, rng: Random) -> float:
        return rng.uniform(0, min(self.ceiling_s, self.first_s * 2 ** min(failures, 16)))


AS_A_BROWSER = Retry()


@dataclass(slots=True)
class _Pending:
    """A command without a final answer. `nudge` is set by an answer, final or not."""

    frame: wire.ClientFrame
    nudge: asyncio.Event = field(default_factory=asyncio.Event)


class Client:
    """A person's connection. `run` keeps it alive until told to stop; `command` may be called at any moment.

    Command ids and bytes are made once, before the first sending; after a reconnect the client asks what became
    of every unsettled command and sends the same bytes again where the server knows nothing.
    """

    def __init__(
        self,
        url: str,
        link: Link,
        rng: Random,
        retry: Retry = AS_A_BROWSER,
        *,
        is_attentive: bool = False,
        uses_fallback: bool = False,
    ) -> None:
        """Who `is_attentive` looks up at every patch, others at turning points only: looking costs."""
        self.link = link
        self.door = Door(url)
        self.replica = Replica()
        self.history = History(link.name)
        self.tally = Tally()
        self.topic = ""
        self.stage = "not here yet"
        self.heard_at = time.monotonic()
        self.welcomed_at = 0
        self.last_fault = ""
        self.uses_fallback = uses_fallback
        self._rng = rng
        self._retry = retry
        self._is_attentive = is_attentive
        self._transport: Transport | None = None
        self._pending: dict[bytes, _Pending] = {}
        self._changed = asyncio.Event()
        self._here = asyncio.Event()
        self._here.set()
        self._clock_ms = 0.0
        self._failures = 0
        self._spread_s = 0.0
        self._is_welcome = False
        self._came_at = time.monotonic()
        self._lost_at: float | None = None
        self._tried_at = 0.0

    # --- what the person does ---

    async def command(self, op: str, body: dict[str, Any], ballots: tuple[Ballot, ...] = ()) -> Operation:
        """Send and wait for a final answer, asking again; after a minute the outcome stays unknown."""
        command = secrets.token_bytes(16)
        pending = self._pending[command] = _Pending(wire.cmd(command, op, body))
        self.history.invoke(command, op, time.monotonic(), ballots)
        if not self._is_welcome or self._transport is None:
            self.history.disturb((command,))
        self._send_command(command)
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
        if self._transport is not None:
            self._lost_at = time.monotonic()
            self._transport.abort()

    def leave_page(self) -> None:
        self._here.clear()
        if self._transport is not None:
            self._transport.close()

    def come_back(self) -> None:
        self._here.set()

    @property
    def unsettled(self) -> tuple[bytes, ...]:
        return tuple(self._pending)

    @property
    def is_in_step(self) -> bool:
        """Connected, and as far as the server was at the welcome."""
        view, me = self.replica.view.position, self.replica.me.position
        if view is None or me is None or not self._is_welcome:
            return False
        return self._transport is not None and min(view.at, me.at) >= self.welcomed_at

    def has_returned(self) -> bool:
        """In step again after the last drop."""
        return self._lost_at is None

    def seconds_left(self) -> int:
        """Of the longest countdown on the screen; 0 when none runs."""
        ends = [
            value["deadline_ms"]
            for value in self.replica.of_view("voting").values()
            if value["state"] == "open"
        ]
        return max(0, int((max(ends, default=0) - self.now_ms()) / 1000))

    # --- the connection ---

    async def run(self) -> None:
        """Connect, listen, reconnect with full jitter, until cancelled or told to stop by a close code."""
        self._came_at = time.monotonic()
        try:
            while self.tally.stopped_by is None:
                self.stage = "away"
                await self._here.wait()
                try:
                    self._after_close(await self._connection())
                except (OSError, Refusal, wire.BadFrame) as fault:
                    self._after(fault)
                if self._here.is_set() and self.tally.stopped_by is None:
                    self.stage = "pausing"
                    await asyncio.sleep(self._pause())
        finally:
            self.door.rest()
        self.stage = "stopped"
        self._changed.set()
        for pending in self._pending.values():
            pending.nudge.set()

    async def _connection(self) -> Goodbye:
        """From the ticket to the end of the transport."""
        self._tried_at = time.monotonic()
        self._is_welcome = False
        transport = await self._opened()
        self._transport = transport
        self.tally.connections += 1
        pings = asyncio.create_task(self._ping(transport))
        try:
            return await transport.closed
        finally:
            self._transport = None
            self.history.disturb(self._pending)
            pings.cancel()
            transport.abort()

    async def _opened(self) -> Transport:
        if not self.door.person:
            self.stage = "signing in"
            await self.door.sign_in(self.link.token)
            self.history.person = self.door.person
        self.stage = "asking for a ticket"
        ticket = await self.door.ticket()
        self.topic = ticket.topic
        if self.uses_fallback:
            self.stage = "polling"
            return Polling(self.door, self._hello, self._take)
        self.door.rest()
        self.stage = "connecting"
        socket = await open_socket(self.door.place, self._take)
        self.stage = "greeting"
        socket.send(wire.hello(self.topic, ticket.ticket, self.replica.have()))
        return socket

    def _hello(self) -> wire.ClientFrame:
        return wire.hello(self.topic, None, self.replica.have())

    async def _ping(self, transport: Transport) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            transport.send(wire.ping(_local_ms()))

    def _after(self, fault: Exception) -> None:
        """A lost connection is daily life; a broken frame or a refusal that time will not heal is a finding."""
        self._failures += 1
        self.last_fault = f"{type(fault).__name__}: {fault}"
        match fault:
            case Refusal(status=401) if self.door.person:
                self.door.person = ""
            case Refusal(status=status) if status in COME_AGAIN:
                self.tally.turned_away += 1
            case Refusal(status=status) if status < 500:
                self.tally.faults.append(str(fault))
                self.tally.stopped_by = status
            case wire.BadFrame():
                self.tally.faults.append(texts.BAD_FRAME.format(fault=fault))

    def _after_close(self, goodbye: Goodbye) -> None:
        """Close codes say what to do next: 44xx sign in again, 45xx stop, anything else connect again."""
        code = goodbye.code
        self.last_fault = f"closed with {code}"
        self._spread_s = goodbye.spread_s
        if code in (TICKET_REFUSED, LOGIN_ENDED):
            self._failures += 1
            self.door.person = ""
        elif code // 100 == STOP_GROUP:
            self.tally.faults.append(texts.CLOSED.format(code=code))
            self.tally.stopped_by = code

    def _pause(self) -> float:
        spread_s, self._spread_s = self._spread_s, 0.0
        return self._retry.pause_s(self._failures, self._rng) + self._rng.uniform(0, spread_s)

    # --- what comes from the server ---

    def _take(self, frame: wire.ServerFrame, arrived: float, size: int) -> None:
        self.heard_at = arrived
        self.tally.frames += 1
        match frame:
            case wire.Sync():
                self._take_patch(frame, arrived, size)
            case wire.Welcome():
                self._take_welcome(frame)
            case wire.Ack(final=True):
                self._settle(frame.id, frame.ok, frame.code, frame.answer, arrived, frame.pos)
            case wire.Ack() if frame.id in self._pending:
                self._put_off(frame)
            case wire.Status() if frame.known:
                self._settle(frame.id, frame.ok is True, frame.code, frame.answer, arrived)
            case wire.Status() if frame.id in self._pending:
                self._send_command(frame.id)
            case wire.Pong():
                self._clock_ms = (frame.t1 + frame.t2) / 2 - (frame.t0 + _local_ms()) / 2

    def _take_welcome(self, welcome: wire.Welcome) -> None:
        is_first, self._is_welcome = not self._is_welcome, True
        self._failures = 0
        self.stage = "listening"
        self._clock_ms = welcome.now - _local_ms()
        self.welcomed_at = welcome.head
        if is_first:
            self._ask(self.unsettled)

    def _take_patch(self, patch: wire.Sync, arrived: float, size: int) -> None:
        is_turning_point = self._is_attentive or _is_turning_point(patch, self.replica)
        step = self.replica.take(patch)
        if patch.part == "view":
            self.tally.patches.note(arrived, size)
        if step in (Step.GAP, Step.ANOTHER):
            self._send(self._hello())
        elif step is not Step.REPEATED and patch.part == "view":
            self.tally.patches.note_view(arrived, patch.at, patch.at > self.welcomed_at)
        if (self._lost_at is not None or self.tally.join_s is None) and self.is_in_step:
            self._note_in_step(arrived)
        if is_turning_point:
            self._changed.set()

    def _note_in_step(self, arrived: float) -> None:
        if self.tally.join_s is None:
            self.tally.join_s = arrived - self._came_at
        if self._lost_at is not None:
            self.tally.returns_s.append(arrived - self._lost_at)
            self.tally.catch_ups_s.append(arrived - self._tried_at)
            self._lost_at = None
        self._changed.set()

    def _put_off(self, ack: wire.Ack) -> None:
        """Nothing was decided; of an earlier sending of the same command it may yet be."""
        self.history.put_off(ack.id, ack.code)
        self._pending[ack.id].nudge.set()

    def _settle(
        self, command: bytes, ok: bool, code: str | None, answer: Any, arrived: float, position: int = 0
    ) -> None:
        if command not in self.history:
            self.tally.faults.append(texts.NEVER_ASKED.format(command=command.hex()))
            return
        self.history.settle(command, ok, code, answer, arrived, position)
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
                self._ask((command,))
                continue
            if command in self._pending:
                tries = min(self.history[command].retries, MOST_PATIENT_TRY)
                await asyncio.sleep(self._retry.again_s + self._retry.pause_s(tries, self._rng))
                self._send_command(command)

    def _ask(self, commands: tuple[bytes, ...]) -> None:
        for start in range(0, len(commands), CHECKED_AT_ONCE):
            self._send(wire.check(commands[start : start + CHECKED_AT_ONCE]))

    def _send_command(self, command: bytes) -> None:
        if self._is_welcome and self._transport is not None and command in self._pending:
            self._send(self._pending[command].frame)

    def _send(self, frame: wire.ClientFrame) -> None:
        """A frame that meets a closed socket is lost: whatever matters is asked for after the next welcome."""
        if self._transport is not None:
            self._transport.send(frame)


def _is_turning_point(patch: wire.Sync, before: Replica) -> bool:
    """More than counts of votes going up: something that a participant acts on."""
    if patch.full or patch.part == "me" or patch.gone:
        return True
    known = before.view.values
    return any(
        key == "meeting" or (key.startswith("voting/") and value["state"] != known.get(key, {}).get("state"))
        for key, value in patch.set.items()
    )


def _local_ms() -> float:
    return time.time() * 1000
