from typing import Any

from load.bench.peers import FLOOR
from load.bench.tables import grids


def fanout_round(contender: str, cpu_us: float, lost: int = 0) -> dict[str, Any]:
    return {
        "contender": contender,
        "cpu_us_per_event": cpu_us * 10,
        "cpu_us_per_delivery": cpu_us,
        "last_p50_ms": cpu_us,
        "last_p99_ms": cpu_us,
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
