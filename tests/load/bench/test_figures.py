import pytest

from load.bench.figures import Middle, ratios
from load.figures import percentile


def test_a_percentile_is_the_value_of_the_nearest_rank() -> None:
    values = [float(n) for n in range(100, 0, -1)]

    assert [percentile(values, share) for share in (0, 1, 50, 99, 100)] == [1.0, 1.0, 50.0, 99.0, 100.0]
    assert percentile([7.0], 99) == 7.0


def test_a_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_rounds_are_told_by_their_median_and_their_extremes() -> None:
    assert Middle.of([3.0, 1.0, 2.0]) == Middle(2.0, 1.0, 3.0)
    assert Middle.of([]) is None


def test_ratios_are_taken_within_a_round_and_not_between_medians() -> None:
    quiet_then_loud = ratios([2.0, 20.0], [1.0, 10.0])

    assert quiet_then_loud == [2.0, 2.0]
    assert ratios([1.0, 1.0], [0.0, 4.0]) == [0.25]
