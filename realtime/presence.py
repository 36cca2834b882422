"""Who has a connection open, over all workers. Presence is not attendance: nothing that is decided depends on it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

EXPIRES_S = 30.0
"""A worker that died is forgotten after this."""
RENEW_S = 10.0
ASK_S = 2.0


@dataclass(frozen=True, slots=True)
class Online:
    """`persons` also holds what they are at (`hinted`); `is_complete` is False when other workers could not be asked."""

    persons: frozenset[str]
    is_complete: bool


def hinted(person: str, hint: str) -> str:
    """Travels among the persons; ids have no spaces."""
    return f"{person} {hint}"


def persons_in(present: frozenset[str]) -> frozenset[str]:
    return frozenset(one for one in present if " " not in one)


def hints_in(present: frozenset[str]) -> Mapping[str, int]:
    """How many persons are at what."""
    return Counter(hint for _, _, hint in (one.partition(" ") for one in present) if hint)


class Presence(Protocol):
    """One worker's end. No call raises when the store is down."""

    async def put(self, topic: str, persons: frozenset[str]) -> None:
        """These are the persons connected to this worker; repeated within `RENEW_S` to stay known."""
        ...

    async def online(self, topic: str) -> Online: ...

    async def stop(self) -> None: ...


class RollCall:
    """When to tell and when to ask, for one topic: at once what changed here, every ASK_S what changed elsewhere."""

    def __init__(self, topic: str, presence: Presence) -> None:
        self._topic = topic
        self._presence = presence
        self._told: frozenset[str] = frozenset()
        self._told_at = self._asked_at = float("-inf")

    async def call(self, persons: frozenset[str], now: float) -> Online | None:
        """Who is online, if it is time to look; None: nothing new to say."""
        if persons != self._told or now - self._told_at >= RENEW_S:
            await self._presence.put(self._topic, persons)
            self._told, self._told_at = persons, now
        elif now - self._asked_at < ASK_S:
            return None
        self._asked_at = now
        online = await self._presence.online(self._topic)
        return Online(online.persons | persons, online.is_complete)

    async def end(self) -> None:
        await self._presence.put(self._topic, frozenset())


class MemoryRoom:
    """What the workers of one process know together."""

    def __init__(self) -> None:
        self.persons: dict[str, dict[object, frozenset[str]]] = {}

    def presence(self) -> "MemoryPresence":
        return MemoryPresence(self)


class MemoryPresence:
    """Implements `Presence` inside one process."""

    def __init__(self, room: MemoryRoom) -> None:
        self._room = room

    async def put(self, topic: str, persons: frozenset[str]) -> None:
        workers = self._room.persons.setdefault(topic, {})
        workers[self] = persons
        if not any(workers.values()):
            del self._room.persons[topic]

    async def online(self, topic: str) -> Online:
        workers = self._room.persons.get(topic, {})
        return Online(frozenset().union(*workers.values()), True)

    async def stop(self) -> None:
        for workers in self._room.persons.values():
            workers.pop(self, None)
