"""Everybody of one view class, and how the same bytes reach them all: by bound writes, in slices with a loop turn between."""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import groupby, islice

from realtime.codec import Format
from realtime.framing import framed
from realtime.ports import Position, Viewer
from realtime.wire import Wire

SLICE = 250
"""Members written to in one turn of the loop, some 3 ms at the 13 µs that a write takes: receipts of votes go out in between."""


class Member:
    """A connection that listens; `joined` is the flush its last own sync brought it to."""

    __slots__ = ("format", "is_suspected", "joined", "lagging_since", "over_since", "sent", "viewer", "wire")

    def __init__(self, viewer: Viewer, wire: Wire, form: Format, joined: Position) -> None:
        self.viewer = viewer
        self.wire = wire
        self.format = form
        self.joined = joined
        self.is_suspected = False
        """It named a place that the log does not have; written down once a connection."""
        self.over_since: float | None = None
        self.lagging_since: float | None = None
        self.sent: Position | None = None
        """While lagging: the last flush that was written; None when the view has changed since."""

    @property
    def is_lagging(self) -> bool:
        return self.lagging_since is not None


@dataclass(frozen=True, slots=True)
class Slice:
    """Members who take the same bytes, and their writes."""

    form: Format
    is_framed: bool
    members: tuple[Member, ...]
    writes: tuple[Callable[[bytes], None], ...]


class Crowd:
    """The members of a feed. Who comes or goes between two slices is no part of what is on its way."""

    def __init__(self) -> None:
        self._members: dict[Member, None] = {}
        self._slices: tuple[Slice, ...] | None = None
        """Who is written to; built anew when somebody came, went, or began to lag."""
        self._aimed_at: tuple[Slice, ...] = ()
        self._waiting: deque[tuple[Slice, bytes]] = deque()

    @property
    def members(self) -> Collection[Member]:
        return self._members.keys()

    def add(self, member: Member) -> None:
        self._members[member] = None
        self._slices = None

    def remove(self, member: Member) -> None:
        del self._members[member]
        self._slices = None

    def rest(self, member: Member, now: float) -> None:
        """It does not read: nothing new is written to it until it is added again."""
        member.lagging_since = now
        self._slices = None

    def write(self, encoded: Callable[[Format], bytes]) -> None:
        """To everybody who does not lag: the first slice now, the rest by `write_on`."""
        self.finish()
        self._slices = self._aimed_at = self._slices or tuple(self._sliced())
        ready: dict[tuple[Format, bool], bytes] = {}
        for part in self._slices:
            kind = (part.form, part.is_framed)
            if kind not in ready:
                ready[kind] = framed(encoded(part.form)) if part.is_framed else encoded(part.form)
            self._waiting.append((part, ready[kind]))
        self.write_on()

    def write_on(self) -> None:
        """The next slice."""
        if not self._waiting:
            return
        part, data = self._waiting.popleft()
        if self._slices is self._aimed_at:
            for write in part.writes:
                write(data)
        else:
            self._write_to_who_stayed(part, data)

    def finish(self) -> None:
        """All slices that wait, now."""
        while self._waiting:
            self.write_on()

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting)

    def _write_to_who_stayed(self, part: Slice, data: bytes) -> None:
        for member in part.members:
            if member in self._members:
                member.wire.put(data)

    def _sliced(self) -> Iterable[Slice]:
        reading = sorted((member for member in self._members if not member.is_lagging), key=_takes)
        for _, alike in groupby(reading, key=_takes):
            while members := tuple(islice(alike, SLICE)):
                first, writes = members[0], tuple(member.wire.put for member in members)
                yield Slice(first.format, first.wire.is_framed, members, writes)


def _takes(member: Member) -> tuple[str, bool]:
    """Who has the same here takes the same bytes."""
    return member.format.value, member.wire.is_framed
