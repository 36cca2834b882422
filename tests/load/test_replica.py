"""The client's map: the rules of the view protocol, and what a wrong rule does."""

from random import Random
from typing import Any

import pytest

from load.checker import Maps, Witness, check
from load.counted import Record
from load.replica import Part, Replica, Step
from load.wire import Sync

EPOCH = b"epoch--1"


def a_patch(
    since: int, at: int, changes: dict[str, Any] | None = None, gone: tuple[str, ...] = (), full: bool = False
) -> Sync:
    return Sync("view", "all/1", EPOCH, since, at, at.to_bytes(8, "big"), changes or {}, gone, full)


def a_part(at: int, **values: Any) -> Part:
    part = Part()
    part.take(a_patch(0, at, values, full=True))
    return part


def test_a_full_map_replaces_whatever_was_there() -> None:
    part = a_part(9, old=1)

    step = part.take(a_patch(0, 4, {"new": 2}, full=True))

    assert (step, part.values) == (Step.REPLACED, {"new": 2})
    assert part.position is not None
    assert part.position.at == 4


@pytest.mark.parametrize("since", [3, 5])
def test_a_patch_from_here_or_earlier_is_applied_whole(since: int) -> None:
    part = a_part(5, a=1, b=1)

    step = part.take(a_patch(since, 8, {"a": 2}, gone=("b",)))

    assert (step, part.values) == (Step.APPLIED, {"a": 2})


def test_a_patch_to_the_past_changes_nothing() -> None:
    part = a_part(5, a=1)

    step = part.take(a_patch(3, 5, {"a": 0}))

    assert (step, part.values) == (Step.REPEATED, {"a": 1})


def test_a_patch_that_begins_later_is_a_gap() -> None:
    part = a_part(5, a=1)

    step = part.take(a_patch(6, 8, {"a": 2}))

    assert (step, part.values) == (Step.GAP, {"a": 1})


def test_a_patch_of_another_epoch_or_view_is_not_applied() -> None:
    part = a_part(5, a=1)

    steps = [
        part.take(Sync("view", "all/2", EPOCH, 5, 6, b"", {"a": 2})),
        part.take(Sync("view", "all/1", b"epoch--2", 5, 6, b"", {"a": 2})),
    ]

    assert steps == [Step.ANOTHER, Step.ANOTHER]
    assert part.values == {"a": 1}


def test_a_hello_says_what_both_parts_hold() -> None:
    replica = Replica()
    replica.take(a_patch(0, 5, full=True))
    assert replica.have() is None

    replica.take(Sync("me", "all/1", EPOCH, 0, 4, b"me-mark-", {}, full=True))

    have = replica.have()
    assert have is not None
    assert (have.at, have.me_at, have.me_mark) == (5, 4, b"me-mark-")


class _OnlyExactlyHere(Part):
    """The planted fault: a patch is applied only when it begins exactly at the own position."""

    def _judge(self, patch: Sync) -> Step:
        step = super()._judge(patch)
        is_elsewhere = self.position is not None and patch.since != self.position.at
        return Step.REPEATED if step is Step.APPLIED and is_elsewhere else step


def _histories_ending_stale(kind: type[Part]) -> int:
    """Clients that join between flushes: the joining map is fresher than where the next shared patch begins."""
    stale = 0
    for seed in range(100):
        rng, truth, part = Random(seed), {"a": 0}, kind()
        flushed = joined = 0
        for at in range(1, 12):
            truth["a"] = at
            if not joined and rng.random() < 0.3:
                joined = at
                part.take(a_patch(0, at, truth, full=True))
            if rng.random() < 0.4 or at == 11:
                if joined:
                    part.take(a_patch(flushed, at, truth))
                flushed = at
        fresh = Maps(dict(truth), {})
        witness = Witness("p1", (), Maps(part.values, {}), fresh)
        stale += bool(joined) and check((witness,), Record({}, {}, {}, {}, {})).count("stale") == 1
    return stale


def test_the_checker_sees_clients_stranded_by_a_wrong_rule_and_none_by_ours() -> None:
    assert _histories_ending_stale(Part) == 0
    assert _histories_ending_stale(_OnlyExactlyHere) > 20
