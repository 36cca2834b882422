"""Connections without sockets, and a bus that loses what it is told, for tests of a node."""

import asyncio
from collections.abc import Callable

from realtime.broker import Ring
from realtime.broker_memory import MemoryBroker, MemoryBus
from realtime.connection import Connection
from realtime.envelope import Cmd, Have, Hello, ServerFrame, Soft, Sync
from realtime.node import Node
from realtime.ports import Viewer
from realtime.wire import QueueWire
from tests.realtime.client_model import ClientModel
from tests.realtime.decoding import decode_server
from tests.realtime.fake_app import FakeLog, Grant, Put

TOPIC = "meeting:1"


def a_log(*persons: str) -> FakeLog:
    log = FakeLog()
    log.append(*(Grant(person, "c") for person in persons or ("anna",)), Put("c", "a", 1))
    return log


class Guest:
    """A connection without a socket: says frames, reads what waits on its wire."""

    def __init__(self, node: Node, person: str = "anna") -> None:
        self.node = node
        self.person = person
        self.wire = QueueWire(1_000_000)
        self.connection = Connection(node, self.wire, self._admit)
        self.model = ClientModel()

    async def _admit(self, hello: Hello) -> Viewer | None:
        return Viewer(self.person, self.person)

    async def hello(self, have: Have | None = None) -> None:
        await self.connection.heard(Hello(1, TOPIC, "t", have), 0)

    async def put(self, key: str, value: int, number: int) -> None:
        body = {"key": key, "value": value}
        await self.connection.heard(Cmd(number.to_bytes(16, "big"), "put", body), 0)
        await self.connection.settled()

    def read(self) -> list[ServerFrame]:
        frames = [decode_server(data) for data in self.wire.taken()]
        for frame in frames:
            if isinstance(frame, Sync):
                assert not self.model.receive(frame)
        return frames


async def until(holds: Callable[[], object], within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 (what is awaited has no event)
            await asyncio.sleep(0.005)


def shows(guest: Guest, view_map: dict[str, int]) -> Callable[[], bool]:
    def holds() -> bool:
        guest.read()
        return guest.model.view.map == view_map

    return holds


def shows_online(guest: Guest, how_many: int) -> Callable[[], bool]:
    wanted = {"online": how_many, "degraded": False}
    return lambda: any(isinstance(frame, Soft) and frame.set == wanted for frame in guest.read())


class DeafBroker(MemoryBroker):
    """A bus that loses every ring; healthy or not, as a test says."""

    def __init__(self, is_healthy: bool) -> None:
        super().__init__(MemoryBus())
        self.is_healthy = is_healthy

    async def ring(self, ring: Ring) -> None:
        return None
