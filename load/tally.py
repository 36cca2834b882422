"""What one client went through: times, sizes and counts, kept small, for a thousand of them live in one process."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field


class Patches:
    """Every patch of one client's view in the order of arrival: when, how large, and to which position. What is his alone
    (`me`) comes when he acts, not by the pace of flushes.
    """

    def __init__(self) -> None:
        self._when = array("d")
        self._bytes = array("L")
        self._view_when = array("d")
        self._view_at = array("q")
        self._view_is_news = array("b")

    def note(self, when: float, size: int) -> None:
        self._when.append(when)
        self._bytes.append(size)

    def note_view(self, when: float, at: int, is_news: bool) -> None:
        """`is_news` is False for what a join or a return brings: it says nothing of delays."""
        self._view_when.append(when)
        self._view_at.append(at)
        self._view_is_news.append(is_news)

    def sizes(self, since: float, until: float) -> tuple[int, ...]:
        """Bytes of the patches that came in this time."""
        return tuple(self._bytes[bisect_left(self._when, since) : bisect_left(self._when, until)])

    def seen(self, at: int) -> float | None:
        """When this position was first on the screen; None if it never was, or came with a join."""
        place = bisect_left(self._view_at, at)
        if place == len(self._view_at) or not self._view_is_news[place]:
            return None
        return self._view_when[place]


@dataclass(slots=True)
class Tally:
    """Times in seconds. `returns` are times from a lost network to being in step again, `catch_ups` the part of them
    after the pause before the next attempt; `turned_away` counts handshakes and requests refused for the rate.
    """

    join_s: float | None = None
    connections: int = 0
    frames: int = 0
    turned_away: int = 0
    stopped_by: int | None = None
    returns_s: list[float] = field(default_factory=list)
    catch_ups_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    patches: Patches = field(default_factory=Patches)
