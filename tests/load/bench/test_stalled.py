"""One reader of ten stops reading, for real: the others lose nothing."""

import sys

import pytest

from load.bench import stalled
from load.bench.stalled import Plan

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="needs epoll and /proc"),
]


def test_the_others_get_everything_beside_a_reader_who_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalled, "CLOSED_WITHIN_S", 0.1)

    without, with_one = stalled.measure(Plan(10, 1, 1, 3), lambda line: None)

    assert (without.stalled, with_one.stalled) == (0, 1)
    assert without.lost == with_one.lost == 0
    assert with_one.patch_bytes > 2_000
