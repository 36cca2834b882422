"""What the server tells of itself: histograms and counters by their text, or nothing."""

from load.http import Place
from load.metrics import Metrics, builds_between, lag_ms, parsed, read_metrics
from tests.load.fake_meeting import FakeMeeting, links, serving

TEXT = """# HELP kvorum_loop_lag_seconds Lag.
# TYPE kvorum_loop_lag_seconds histogram
kvorum_loop_lag_seconds_bucket{le="0.001"} 90.0
kvorum_loop_lag_seconds_bucket{le="0.02"} 99.0
kvorum_loop_lag_seconds_bucket{le="+Inf"} 100.0
kvorum_loop_lag_seconds_count 100.0
kvorum_view_builds_total{view_class="all"} 3.0
kvorum_view_builds_total{view_class="me"} 4.0
"""


def test_buckets_and_counters_are_read_and_summed_over_labels() -> None:
    metrics = parsed(TEXT)

    assert metrics.lag == {0.001: 90, 0.02: 99, float("inf"): 100}
    assert metrics.view_builds == 7


def test_the_percentile_is_of_the_samples_in_between() -> None:
    before = Metrics({0.001: 90, 0.02: 90, float("inf"): 90}, 3)

    assert lag_ms(Metrics(), parsed(TEXT)) == 20.0
    assert lag_ms(before, parsed(TEXT), percent=50) == 20.0
    assert lag_ms(before, parsed(TEXT), percent=95) == 20.0
    assert builds_between(before, parsed(TEXT)) == 4


def test_what_a_server_does_not_tell_is_unknown() -> None:
    assert lag_ms(Metrics(), Metrics()) is None
    assert builds_between(Metrics(), Metrics()) is None


async def test_a_server_without_metrics_has_none() -> None:
    async with serving(FakeMeeting(links(1), frozenset())) as url:
        assert await read_metrics(Place.of(url)) == Metrics()


async def test_nobody_at_home_has_none_either() -> None:
    assert await read_metrics(Place.of("http://127.0.0.1:9")) == Metrics()
