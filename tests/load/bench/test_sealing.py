"""The benchmark of sealing: it starts the real functions, and compares a ballot with a ballot."""

from dataclasses import asdict

import pytest

from load.bench.children import ChildFault
from load.bench.sealing import measure
from load.bench.tables import grids
from load.bench.turns import Plan


def test_both_contenders_run_in_turn_and_are_compared_within_a_round() -> None:
    said: list[str] = []

    rounds = [asdict(each) for each in measure(Plan(40, 1), said.append)]

    assert [(each["contender"], each["count"]) for each in rounds] == [("product", 40), ("plain", 10)]
    assert all(each["cpu_ms"] == each["seal_ms"] + each["open_ms"] > 0 for each in rounds)
    (grid,) = grids({"benchmark": "sealing", "options": {"rounds": 1}, "rounds": rounds})
    assert [(row[0], row[-1]) for row in grid.rows][1] == ("plain", "1.00")
    assert said == ["round 1 of 1"]


def test_a_run_that_failed_is_no_measure() -> None:
    with pytest.raises(ChildFault, match="product ended with code"):
        measure(Plan(-1, 1), print)
