"""What is read of a server's metrics between two moments."""

import pytest

from load.metrics import Metrics, builds_between, lag_ms

FULL = Metrics({0.01: 90.0, 0.1: 100.0, float("inf"): 100.0}, view_builds=7)


@pytest.mark.parametrize("before", [Metrics(), Metrics({0.01: 500.0, 0.1: 500.0, float("inf"): 500.0}, 40)])
def test_a_server_that_was_started_anew_counts_from_zero(before: Metrics) -> None:
    assert lag_ms(before, FULL) == 100.0
    assert builds_between(before, FULL) == 7


def test_only_what_came_in_between_counts() -> None:
    before = Metrics({0.01: 0.0, 0.1: 10.0, float("inf"): 10.0}, view_builds=5)

    assert lag_ms(before, FULL) == 10.0
    assert builds_between(before, FULL) == 2
