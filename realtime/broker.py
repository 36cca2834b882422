"""The bus between workers: it only rings that a topic has moved; who is behind reads the log. A lost ring costs a read."""

from collections.abc import Callable
from typing import Protocol

import msgspec


class Ring(msgspec.Struct, frozen=True):
    """Topic `topic` of lineage `epoch` is at `pos`: a hint, never a fact."""

    topic: str
    epoch: bytes
    pos: int


class Broker(Protocol):
    """One worker's end of the bus. No call raises when the bus is down."""

    async def start(self, heard: Callable[[Ring], None]) -> None:
        """`heard` is called in the loop for every ring of a topic subscribed to, our own rings included."""
        ...

    async def stop(self) -> None: ...

    async def subscribe(self, topic: str) -> None: ...

    async def unsubscribe(self, topic: str) -> None: ...

    async def ring(self, ring: Ring) -> None: ...

    @property
    def is_healthy(self) -> bool:
        """Did we hear ourselves lately? False: poll the log more often."""
        ...
