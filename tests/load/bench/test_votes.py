"""Twenty voters for real: every vote has its receipt, from the product and from both yardsticks."""

import sys

import pytest

from load.bench import votes
from load.bench.votes import Plan

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="needs epoll and /proc"),
]


def test_every_vote_is_answered_by_naive_by_group_and_by_the_product() -> None:
    rounds = votes.measure(Plan(20, 1, (0.1,), ("sqlite",)), lambda line: None)

    assert [each.contender for each in rounds] == ["naive", "group", "kvorum"]
    assert all(each.missing == 0 for each in rounds)
    assert all(0 < each.receipt_p50_ms <= each.receipt_p99_ms <= each.receipt_max_ms for each in rounds)
    assert rounds[2].patches_a_second > 0
