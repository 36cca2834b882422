"""Database time is carried between measurements, and nothing is stamped when it cannot be trusted."""

from collections.abc import Callable
from typing import Literal, TypeVar

import pytest
from sqlalchemy import Connection

from app.kernel.dbclock import SECOND, DatabaseClock
from app.kernel.errors import ClockAway

T = TypeVar("T")
HOUR = 3600 * SECOND


class Times:
    """A world with three clocks; asking the database takes `trip` microseconds."""

    def __init__(self, dialect: Literal["sqlite", "postgresql"]) -> None:
        self.dialect = dialect
        self.carried = 5 * SECOND
        self.database = 20 * HOUR
        self.trip = 2000
        self.has_voting = False

    def pass_by(self, micros: int) -> None:
        self.carried += micros
        self.database += micros

    async def autocommit(self, work: Callable[[Connection], T]) -> T:
        self.pass_by(self.trip // 2)
        now = self.database
        self.pass_by(self.trip // 2)
        return now  # type: ignore[return-value]

    async def read(self, work: Callable[[Connection], T]) -> T:
        return self.has_voting  # type: ignore[return-value]

    async def write(self, work: Callable[[Connection], T]) -> T:
        raise AssertionError

    async def close(self) -> None:
        raise AssertionError


def clock_of(times: Times) -> DatabaseClock:
    return DatabaseClock(times, carried=lambda: times.carried, wall=lambda: times.database)


async def test_nothing_is_stamped_before_the_first_measurement() -> None:
    with pytest.raises(ClockAway):
        clock_of(Times("postgresql"))()


async def test_time_runs_on_between_measurements_with_a_known_error() -> None:
    times = Times("postgresql")
    clock = clock_of(times)
    await clock.sync()

    times.pass_by(7 * SECOND)

    assert clock() == times.database
    assert clock.error_ms == 1


async def test_a_step_of_the_database_clock_has_to_be_confirmed() -> None:
    times = Times("postgresql")
    clock = clock_of(times)
    await clock.sync()
    times.database += HOUR

    await clock.sync()
    with pytest.raises(ClockAway):
        clock()
    await clock.sync()

    assert clock() == times.database


async def test_a_small_drift_is_taken_at_once() -> None:
    times = Times("postgresql")
    clock = clock_of(times)
    await clock.sync()
    times.database += SECOND

    await clock.sync()

    assert clock() == times.database
    assert clock.offset == SECOND


async def test_after_a_silent_loop_the_time_is_measured_before_it_is_used() -> None:
    times = Times("postgresql")
    clock = clock_of(times)
    await clock.sync()
    clock.ticked()
    times.pass_by(2 * SECOND)

    with pytest.raises(ClockAway):
        clock()
    clock.ticked()
    with pytest.raises(ClockAway):
        clock()
    await clock.sync()

    assert clock() == times.database


async def test_on_sqlite_a_step_of_the_wall_clock_moves_no_deadline_of_a_running_voting() -> None:
    times = Times("sqlite")
    clock = clock_of(times)
    await clock.sync()
    before = clock()
    times.has_voting = True
    times.database += HOUR

    await clock.sync()

    assert clock() == before
    assert clock.offset == HOUR
    times.has_voting = False
    await clock.sync()
    assert clock() == times.database
