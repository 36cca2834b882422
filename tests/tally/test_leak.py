"""What exact sums tell: compared with looking at every set of creditors, one after another."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally.leak import (
    MAX_ALL_OUTCOMES,
    MAX_CREDITORS,
    exposed_always,
    exposed_by,
    exposed_on_average,
    sums_of,
)

weights = st.lists(st.integers(1, 12), min_size=1, max_size=8)


def sets_by_sum(weights: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for bits in range(1 << len(weights)):
        total = sum(weight for i, weight in enumerate(weights) if bits >> i & 1)
        found.setdefault(total, []).append(bits)
    return found


def in_all_or_none(creditors: int, sets: list[int]) -> int:
    return sum(1 << i for i in range(creditors) if len({bits >> i & 1 for bits in sets}) == 1)


@settings(max_examples=100, deadline=None)
@given(weights)
def test_exposed_is_who_stands_in_all_sets_with_the_sum_or_in_none(weights: list[int]) -> None:
    sums = sums_of(weights)
    for total, sets in sets_by_sum(weights).items():
        assert exposed_by(sums, total) == in_all_or_none(len(weights), sets)


@settings(max_examples=100, deadline=None)
@given(weights)
def test_the_average_is_over_all_outcomes(weights: list[int]) -> None:
    exposed = sum(
        in_all_or_none(len(weights), sets).bit_count() * len(sets) for sets in sets_by_sum(weights).values()
    )

    assert exposed_on_average(weights) == Fraction(exposed, len(weights) << len(weights))


@settings(max_examples=100, deadline=None)
@given(weights)
def test_who_is_always_exposed_is_exposed_by_every_sum(weights: list[int]) -> None:
    always = (1 << len(weights)) - 1
    for sets in sets_by_sum(weights).values():
        always &= in_all_or_none(len(weights), sets)

    assert exposed_always(weights) <= always.bit_count()


def test_the_largest_creditor_is_seen_in_any_sum() -> None:
    assert exposed_always([100, 30, 20, 20]) == 1
    assert exposed_always([100, 40, 20, 10]) == 4
    assert exposed_always([10, 10, 10]) == 0


def test_equal_creditors_are_told_from_nobody_but_all_or_none() -> None:
    sums = sums_of([7] * 40)

    assert exposed_by(sums, 7 * 20) == 0
    assert exposed_by(sums, 7 * 40) == exposed_by(sums, 0) == (1 << 40) - 1


def test_kopecks_of_a_real_register_tell_everybody() -> None:
    weights = [10**9 + 7919 * 31**i % 10**11 for i in range(24)]
    chosen = 0b1011_0010_1101_0001_1100_1011

    exposed = exposed_by(sums_of(weights), sum(w for i, w in enumerate(weights) if chosen >> i & 1))

    assert exposed == (1 << 24) - 1


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="no set"):
        exposed_by(sums_of([2, 4]), 3)
    with pytest.raises(ValueError, match="more than"):
        sums_of([1] * (MAX_CREDITORS + 1))
    with pytest.raises(ValueError, match="more than"):
        exposed_on_average([1] * (MAX_ALL_OUTCOMES + 1))
    assert exposed_on_average([]) == 0
