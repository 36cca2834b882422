"""A small application behind the engine's ports: a log of keyed events, folded by as many sources as there are workers."""

import asyncio
import contextlib
import copy
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from realtime.ports import Position, Reply, Source, Value, Viewer, ViewMap


@dataclass(frozen=True, slots=True)
class Put:
    """Key of one class gets a value; None deletes it."""

    view_class: str
    key: str
    value: Value
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class PutMe:
    person: str
    key: str
    value: Value


@dataclass(frozen=True, slots=True)
class Grant:
    """The person sees this class from now on; None: nothing."""

    person: str
    view_class: str | None


Event = Put | PutMe | Grant


@dataclass(slots=True)
class State:
    views: dict[str, dict[str, Value]] = field(default_factory=dict)
    mine: dict[str, dict[str, Value]] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        match event:
            case Put(view_class, key, value):
                _put(self.views.setdefault(view_class, {}), key, value)
            case PutMe(person, key, value):
                _put(self.mine.setdefault(person, {}), key, value)
            case Grant(person, view_class):
                _put(self.classes, person, view_class)


def _put(target: dict[str, Value], key: str, value: Value) -> None:
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value


class FakeLog:
    """What the workers' database holds: events, the lineage, settled replies."""

    def __init__(self, epoch: bytes = b"epoch-01") -> None:
        self.epoch = epoch
        self.events: list[Event] = []
        self.replies: dict[tuple[str, bytes], Reply] = {}
        self.is_pressing = False
        self.shown: list[Value] = []
        self._marks = [hashlib.sha256(epoch).digest()]
        self._now = State()
        self.truth = {self.mark(0): State()}
        """The state at every mark that ever was, lost histories included."""

    @property
    def head(self) -> int:
        return len(self.events)

    def append(self, *events: Event) -> int:
        for event in events:
            self.events.append(event)
            self._marks.append(hashlib.sha256(self._marks[-1] + repr(event).encode()).digest())
            self._now.apply(event)
            self.truth[self.mark(self.head)] = copy.deepcopy(self._now)
        return self.head

    def rewind(self, head: int) -> None:
        """Lose the end of the history, as a restore by hand does; the lineage keeps its name."""
        del self.events[head:]
        del self._marks[head + 1 :]
        self._now = self.state(head)

    def mark(self, at: int) -> bytes:
        return self._marks[at][:8]

    def state(self, at: int) -> State:
        state = State()
        for event in self.events[:at]:
            state.apply(event)
        return state


