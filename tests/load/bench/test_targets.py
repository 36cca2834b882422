from collections import Counter

from load.bench.peers import FLOOR
from load.bench.targets import FANOUT, Reached, reached
from load.checker import Verdict
from load.figures import Burst, Server, Spread, Storm, Times
from load.report import Report
from tests.load.bench.test_tables import fanout_round, result

SCENARIO = "load-embedded"


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


def test_the_keys_of_a_meeting_are_those_that_the_harness_writes() -> None:
    spread = Spread(9, 1.0, 2.0, 51.0, 60.0)
    checker = Verdict(findings=(), ballots=9, unknown=0, unknown_resolved=0, receipts_verified=9)
    report = Report(
        seed=1,
        participants=9,
        joined=9,
        fallback=0,
        votings=1,
        ended=True,
        duration_s=1.0,
        commands=Counter(),
        refusals=Counter(),
        put_offs=Counter(),
        connections=9,
        turned_away=0,
        times=Times(spread, None, None, spread, None, None, {}),
        burst=Burst(9, 1.0, Spread(9, 1.0, 2.0, 3.0, 4.0), spread),
        storm=Storm(9, 1.5, 0, 0),
        server=Server(1.0, 1.0, 41.0, 60.0, 5.0, 1),
        client_cpu_s=1.0,
        checker=checker,
    )

    scenario = [each for each in reached({SCENARIO: report.to_json()}) if each.value is not None]

    assert [each.value for each in scenario] == [0.051, 51.0, 4.0, 60.0, 1.5, 5.0, 41.0, 0, 0, 0, 0.0]
    assert [each.verdict for each in scenario].count("missed") == 2


def test_a_meeting_without_figures_is_not_measured() -> None:
    bare = {"milliseconds": {"join": None}, "burst": None, "server": {}, "checker": {}, "failed": True}

    found = [each for each in reached({SCENARIO: bare}) if each.value is not None]

    assert [(each.what, each.verdict) for each in found] == [("the same: failed as a whole", "missed")]
