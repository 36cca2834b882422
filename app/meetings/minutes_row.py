"""A line of the minutes, as every part of them gives it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list or table: a label and what stands beside it."""

    label: str
    values: tuple[str, ...] = ()
