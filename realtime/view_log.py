"""The memory of one view class of a topic: the last flushed map and what changed since which position; pure.

`since(o)` is right for every `o` that is one of our own flushes (`knows(o, mark)`), and only for these: between two
flushes a key may have gone from A to B and back to A, which a comparison of the two maps cannot see, while a client
of another worker may hold the B. Such a client is given the full map.
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import takewhile

from realtime.ports import Position, Value, ViewMap

TOMBSTONE_LIMIT = 10_000
"""Positions for which deletions are remembered; a client further behind gets the full map."""


@dataclass(frozen=True, slots=True)
class Patch:
    """What to set and to delete on the map at `since` to get the map at `at`."""

    since: int
    at: int
    set: dict[str, Value]
    deleted: list[str]

    @property
    def is_empty(self) -> bool:
        return not self.set and not self.deleted


class ViewLog:
    """Map, changes and deletions of one class; `flush` moves it, the rest only reads."""

    def __init__(self, view_id: str, position: Position, view_map: ViewMap) -> None:
        self._restart(view_id, position, view_map)

    def _restart(self, view_id: str, position: Position, view_map: ViewMap) -> None:
        self.view_id = view_id
        self.position = position
        self.map: ViewMap = dict(view_map)
        self.horizon = position.at
        self._changed_at: dict[str, int] = {}
        self._deleted_at: dict[str, int] = {}
        self._flushes = [position.at]
        self._marks = {position.at: position.mark}

    def flush(self, view_id: str, position: Position, view_map: ViewMap) -> bool:
        """Move to `position`; False when nothing before it can be continued and everybody needs the full map."""
        if self._is_another_history(view_id, position):
            self._restart(view_id, position, view_map)
            return False
        if position.at > self.position.at:
            self._compare(position.at, view_map)
            self.position = position
            self.map = dict(view_map)
            self._flushes.append(position.at)
            self._marks[position.at] = position.mark
            self._forget_before(position.at - TOMBSTONE_LIMIT)
        return True

    def knows(self, at: int, mark: bytes) -> bool:
        """Was there a flush of ours at exactly this point of this history?"""
        return at >= self.horizon and self._marks.get(at) == mark

    def since(self, at: int) -> Patch:
        """The patch from our flush at `at` to now."""
        changed = {key: self.map[key] for key in _later(self._changed_at, at)}
        return Patch(at, self.position.at, changed, _later(self._deleted_at, at))

    def _is_another_history(self, view_id: str, position: Position) -> bool:
        mine = self.position
        if view_id != self.view_id or position.epoch != mine.epoch or position.at < mine.at:
            return True
        return position.at == mine.at and position.mark != mine.mark

    def _compare(self, at: int, new: ViewMap) -> None:
        old, missing = self.map, object()
        if not old.keys() <= new.keys():
            for key in [key for key in old if key not in new]:
                self._changed_at.pop(key, None)
                self._deleted_at[key] = at
        others = [key for key, value in new.items() if old.get(key, missing) is not value]
        for key in others:
            if old.get(key, missing) != new[key]:
                self._changed_at.pop(key, None)  # the latest stand last
                self._changed_at[key] = at
                self._deleted_at.pop(key, None)

    def _forget_before(self, horizon: int) -> None:
        if horizon <= self._flushes[0]:
            return
        kept = bisect_left(self._flushes, horizon)
        for at in self._flushes[:kept]:
            del self._marks[at]
        del self._flushes[:kept]
        self.horizon = self._flushes[0]
        self._deleted_at = {key: at for key, at in self._deleted_at.items() if at > self.horizon}


def _later(when: dict[str, int], at: int) -> list[str]:
    """Keys whose position is after `at`, of a dict whose positions grow: only these are looked at."""
    keys = [key for key, _ in takewhile(lambda item: item[1] > at, reversed(when.items()))]
    return keys[::-1]
