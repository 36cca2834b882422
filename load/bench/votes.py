"""`votes`: a thousand votes within a second, and within a tenth of one. How long until each participant holds his receipt.

The product on SQLite and on PostgreSQL, beside a server that only writes down (`ballot_box.py`): one commit a vote
(naive) and group commit, with votes as large as the product's. Receipts are timed from the moment when
a vote was due to the read, so that a client that sends late does not hide a wait.
"""

import contextlib
import gc
import random
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from load import wire
from load.ballot import Choice, write_ballot
from load.bench.ballot_box import ID_BYTES
from load.bench.children import Child, free_port, python, started
from load.bench.crowd import Crowd, Member
from load.bench.leader import Leader
from load.bench.meter import Meter
from load.bench.product import Product, product
from load.bench.room import JOINED_WITHIN_S, enter
from load.bench.stores import StoreMissing, Stores, stores
from load.figures import percentile
from load.replica import Replica

ANSWERED_WITHIN_S = 60.0
IDLE_S = 1.0
BALLOT_BYTES = 640
"""About what a ballot of the product's weighs as a command."""

ACK = b"\xa1t\xa3ack"
SYNC = b"\xa1t\xa4sync"
VIEW = b"\xa4part\xa4view"
OK = b"\xa2ok\xc3"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    participants: int
    rounds: int
    windows: tuple[float, ...]
    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One burst of one contender; `store_us` is the CPU of PostgreSQL. Patches are those of one participant."""

    contender: str
    engine: str
    window_s: float
    sent_within_s: float
    """What the client made of the window: from the beginning to the last sending."""
    receipt_p50_ms: float
    receipt_p99_ms: float
    receipt_max_ms: float
    cpu_us_per_vote: float
    store_us_per_vote: float
    missing: int
    patches_a_second: float
    """The most that one participant got after his vote, over the time of the burst, but at least a second."""
    largest_patch_bytes: int


class Participant:
    """One participant in the crowd: what he sends next, and what came back."""

    __slots__ = ("due_at", "heard_at", "id", "largest", "member", "patches", "payload")

    def __init__(self, member: Member) -> None:
        self.member = member
        self.give(b"", b"")

    def give(self, id: bytes, payload: bytes) -> None:
        """A new vote."""
        self.id, self.payload = id, payload
        self.begin(0.0)

    def begin(self, due_at: float) -> None:
        """The burst begins: what came before does not count."""
        self.due_at, self.heard_at = due_at, 0.0
        self.patches = self.largest = 0

    def send(self) -> None:
        self.member.send(self.payload)


class Poll(Protocol):
    """A server with everybody connected; `prepare` gives each participant a vote that is not sent yet."""

    @property
    def name(self) -> str: ...

    @property
    def engine(self) -> str: ...

    @property
    def server(self) -> Child: ...

    @property
    def participants(self) -> Sequence[Participant]: ...

    def prepare(self) -> None: ...


def measure(plan: Plan, say: Say) -> list[Round]:
    found: list[Round] = []
    for engine in plan.engines:
        try:
            found += _on_engine(engine, plan, say)
        except StoreMissing as missing:
            say(f"{engine}: left out, {missing}")
    return found


def _on_engine(engine: str, plan: Plan, say: Say) -> list[Round]:
    with contextlib.ExitStack() as held, Crowd() as crowd:  # the crowd leaves before the servers end
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="kvorum-votes-")))
        running = held.enter_context(stores(redis=False)) if engine == "postgresql" else None
        polls = [_box(held, crowd, way, folder, running, plan.participants) for way in ("naive", "group")]
        say(f"kvorum on {engine}: founding a meeting of {plan.participants}")
        ours = held.enter_context(product(plan.participants, stores=running))
        polls.append(Assembly(crowd, ours, engine))
        gc.collect()
        gc.disable()
        try:
            return list(_in_turn(crowd, polls, plan, running, say))
        finally:
            gc.enable()


def _in_turn(
    crowd: Crowd, polls: Sequence[Poll], plan: Plan, running: Stores | None, say: Say
) -> Iterator[Round]:
    for number in range(1, plan.rounds + 1):
        for window_s in plan.windows:
            for poll in polls:
                say(f"round {number} of {plan.rounds}, {window_s:g} s: {poll.name} on {poll.engine}")
                yield _round(crowd, poll, window_s, running, random.Random(number))


def _round(crowd: Crowd, poll: Poll, window_s: float, running: Stores | None, rng: random.Random) -> Round:
    database = running.database if running else None
    meters = [Meter(server) for server in (poll.server, database) if server is not None]
    crowd.rest(IDLE_S)
    for meter in meters:
        meter.is_idle_until_now()
    poll.prepare()
    meters[0].calm(crowd)
    for meter in meters:
        meter.begin()
    sent_within_s, took_s = burst(crowd, poll.participants, window_s, rng)
    meters[0].calm(crowd)
    spent = [meter.spent_s() / len(poll.participants) * 1e6 for meter in meters]
    answered = [one for one in poll.participants if one.heard_at]
    waits = [(one.heard_at - one.due_at) * 1000 for one in answered] or [ANSWERED_WITHIN_S * 1000]
    return Round(
        contender=poll.name,
        engine=poll.engine,
        window_s=window_s,
        sent_within_s=round(sent_within_s, 3),
        receipt_p50_ms=round(percentile(waits, 50), 3),
        receipt_p99_ms=round(percentile(waits, 99), 3),
        receipt_max_ms=round(max(waits), 3),
        cpu_us_per_vote=round(spent[0], 1),
        store_us_per_vote=round(spent[1], 1) if database else 0.0,
        missing=len(poll.participants) - len(answered),
        patches_a_second=round(max(one.patches for one in poll.participants) / max(took_s, 1.0), 2),
        largest_patch_bytes=max(one.largest for one in poll.participants),
    )


def burst(
    crowd: Crowd, participants: Sequence[Participant], window_s: float, rng: random.Random
) -> tuple[float, float]:
    """Everybody votes once, at a random moment of the window.

    Seconds until the last vote was sent, and until the last receipt, or until time is over.
    """
    started = time.monotonic()
    due = sorted(started + rng.uniform(0, window_s) for _ in participants)
    order = rng.sample(participants, len(participants))
    for participant, due_at in zip(order, due, strict=True):
        participant.begin(due_at)
    sent = 0
    while sent < len(order):
        now = time.monotonic()
        while sent < len(order) and order[sent].due_at <= now:
            order[sent].send()
            sent += 1
        if sent < len(order):
            crowd.turn(max(0.0, order[sent].due_at - time.monotonic()))
    sent_within_s = time.monotonic() - started
    crowd.until(lambda: all(one.heard_at for one in participants), ANSWERED_WITHIN_S)
    return sent_within_s, time.monotonic() - started


# --- who is voted at ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """Implements `Poll`: the server that only writes down."""

    name: str
    engine: str
    server: Child
    participants: tuple[Participant, ...]

    def prepare(self) -> None:
        for participant in self.participants:
            id = secrets.token_bytes(ID_BYTES)
            participant.give(id, id + secrets.token_bytes(BALLOT_BYTES))


def _box(
    held: contextlib.ExitStack, crowd: Crowd, way: str, folder: Path, running: Stores | None, count: int
) -> Poll:
    port = free_port()
    url = running.dsn if running else str(folder / f"{way}.db")
    child = held.enter_context(started(way, python("load.bench.ballot_box", way, str(port), url), port))
    participants = tuple(Participant(Member()) for _ in range(count))
    members = [participant.member for participant in participants]
    for participant in participants:
        participant.member.hears = _receipt_of(participant)
    crowd.connect(port, members)
    crowd.must(lambda: all(member.is_upgraded for member in members), JOINED_WITHIN_S, f"{way}: joining")
    return Box(way, "postgresql" if running else "sqlite", child, participants)


def _receipt_of(participant: Participant) -> Callable[[bytes, float], None]:
    def hear(payload: bytes, at: float) -> None:
        if payload == participant.id:
            participant.heard_at = at

    return hear


class Assembly:
    """Implements `Poll`: the product. Each burst has a voting of its own; the one before it is cancelled."""

    name = "kvorum"

    def __init__(self, crowd: Crowd, ours: Product, engine: str) -> None:
        self.engine = engine
        self.server = ours.child
        self._meeting = ours.meeting
        self._leader = Leader(crowd, ours)
        self._leader.begin()
        self._voting = 0
        screens = [Replica() for _ in ours.participants]
        members = enter(crowd, ours, ours.participants, screens)
        crowd.must(lambda: all(screen.is_whole for screen in screens), JOINED_WITHIN_S, "the screens")
        self.participants = tuple(Participant(member) for member in members)
        self._creditors = [next(iter(screen.of_me("creditor").values())) for screen in screens]
        for participant in self.participants:
            participant.member.hears = _answer_of(participant)

    def prepare(self) -> None:
        if self._voting:
            self._leader.command("cancel_voting", voting=self._voting, reason="Следующий замер")
        self._voting = self._leader.start_voting()
        view = self._leader.replica.view.values
        voting = view[f"voting/{self._voting}"]
        question = view[f"question/{voting['question']}"]
        for participant, creditor in zip(self.participants, self._creditors, strict=True):
            self._give(participant, question, voting, creditor)

    def _give(self, participant: Participant, question: Any, voting: Any, creditor: Any) -> None:
        right = {"creditor": creditor["id"], "weight_kopecks": creditor["weight_kopecks"]}
        ballot = write_ballot(self._meeting, question, voting, right, Choice(choices=("for",)))
        body = {"voting": self._voting, "ballots": [{"bytes": ballot.content, "signature": None}]}
        id = secrets.token_bytes(ID_BYTES)
        participant.give(id, wire.encode(wire.cmd(id, "cast", body)))


def _answer_of(participant: Participant) -> Callable[[bytes, float], None]:
    def hear(payload: bytes, at: float) -> None:
        if payload[1:7] == ACK and participant.id in payload and OK in payload:
            participant.heard_at = at
        elif payload[1:8] == SYNC and VIEW in payload:
            participant.patches += 1
            participant.largest = max(participant.largest, len(payload))

    return hear
