"""A server with listeners and one who makes events: the product or a peer, all the same to who measures them."""

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Protocol

import msgpack  # type: ignore[import-untyped]

from load import wire
from load.bench.children import Child, free_port, python, started
from load.bench.crowd import Crowd, CrowdFault, Member
from load.bench.leader import Leader, arriving
from load.bench.product import Product, ProductFault, Seat
from load.replica import Replica

JOINED_AT_ONCE = 100
JOINED_WITHIN_S = 60.0
JOINED_FRAMES = 4
"""welcome, view, me, soft"""
PROLONGED_S = 10
SETTLED_S = 1.0


class Source(Protocol):
    """Who makes events. One event is answered by one ack to him and one delivery to every listener."""

    @property
    def acked_at(self) -> float | None:
        """Monotonic seconds of the ack's read; None while it is awaited."""
        ...

    def fire(self) -> None: ...

    def is_delivery(self, payload: bytes) -> bool: ...


class Prolonging:
    """Our event: the organizer prolongs the voting by ten seconds, which changes the one key `voting/…` for everybody.

    It may be repeated 8640 times (a day) and leaves nothing in the state but a deadline and a counter.
    """

    def __init__(self, leader: Leader, voting: int) -> None:
        self.acked_at: float | None = None
        self._leader = leader
        self._voting = voting
        self._key: bytes = msgpack.packb(f"voting/{voting}")

    def fire(self) -> None:
        self.acked_at = None
        self._leader.send("prolong", self._acked, voting=self._voting, seconds=PROLONGED_S)

    def is_delivery(self, payload: bytes) -> bool:
        return self._key in payload

    def _acked(self, ack: wire.Ack, at: float) -> None:
        if not ack.ok:
            raise ProductFault(f"prolong: {ack.code}")
        self.acked_at = at


class Shouting:
    """A peer's event: so many bytes, sent on to everybody else."""

    def __init__(self, member: Member, size: int) -> None:
        self.acked_at: float | None = None
        self._member = member
        self._payload = secrets.token_bytes(size)
        member.hears = self._hear

    def fire(self) -> None:
        self.acked_at = None
        self._member.send(self._payload)

    def is_delivery(self, payload: bytes) -> bool:
        return payload == self._payload

    def _hear(self, payload: bytes, at: float) -> None:
        self.acked_at = at


class Ear:
    """Counts the deliveries to one listener and tells the room of each."""

    __slots__ = ("count", "room")

    def __init__(self, room: "Room") -> None:
        self.room = room
        self.count = 0

    def hear(self, payload: bytes, at: float) -> None:
        room = self.room
        if room.source.is_delivery(payload):
            self.count += 1
            room.size = len(payload)
            room.awaited -= 1
            room.last_at = at
            if room.first_at is None:
                room.first_at = at


class Room:
    """`awaited`, `first_at` and `last_at` belong to the event that is on its way."""

    def __init__(self, name: str, server: Child, source: Source) -> None:
        self.name = name
        self.server = server
        self.source = source
        self.ears: tuple[Ear, ...] = ()
        self.listeners: tuple[Member, ...] = ()
        self.memory_a_listener = 0.0
        self.size = 0
        self.awaited = 0
        self.first_at: float | None = None
        self.last_at = 0.0

    def listen(self, listeners: tuple[Member, ...]) -> None:
        self.listeners = listeners
        self.ears = tuple(Ear(self) for _ in listeners)
        for ear, listener in zip(self.ears, listeners, strict=True):
            listener.hears = ear.hear


@contextlib.contextmanager
def peer_room(crowd: Crowd, name: str, size: int) -> Iterator[Room]:
    """A peer without listeners: they come by `joined_peer` and go after each round, so that few sockets stand idle."""
    port = free_port()
    with started(name, python("load.bench.peers", name, str(port)), port) as child:
        speaker = Member()
        crowd.connect(port, (speaker,))
        crowd.must(lambda: speaker.is_upgraded, JOINED_WITHIN_S, name)
        yield Room(name, child, Shouting(speaker, size))


@contextlib.contextmanager
def joined_peer(crowd: Crowd, room: Room, count: int) -> Iterator[None]:
    before = room.server.memory_bytes()
    listeners = tuple(Member() for _ in range(count))
    crowd.connect(room.server.port, listeners)
    crowd.must(lambda: all(one.is_upgraded for one in listeners), JOINED_WITHIN_S, f"{room.name}: joining")
    crowd.rest(SETTLED_S)
    room.memory_a_listener = (room.server.memory_bytes() - before) / count
    room.listen(listeners)
    yield
    crowd.leave(listeners)
    crowd.rest(SETTLED_S)


def product_room(crowd: Crowd, product: Product, name: str) -> Room:
    """A running meeting in which every creditor is present, the organizer connected, nobody else yet."""
    leader = Leader(crowd, product)
    leader.begin()
    source = Prolonging(leader, leader.start_voting())
    return Room(name, product.child, source)


def join_product(crowd: Crowd, room: Room, product: Product) -> None:
    before = room.server.memory_bytes()
    listeners = enter(crowd, product, product.participants)
    crowd.rest(SETTLED_S)
    room.memory_a_listener = (room.server.memory_bytes() - before) / len(listeners)
    room.listen(tuple(listeners))


def enter(
    crowd: Crowd, product: Product, seats: Sequence[Seat], screens: Sequence[Replica] = ()
) -> list[Member]:
    """Everybody, in batches, for tickets live for half a minute; `screens` keep what each was shown at joining."""
    listeners: list[Member] = []
    for start in range(0, len(seats), JOINED_AT_ONCE):
        batch = arriving(product, seats[start : start + JOINED_AT_ONCE])
        admit(crowd, product.child.port, batch, screens[start : start + JOINED_AT_ONCE])
        listeners += batch
    return listeners


def admit(crowd: Crowd, port: int, members: Sequence[Member], screens: Sequence[Replica] = ()) -> None:
    """Connect and wait until each has welcome, view, me and soft."""
    waiting = [JOINED_FRAMES * len(members)]
    for member, screen in zip_longest(members, screens):
        member.hears = _watching(waiting, screen)
    crowd.connect(port, members)
    crowd.must(lambda: waiting[0] <= 0, JOINED_WITHIN_S, "joining the meeting")
    if not all(member.is_open for member in members):
        raise CrowdFault("the product closed a connection")


def _watching(waiting: list[int], screen: Replica | None) -> Callable[[bytes, float], None]:
    def hear(payload: bytes, at: float) -> None:
        waiting[0] -= 1
        if screen is not None and isinstance(frame := wire.decode(payload), wire.Sync):
            screen.take(frame)

    return hear
