"""Statistics of rounds, pure: medians over rounds, ratios within the same round."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Middle:
    """What many rounds say: the median, and how far they lay apart."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self | None:
        """None where nothing was measured."""
        found = list(values)
        return cls(statistics.median(found), min(found), max(found)) if found else None


def ratios(mine: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round, for neighbours on the machine slow both of one round; rounds without a measure are left out."""
    return [own / other for own, other in zip(mine, theirs, strict=False) if other > 0]
