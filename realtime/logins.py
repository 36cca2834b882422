"""Which logins were found good lately: a command need not ask the door again while every ended login is rung for."""

from collections.abc import Callable

from realtime.ports import Door, Viewer

GOOD_FOR_S = 30.0
"""So long a lost ring may go unnoticed."""


class Logins:
    """What the door said of viewers, until `forget`; while `hears` is false nobody would ring, so it is asked each time."""

    def __init__(self, door: Door, hears: Callable[[], bool], now: Callable[[], float]) -> None:
        self._door = door
        self._hears = hears
        self._now = now
        self._asked_at: dict[tuple[str, Viewer], float] = {}
        """Of those who were good, the longest ago first."""

    async def is_good(self, topic: str, viewer: Viewer) -> bool:
        """Is the login still good for the topic, as far as this worker can have heard? Raises Unanswered."""
        asked_at = self._asked_at.get((topic, viewer), float("-inf"))
        if self._hears() and self._now() < asked_at + GOOD_FOR_S:
            return True
        return await self.ask(topic, viewer)

    async def ask(self, topic: str, viewer: Viewer) -> bool:
        """The same from the door itself. What it said before a `forget` is not remembered after it."""
        asked_at, known = self._now(), self._asked_at
        is_good = await self._door.still_admitted(topic, viewer)
        known.pop((topic, viewer), None)
        if is_good:
            known[topic, viewer] = asked_at
        self._drop_old()
        return is_good

    def forget(self) -> None:
        """Some login has ended."""
        self._asked_at = {}

    def _drop_old(self) -> None:
        """Who left is not remembered for ever."""
        oldest = next(iter(self._asked_at), None)
        if oldest is not None and self._asked_at[oldest] + GOOD_FOR_S < self._now():
            del self._asked_at[oldest]
