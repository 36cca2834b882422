from load.bench.peers import FLOOR
from load.bench.targets import FANOUT, SCENARIO, Reached, reached
from tests.load.bench.test_tables import fanout_round, result


def test_a_target_is_reached_missed_or_not_measured() -> None:
    verdicts = [Reached("", 1.5, "", value).verdict for value in (1.5, 1.51, None)]

    assert verdicts == ["reached", "missed", "not measured"]


def test_without_any_record_every_target_is_listed_as_not_measured() -> None:
    found = list(reached({}))

    assert len(found) > 20
    assert {each.verdict for each in found} == {"not measured"}


def test_the_ratio_to_the_floor_is_read_from_the_record_of_a_thousand() -> None:
    rounds = [fanout_round("kvorum", 1.2), fanout_round(FLOOR, 1.0)]

    first = next(iter(reached({FANOUT: result(rounds)})))

    assert (first.value, first.verdict) == (1.2, "reached")


def test_the_scenario_of_the_harness_is_read_as_far_as_it_tells() -> None:
    found = {each.what: each for each in reached({SCENARIO: {"server": {"loop_lag_p99_ms": 21.0}}})}

    assert found["a meeting of 1000: event-loop lag p99"].verdict == "missed"
    assert found["a meeting of 1000: lost"].verdict == "not measured"
