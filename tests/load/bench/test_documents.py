"""The benchmark of documents: it starts the real renderer, and compares ballots with ballots."""

from dataclasses import asdict

from load.bench.documents import by_ballot, cpu_ratios, measure
from load.bench.tables import grids
from load.bench.turns import Plan


def test_both_contenders_run_in_turn_and_are_compared_by_ballot() -> None:
    said: list[str] = []

    rounds = [asdict(each) for each in measure(Plan(20, 1), said.append)]

    assert [(each["contender"], each["count"]) for each in rounds] == [("product", 20), ("cold", 2)]
    assert all(each["cpu_s"] > 0 for each in rounds)
    (grid,) = grids({"benchmark": "documents", "options": {"rounds": 1}, "rounds": rounds})
    assert [row[0] for row in grid.rows] == ["product", "cold"]
    assert said == ["round 1 of 1"]


def test_a_ratio_compares_one_ballot_with_one_ballot() -> None:
    rounds = [
        {"contender": "product", "count": 100, "cpu_s": 1.0},
        {"contender": "cold", "count": 10, "cpu_s": 0.2},
    ]

    assert by_ballot(rounds, "product", "cpu_s") == [10.0]
    assert cpu_ratios(rounds) == [0.5]
