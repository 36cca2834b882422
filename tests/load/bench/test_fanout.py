"""The whole path for real, as small as it goes: a server of ours, the floor, twenty listeners."""

import os
import sys
from contextlib import ExitStack

import pytest

from load.bench import fanout, peers
from load.bench.crowd import Crowd
from load.bench.fanout import OURS, OURS_HUB, Plan
from load.bench.peers import FLOOR
from load.machine import tree_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs epoll and /proc")


def silence(line: str) -> None:
    pass


def test_twenty_listeners_of_ours_and_of_the_floor_lose_nothing_and_nothing_is_left_running() -> None:

    before = set(tree_of(os.getpid()))

    rounds = fanout.measure(Plan(20, 2, 3, 1, (FLOOR,)), silence)

    assert [each.contender for each in rounds] == [OURS, OURS_HUB, FLOOR] * 2
    assert all(each.lost == 0 for each in rounds)
    assert all(each.frame_bytes == rounds[0].frame_bytes for each in rounds)
    assert all(0 < each.last_p50_ms <= max(each.last_ms) for each in rounds)
    assert set(tree_of(os.getpid())) <= before


def test_a_peer_that_is_not_installed_is_left_out_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setitem(peers.NEEDS, "picows", "no_such_package")

    with ExitStack() as held, Crowd() as crowd:
        running = list(fanout.peers_of(Plan(2, 1, 1, 1, ("picows",)), held, crowd, 250, said.append))

    assert running == []
    assert "picows: left out" in said[0]
