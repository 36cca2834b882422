"""How often a topic flushes what nobody waits for."""

import pytest

from realtime.topic import pace_after


@pytest.mark.parametrize(
    ("took_s", "pace_s"), [(0.0, 0.1), (0.005, 0.1), (0.01, 0.2), (0.015, 0.3), (1.0, 0.3)]
)
def test_flushes_take_a_twentieth_of_the_time_ten_a_second_at_most_three_at_least(
    took_s: float, pace_s: float
) -> None:
    assert pace_after(took_s) == pytest.approx(pace_s)
