"""What the writers of one process went through: plain counters, and a hook for whoever keeps histograms of it."""

from collections.abc import Callable
from dataclasses import dataclass

Observe = Callable[[str, float], None]
"""Take one figure by name: BATCH_COMMANDS or COMMIT_S."""

BATCH_COMMANDS = "batch_commands"
"""How many commands one append has settled."""
COMMIT_S = "commit_s"
"""Seconds from deciding a batch to its commit, lost races included."""


def forget(name: str, value: float) -> None:
    """Where nobody keeps histograms."""


@dataclass(slots=True)
class Counts:
    """One object a process, shared by the writers of all topics; it only ever grows."""

    batches: int = 0
    commands: int = 0
    lost_races: int = 0
    locked_attempts: int = 0
    """Attempts under the lock of the topic's row, after two lost races."""
    clashes: int = 0
    """Appends that met a row which was there already: a command or a place of another writer."""
    unknown_outcomes: int = 0
    """Appends whose answer was lost; the log was read to learn it."""
    overloaded: int = 0
    """Commands turned away because too many were queued."""
    observe: Observe = forget
