from typing import Any

from load.bench.peers import FLOOR
from load.bench.tables import grids, scenario_grid


def fanout_round(contender: str, cpu_us: float, lost: int = 0) -> dict[str, Any]:
    return {
        "contender": contender,
        "cpu_us_per_event": cpu_us * 10,
        "cpu_us_per_delivery": cpu_us,
        "last_p50_ms": cpu_us,
        "last_ms": [cpu_us] * 5,
        "whole_p50_ms": cpu_us,
        "lost": lost,
        "kb_per_connection": 10.0,
        "frame_bytes": 250,
    }


def result(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    options = {"listeners": 10, "rounds": 2, "events": 5}
    return {"benchmark": "fanout", "options": options, "rounds": rounds}


def test_a_contender_is_compared_with_the_floor_of_the_same_round() -> None:
    quiet = [fanout_round("kvorum", 2.0), fanout_round(FLOOR, 1.0)]
    loud = [fanout_round("kvorum", 30.0), fanout_round(FLOOR, 10.0)]

    ours, floor = next(iter(grids(result(quiet + loud)))).rows

    assert ours[:3] == ("kvorum", "16.00 [2.00–30.00]", "2.50")
    assert floor[2] == "1.00"


def test_a_lost_delivery_of_any_round_is_shown() -> None:
    rounds = [fanout_round("kvorum", 1.0, lost=1), fanout_round("kvorum", 1.0, lost=2)]

    (row,) = next(iter(grids(result(rounds)))).rows

    assert row[-1] == "3"


def test_without_the_floor_there_is_no_ratio_and_no_failure() -> None:
    (row,) = next(iter(grids(result([fanout_round("kvorum", 1.0)])))).rows

    assert row[2] == "–"


def test_a_99th_percentile_is_that_of_the_events_of_all_rounds() -> None:
    rounds = [
        {**fanout_round("kvorum", 1.0), "last_ms": [1.0] * 99},
        {**fanout_round("kvorum", 1.0), "last_ms": [1.0] * 100 + [50.0]},
    ]

    (row,) = next(iter(grids(result(rounds)))).rows

    assert row[5] == "1.0"


def votes_round(contender: str, p99_ms: float) -> dict[str, Any]:
    names = (
        "sent_within_s",
        "receipt_p50_ms",
        "receipt_max_ms",
        "cpu_us_per_vote",
        "store_us_per_vote",
        "patches_a_second",
    )
    measured = dict.fromkeys(names, 1.0) | {"receipt_p99_ms": p99_ms, "missing": 0, "largest_patch_bytes": 9}
    return {"contender": contender, "engine": "sqlite", "window_s": 0.1, **measured}


def test_receipts_are_compared_with_those_of_naive_commits() -> None:
    options = {"participants": 3, "rounds": 1, "windows": [0.1], "engines": ["sqlite"]}
    rounds = [votes_round("naive", 100.0), votes_round("kvorum", 25.0)]

    (grid,) = grids({"benchmark": "votes", "options": options, "rounds": rounds})

    assert grid.title == "votes: 3 within 0.1 s on sqlite, 1 rounds"
    assert [row[4] for row in grid.rows] == ["1.00", "0.25"]


def test_storms_are_told_by_server_and_kind_and_unknown_builds_by_a_dash() -> None:
    names = (
        "came",
        "in_step_s",
        "tickets_s",
        "p50_ms",
        "p99_ms",
        "patches",
        "full_maps",
        "cpu_ms",
        "memory_mb",
    )
    storm = {
        "contender": "kvorum",
        "clients": 5,
        "in_step": 4,
        "view_builds": None,
        **dict.fromkeys(names, 2.0),
    }
    rounds = [{**storm, "storm": "join"}, {**storm, "storm": "resume"}]

    (grid,) = grids({"benchmark": "resume", "options": {"clients": 5, "rounds": 1}, "rounds": rounds})

    assert [row[1] for row in grid.rows] == ["join", "resume"]
    assert {row[9] for row in grid.rows} == {"–"}
    assert {row[-1] for row in grid.rows} == {"1"}


def test_a_meeting_is_told_by_its_spreads_and_by_the_number_of_what_has_no_time() -> None:
    spread = {"count": 3, "p50": 1.0, "p90": 2.0, "p99": 3.5, "max": 3.5}

    grid = scenario_grid({"milliseconds": {"join": spread, "resume": None, "acts": {}, "unanswered": 2}})

    assert [row[:2] for row in grid.rows] == [("join", "3"), ("unanswered", "2")]
    assert grid.rows[0][4] == "3.5"
