"""What the engine counts of its own work; whoever runs it may show the numbers. Knows no metrics library."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Counts:
    """Of one node, since it was made; numbers only grow."""

    fanout_writes: int = 0
    """Writes of frames that were encoded once for a whole view class."""
    full_maps: int = 0
    aborted_laggards: int = 0
    suspicions: int = 0
    """Clients that named a place of this history, or a mark there, which the log does not have."""
    view_builds: "Counter[str]" = field(default_factory=Counter)
    """By view class."""
    refusals: "Counter[str]" = field(default_factory=Counter)
    """Commands answered with no, by code."""
    on_flush: Callable[[float], object] = lambda seconds: None
    """Called with the seconds that each flush took."""
