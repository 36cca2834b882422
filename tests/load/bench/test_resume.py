"""Ten clients for real: who comes for the first time gets full maps, who comes back gets patches."""

import sys

import pytest

from load.bench import resume
from load.bench.resume import Plan

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="needs epoll and /proc"),
]


def test_a_join_brings_full_maps_and_a_resume_brings_patches() -> None:
    join, again = resume.measure(Plan(10, 1, 1), lambda line: None)

    assert (join.storm, join.full_maps, join.patches, join.in_step) == ("join", 10, 0, 10)
    assert (again.storm, again.full_maps, again.patches, again.in_step) == ("resume", 0, 10, 10)
