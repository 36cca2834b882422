"""The wire vocabulary: every frame is one of these, tagged `t`; MessagePack in binary frames (JSON there for debugging).

Ids of commands and nonces are 16 bytes, epochs and marks 8 bytes; times are whole milliseconds UTC.
Rules R1 to R11 of the view protocol: docs/topics/who-sees-what.md.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

PROTOCOL = 1

CommandId = Annotated[bytes, Meta(min_length=16, max_length=16)]
Eight = Annotated[bytes, Meta(min_length=8, max_length=8)]
Count = Annotated[int, Meta(ge=0, le=2**53)]


class Frame(msgspec.Struct, frozen=True, tag_field="t"):
    """The base of all frames."""


class Have(msgspec.Struct, frozen=True):
    """What a client holds of a topic: its view and `me`, each at a position."""

    view: Annotated[str, Meta(max_length=80)]
    epoch: Eight
    at: Count
    mark: Eight
    me_at: Count
    me_mark: Eight


# --- client to server ---


class Hello(Frame, frozen=True, tag="hello"):
    """The first frame, and again on the same socket to repair a gap (then `ticket` is null)."""

    v: int
    topic: Annotated[str, Meta(max_length=80)]
    ticket: Annotated[str, Meta(max_length=500)] | None = None
    have: Have | None = None


class Cmd(Frame, frozen=True, tag="cmd"):
    """Do `op` with `body`, under an id that the client made before it sent anything."""

    id: CommandId
    op: Annotated[str, Meta(max_length=48)]
    body: Any = None


class Check(Frame, frozen=True, tag="check"):
    """What became of these commands? `receipts` of another lineage are shown, for whoever signed them to look up."""

    ids: Annotated[list[CommandId], Meta(max_length=64)]
    receipts: Annotated[list[Any], Meta(max_length=16)] = []


class Ping(Frame, frozen=True, tag="ping"):
    """`t0` is the client's own time in ms; it comes back as it was."""

    t0: float


class Hint(Frame, frozen=True, tag="hint"):
    """What a person is at just now: `op` about something, until `on` is false, he is gone, or a while has passed.

    Nothing is answered, logged or decided; others see how many in `soft`.
    """

    op: Annotated[str, Meta(min_length=1, max_length=24, pattern=r"^[a-z_]+$")]
    about: Annotated[str, Meta(max_length=24, pattern=r"^[A-Za-z0-9_.:-]*$")]
    on: bool


ClientFrame = Hello | Cmd | Check | Ping | Hint


# --- server to client ---


class Welcome(Frame, frozen=True, tag="welcome"):
    """`now` in ms UTC, `clock_error` in ms, `head` the position the server stands at."""

    v: int
    epoch: Eight
    view: str
    now: int
    clock_error: int
    head: int


class Sync(Frame, frozen=True, tag="sync"):
    """A patch from `since` to `at`; `full` replaces the part's whole map. `packed` says that `set` is raw-deflate of its MessagePack."""

    part: Literal["view", "me"]
    view: str
    epoch: Eight
    since: int
    at: int
    mark: Eight
    set: Any
    del_: list[str] = msgspec.field(name="del", default_factory=list)
    full: bool = False
    packed: bool = False


class Soft(Frame, frozen=True, tag="soft"):
    """Facts outside the log (who is online); own counter `n`, `set` absolute, never resumed."""

    n: int
    set: Any
    full: bool = False


class Ack(Frame, frozen=True, tag="ack"):
    """The answer to a command: `answer` when ok, else `code` (and `answer` may hold details)."""

    id: CommandId
    ok: bool
    final: bool
    pos: int
    epoch: Eight
    answer: Any = None
    code: str | None = None


class Status(Frame, frozen=True, tag="status"):
    """`known` false: not in the table (a copy may be in flight): send the same id and bytes again, it is safe."""

    id: CommandId
    known: bool
    ok: bool | None = None
    answer: Any = None
    code: str | None = None


class Pong(Frame, frozen=True, tag="pong"):
    """`t1` received, `t2` sent, ms UTC with fractions."""

    t0: float
    t1: float
    t2: float


class Bye(Frame, frozen=True, tag="bye"):
    """Only over the fallback transports: what a close frame says on a websocket."""

    code: int
    reason: str
    spread_ms: int = 0


ServerFrame = Welcome | Sync | Soft | Ack | Status | Pong | Bye
