"""Time as a value: the only module that reads a clock; everybody else is handed microseconds."""

import time
from collections.abc import Callable

Micros = int
"""Whole microseconds since 1970-01-01 UTC."""

Clock = Callable[[], Micros]


def system_clock() -> Micros:
    return time.time_ns() // 1000


def millis_of(at: Micros | None) -> int | None:
    return None if at is None else millis(at)


def millis(at: Micros) -> int:
    """Wire time: whole milliseconds."""
    return at // 1000