class FakeSource:
    """One worker's fold of a log, which moves only by reading; `read_to` lets a test choose how far."""

    remembers = 50
    """Positions for which `touched` is known."""

    def __init__(self, log: FakeLog, code: str = "1") -> None:
        self.log = log
        self.code = code
        self.reads = 0
        self._state = State()
        self._grants: dict[str, str] = {}
        self._epoch = log.epoch
        self._at = 0
        self._mark = log.mark(0)

    @property
    def position(self) -> Position:
        return Position(self._epoch, self._at, self._mark)

    @property
    def grants(self) -> object:
        if self._grants != self._state.classes:
            self._grants = dict(self._state.classes)
        return self._grants

    def view_class(self, person: str) -> str | None:
        return self._state.classes.get(person)

    def view_id(self, view_class: str) -> str:
        return f"{view_class}/{self.code}"

    def view(self, view_class: str) -> ViewMap:
        return dict(self._state.views.get(view_class, {}))

    def me(self, person: str) -> ViewMap:
        return dict(self._state.mine.get(person, {}))

    def touched(self, after: int) -> frozenset[str] | None:
        if after < self._at - self.remembers:
            return None
        events = self.log.events[after : self._at]
        return frozenset(event.person for event in events if isinstance(event, PutMe | Grant))

    def is_urgent(self, after: int) -> bool:
        return any(isinstance(event, Put) and event.urgent for event in self.log.events[after : self._at])

    @property
    def is_pressing(self) -> bool:
        return self.log.is_pressing

    def read_to(self, at: int) -> None:
        if self._epoch != self.log.epoch or at < self._at:
            self._state, self._at, self._epoch = State(), 0, self.log.epoch
        for event in self.log.events[self._at : at]:
            self._state.apply(event)
        self._at, self._mark = at, self.log.mark(at)

    async def shown_receipts(self, viewer: Viewer, receipts: tuple[Value, ...]) -> None:
        self.log.shown.extend(receipts)

    async def catch_up(self) -> Position:
        self.reads += 1
        self.read_to(self.log.head)
        return self.position

    async def mark_at(self, at: int) -> bytes | None:
        return self.log.mark(at) if at <= self._at else None

    async def command(
        self, viewer: Viewer, command_id: bytes, op: str, body: Value, received_us: int
    ) -> Reply:
        settled = self.log.replies.get((viewer.person, command_id))
        if settled is not None:
            return settled
        if op == "boom":
            raise RuntimeError("a fault of ours")
        if op == "slow":
            await asyncio.sleep(0.2)
        if op == "refuse":
            reply = Reply(False, True, self.log.head, self._epoch, code="no_right")
        else:
            reply = self._put(viewer, body)
        self.log.replies[viewer.person, command_id] = reply
        return reply

    def _put(self, viewer: Viewer, body: Value) -> Reply:
        key, value = body["key"], body["value"]
        classes = sorted(set(self.log.state(self.log.head).classes.values()))
        puts = [Put(view_class, key, value) for view_class in classes]
        pos = self.log.append(*puts, PutMe(viewer.person, f"did/{key}", value))
        return Reply(True, True, pos, self._epoch, {"pos": pos})

    async def status(self, viewer: Viewer, command_ids: tuple[bytes, ...]) -> Mapping[bytes, Reply]:
        known = {command_id: self.log.replies.get((viewer.person, command_id)) for command_id in command_ids}
        return {command_id: reply for command_id, reply in known.items() if reply is not None}


class FakeDoor:
    """Tickets are `person:nonce`, spent once; logins are the persons' names."""

    def __init__(self, logs: Mapping[str, FakeLog]) -> None:
        self.logs = dict(logs)
        self.sources: dict[str, Source] = {}
        self.revoked: set[str] = set()
        self.flying: Counter[str] = Counter()
        """Commands in flight by topic."""
        self.asked: list[tuple[str, ...]] = []
        self.is_clock_away = False
        self._spent: set[str] = set()

    async def admit(self, topic: str, ticket: str) -> Viewer | None:
        if ":" not in ticket or ticket in self._spent:
            return None
        self._spent.add(ticket)
        return self._viewer(ticket.partition(":")[0])

    async def admit_request(self, topic: str, cookies: Mapping[str, str], person: str) -> Viewer | None:
        return self._viewer(person) if cookies.get("login") == person else None

    async def still_admitted(self, topic: str, viewer: Viewer) -> bool:
        return viewer.login not in self.revoked

    async def open(self, topic: str) -> Source | None:
        log = self.logs.get(topic)
        if log is None:
            return None
        self.sources[topic] = FakeSource(log)
        return self.sources[topic]

    @contextlib.contextmanager
    def in_flight(self, topic: str, received_us: int | None) -> Iterator[None]:
        self.flying[topic] += 1
        try:
            yield
        finally:
            self.flying[topic] -= 1

    async def heads(self, topics: tuple[str, ...]) -> Mapping[str, Position]:
        self.asked.append(topics)
        logs = {topic: self.logs[topic] for topic in topics}
        return {topic: Position(log.epoch, log.head, log.mark(log.head)) for topic, log in logs.items()}

    def stamp_us(self) -> int | None:
        return None if self.is_clock_away else self.now_us()

    def now_us(self) -> int:
        return 1_700_000_000_000_000

    def clock_error_ms(self) -> int:
        return 3

    def _viewer(self, person: str) -> Viewer | None:
        return None if person in self.revoked else Viewer(person, person)
