"""The wire contract as a stranger reads it: frames by the `msgpack` package, with none of the server's code.

The contract itself: docs/reference/frames.md. Client frames are plain maps, server frames become dataclasses;
fields that this reader does not know are ignored.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal, cast

import msgpack  # type: ignore[import-untyped]

PROTOCOL = 1

ClientFrame = Mapping[str, object]


class BadFrame(ValueError):
    """Bytes from the server that the contract does not allow."""


@dataclass(frozen=True, slots=True)
class Have:
    view: str
    epoch: bytes
    at: int
    mark: bytes
    me_at: int
    me_mark: bytes


def hello(topic: str, ticket: str | None, have: Have | None) -> ClientFrame:
    held = None if have is None else {name: getattr(have, name) for name in Have.__slots__}
    return {"t": "hello", "v": PROTOCOL, "topic": topic, "ticket": ticket, "have": held}


def cmd(command: bytes, op: str, body: object) -> ClientFrame:
    return {"t": "cmd", "id": command, "op": op, "body": body}


def check(commands: Iterable[bytes]) -> ClientFrame:
    """At most 64 ids a frame."""
    return {"t": "check", "ids": list(commands)}


def ping(t0: float) -> ClientFrame:
    return {"t": "ping", "t0": t0}


@dataclass(frozen=True, slots=True)
class Welcome:
    epoch: bytes
    view: str
    now: int
    head: int


@dataclass(frozen=True, slots=True)
class Sync:
    """A patch of one part from `since` to `at`: `set` replaces values whole, `gone` (on the wire `del`) removes keys."""

    part: Literal["view", "me"]
    view: str
    epoch: bytes
    since: int
    at: int
    mark: bytes
    set: Mapping[str, Any]
    gone: tuple[str, ...] = ()
    full: bool = False


@dataclass(frozen=True, slots=True)
class Soft:
    n: int
    set: Mapping[str, Any]
    full: bool = False


@dataclass(frozen=True, slots=True)
class Ack:
    id: bytes
    ok: bool
    final: bool
    pos: int
    epoch: bytes
    answer: Any = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    id: bytes
    known: bool
    ok: bool | None = None
    answer: Any = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    t0: float
    t1: float
    t2: float


@dataclass(frozen=True, slots=True)
class Bye:
    code: int
    reason: str
    spread_ms: int = 0


ServerFrame = Welcome | Sync | Soft | Ack | Status | Pong | Bye

_SERVER_FRAMES: Mapping[str, type[ServerFrame]] = {
    "welcome": Welcome,
    "sync": Sync,
    "soft": Soft,
    "ack": Ack,
    "status": Status,
    "pong": Pong,
    "bye": Bye,
}

_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in _SERVER_FRAMES.values()}


def encode(frame: ClientFrame) -> bytes:
    return cast(bytes, msgpack.packb(frame))


def encode_many(frames: Iterable[ClientFrame]) -> bytes:
    """The body of a poll: one array of frames."""
    return cast(bytes, msgpack.packb(list(frames)))


@lru_cache(maxsize=64)
def decode(message: bytes) -> ServerFrame:
    """A thousand clients get the same bytes: they are decoded once, and the values are shared, never written to."""
    return _frame(_unpack(message))


def decode_many(body: bytes) -> tuple[ServerFrame, ...]:
    frames = _unpack(body)
    if not isinstance(frames, list):
        raise BadFrame("not an array of frames")
    return tuple(_frame(frame) for frame in frames)


def _unpack(data: bytes) -> Any:
    try:
        return msgpack.unpackb(data)
    except (ValueError, msgpack.exceptions.UnpackException) as fault:
        raise BadFrame(str(fault)) from fault


def _frame(raw: Any) -> ServerFrame:
    if not isinstance(raw, dict) or raw.get("t") not in _SERVER_FRAMES:
        raise BadFrame("not a frame of the contract")
    kind = _SERVER_FRAMES[raw["t"]]
    values = dict(raw)
    if kind is Sync:
        values["set"] = _inflated(raw["set"]) if raw.get("packed") else raw["set"]
        values["gone"] = tuple(raw.get("del", ()))
    try:
        return kind(**{name: values[name] for name in _FIELDS[kind] if name in values})
    except TypeError as fault:
        raise BadFrame(str(fault)) from fault


def _inflated(data: bytes) -> Any:
    try:
        return _unpack(zlib.decompress(data, wbits=-zlib.MAX_WBITS))
    except zlib.error as fault:
        raise BadFrame(str(fault)) from fault
