"""What one client holds of a topic: two maps kept by the rules of the view protocol, and counters of what went by."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from load.wire import Have, Sync


class Step(StrEnum):
    """What became of a patch. After `GAP` and `ANOTHER` the client asks again with what it has."""

    REPLACED = "replaced"
    APPLIED = "applied"
    REPEATED = "repeated"
    GAP = "gap"
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class Position:
    view: str
    epoch: bytes
    at: int
    mark: bytes


class Part:
    """One flat map, the view or `me`, and the position it stands at."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.position: Position | None = None

    def take(self, patch: Sync) -> Step:
        """Rules R1 and R2: a full map replaces; a patch applies if it begins at or before the own position.

        Values are absolute, so a patch that overlaps what is known does no harm.
        """
        step = self._judge(patch)
        if step is Step.REPLACED:
            self.values = dict(patch.set)
        elif step is Step.APPLIED:
            self.values.update(patch.set)
            for key in patch.gone:
                self.values.pop(key, None)
        if step in (Step.REPLACED, Step.APPLIED):
            self.position = Position(patch.view, patch.epoch, patch.at, patch.mark)
        return step

    def _judge(self, patch: Sync) -> Step:
        if patch.full:
            return Step.REPLACED
        mine = self.position
        if mine is None or (patch.epoch, patch.view) != (mine.epoch, mine.view):
            return Step.ANOTHER
        if patch.at <= mine.at:
            return Step.REPEATED
        return Step.APPLIED if patch.since <= mine.at else Step.GAP


class Replica:
    """The view and `me` of one person."""

    def __init__(self) -> None:
        self.view = Part()
        self.me = Part()
        self.steps: Counter[Step] = Counter()
        self.full_views = 0

    @property
    def gaps(self) -> int:
        return self.steps[Step.GAP]

    @property
    def is_whole(self) -> bool:
        return self.view.position is not None and self.me.position is not None

    def take(self, patch: Sync) -> Step:
        step = (self.view if patch.part == "view" else self.me).take(patch)
        self.steps[step] += 1
        self.full_views += step is Step.REPLACED and patch.part == "view"
        return step

    def have(self) -> Have | None:
        """What to say in a hello; nothing until both parts have come once."""
        view, me = self.view.position, self.me.position
        if view is None or me is None:
            return None
        return Have(view.view, view.epoch, view.at, view.mark, me.at, me.mark)

    def of_view(self, kind: str) -> Mapping[str, Any]:
        """Values of keys `kind/…`, by what follows the slash."""
        return _of(self.view.values, kind)

    def of_me(self, kind: str) -> Mapping[str, Any]:
        return _of(self.me.values, kind)


def _of(values: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    prefix = kind + "/"
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
