"""The bus of one process: several nodes may share it, as workers share Redis."""

from collections.abc import Callable

from realtime.broker import Ring


class MemoryBus:
    """The air through which the brokers of one process ring."""

    def __init__(self) -> None:
        self._brokers: dict[MemoryBroker, None] = {}

    def broker(self) -> "MemoryBroker":
        return MemoryBroker(self)

    def join(self, broker: "MemoryBroker") -> None:
        self._brokers[broker] = None

    def leave(self, broker: "MemoryBroker") -> None:
        self._brokers.pop(broker, None)

    def ring(self, ring: Ring) -> None:
        for broker in tuple(self._brokers):
            broker.hear(ring)


class MemoryBroker:
    """Implements `Broker`; always healthy."""

    is_healthy = True

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self._topics: set[str] = set()
        self._heard: Callable[[Ring], None] | None = None

    async def start(self, heard: Callable[[Ring], None]) -> None:
        self._heard = heard
        self._bus.join(self)

    async def stop(self) -> None:
        self._bus.leave(self)

    async def subscribe(self, topic: str) -> None:
        self._topics.add(topic)

    async def unsubscribe(self, topic: str) -> None:
        self._topics.discard(topic)

    async def ring(self, ring: Ring) -> None:
        self._bus.ring(ring)

    def hear(self, ring: Ring) -> None:
        if self._heard is not None and ring.topic in self._topics:
            self._heard(ring)
