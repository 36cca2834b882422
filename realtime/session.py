"""One conversation, without I/O: bytes or frames of a client in, one action out; it never sees a socket or a topic's state."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from realtime.close_codes import CloseCode
from realtime.codec import BadFrame, Format, decode, format_of
from realtime.envelope import PROTOCOL, Check, ClientFrame, Cmd, Have, Hello, Hint, Ping
from realtime.limits import Bucket, Limits


@dataclass(frozen=True, slots=True)
class Greet:
    """The first hello: find out who it is, then let him in."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Repair:
    """A later hello on the same socket: bring the client up to date from what it has."""

    have: Have | None


@dataclass(frozen=True, slots=True)
class Run:
    command: Cmd


@dataclass(frozen=True, slots=True)
class Refuse:
    """The command was not looked at; nothing was decided and the same id may come again."""

    command: Cmd
    code: str


@dataclass(frozen=True, slots=True)
class Look:
    ids: tuple[bytes, ...]
    receipts: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Echo:
    t0: float


@dataclass(frozen=True, slots=True)
class Note:
    """What the person is at, or no longer."""

    hint: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Nothing:
    """A hint too many: nobody is harmed when it is not heard."""


@dataclass(frozen=True, slots=True)
class End:
    code: CloseCode
    reason: str


Action = Greet | Repair | Run | Refuse | Look | Echo | Note | Nothing | End


class _State(Enum):
    SILENT = auto()
    GREETED = auto()
    ENDED = auto()


class Session:
    """The rules of one connection: hello first, rates, commands in flight, the format of the answers."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._state = _State.SILENT
        self._topic = ""
        self._frames = Bucket(limits.frames_a_second, limits.frame_burst, now)
        self._hints = Bucket(limits.hints_a_second, limits.hint_burst, now)
        self._in_flight = 0
        self.format = Format.MSGPACK

    @property
    def has_greeted(self) -> bool:
        return self._state is not _State.SILENT

    def received(self, data: bytes, now: float) -> Action:
        """What one binary frame asks for; after an `End` everything is an `End`."""
        if not self._frames.take(now):
            return self.ended(CloseCode.TOO_FAST, "too many frames")
        try:
            frame = decode(data)
        except BadFrame as fault:
            return self.ended(fault.code, fault.reason)
        if self._state is _State.SILENT:
            self.format = format_of(data)
        if isinstance(frame, Hint) and self.has_greeted and not self._hints.take(now):
            return Nothing()
        return self.heard(frame)

    def heard(self, frame: ClientFrame) -> Action:
        """The same for a frame that is decoded already (the HTTP fallback)."""
        if self._state is _State.ENDED:
            return End(CloseCode.BAD_PROTOCOL, "ended")
        if isinstance(frame, Hello):
            return self._hello(frame)
        if self._state is _State.SILENT:
            return self.ended(CloseCode.BAD_PROTOCOL, "hello comes first")
        return self._asked(frame)

    def settled(self) -> None:
        """A command that `Run` started has been answered."""
        self._in_flight -= 1

    def ended(self, code: CloseCode, reason: str) -> End:
        self._state = _State.ENDED
        return End(code, reason)

    def _hello(self, hello: Hello) -> Action:
        if hello.v != PROTOCOL:
            return self.ended(CloseCode.BAD_PROTOCOL, f"this server speaks version {PROTOCOL}")
        if self._state is _State.SILENT:
            self._state, self._topic = _State.GREETED, hello.topic
            return Greet(hello)
        if hello.topic != self._topic or hello.ticket is not None:
            return self.ended(CloseCode.BAD_PROTOCOL, "one topic and one ticket a connection")
        return Repair(hello.have)

    def _asked(self, frame: Cmd | Check | Ping | Hint) -> Action:
        match frame:
            case Ping(t0=t0):
                return Echo(t0)
            case Hint(op=op, about=about, on=on):
                return Note(f"{op}/{about}", on)
            case Check(ids=ids, receipts=receipts):
                return Look(tuple(ids), tuple(receipts))
            case Cmd() if self._in_flight >= self._limits.commands_in_flight:
                return Refuse(frame, "too_many_in_flight")
        self._in_flight += 1
        return Run(frame)
