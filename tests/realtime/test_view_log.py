"""P10: a patch from any of our flushes leads to the head, and patches add up."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.ports import Position
from realtime.view_log import TOMBSTONE_LIMIT, Patch, ViewLog

SHORT = settings(max_examples=300, deadline=None, derandomize=True)
Map = dict[str, Any]
maps = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 2), max_size=5)
jumps = st.lists(st.tuples(maps, st.integers(1, 5)), min_size=1, max_size=12)


def at(pos: int, epoch: bytes = b"epoch-01") -> Position:
    return Position(epoch, pos, pos.to_bytes(8, "big"))


def applied(view_map: Map, patch: Patch) -> Map:
    kept = {key: value for key, value in view_map.items() if key not in patch.deleted}
    return kept | patch.set


def flushed(history: list[tuple[Map, int]]) -> tuple[ViewLog, dict[int, Map]]:
    log, pos, maps_at = ViewLog("c/1", at(0), {}), 0, {0: Map()}
    for view_map, jump in history:
        pos += jump
        log.flush("c/1", at(pos), view_map)
        maps_at[pos] = view_map
    return log, maps_at


@SHORT
@given(jumps)
def test_the_patch_from_any_flush_leads_to_the_head(history: list[tuple[Map, int]]) -> None:
    log, maps_at = flushed(history)

    for pos, view_map in maps_at.items():
        assert log.knows(pos, at(pos).mark)
        assert applied(view_map, log.since(pos)) == log.map


@SHORT
@given(jumps, st.integers(0, 11))
def test_two_patches_one_after_another_are_as_good_as_one(history: list[tuple[Map, int]], cut: int) -> None:
    cut = min(cut, len(history))
    early, _ = flushed(history[:cut])
    late, _ = flushed(history)

    step_by_step = applied(applied({}, early.since(0)), late.since(early.position.at))

    assert step_by_step == applied({}, late.since(0)) == late.map


def test_an_older_position_than_the_first_flush_is_not_known() -> None:
    log = ViewLog("c/1", at(10), {"a": 1})

    assert not log.knows(9, at(9).mark)
    assert log.knows(10, at(10).mark)


def test_the_same_position_with_another_mark_is_not_known() -> None:
    log = ViewLog("c/1", at(10), {"a": 1})

    assert not log.knows(10, b"forged!!")


def test_a_new_lineage_a_new_view_and_a_step_back_begin_from_nothing() -> None:
    log = ViewLog("c/1", at(10), {"a": 1})

    assert not log.flush("c/1", at(11, b"epoch-02"), {"a": 2})
    assert not log.flush("c/2", at(12, b"epoch-02"), {"a": 3})
    assert not log.flush("c/2", at(5, b"epoch-02"), {"a": 4})
    assert log.map == {"a": 4}
    assert log.horizon == 5


def test_deletions_are_forgotten_after_the_limit_and_the_horizon_moves() -> None:
    log = ViewLog("c/1", at(0), {"a": 1, "b": 1})
    log.flush("c/1", at(1), {"b": 1})
    log.flush("c/1", at(2), {"b": 2})

    log.flush("c/1", at(TOMBSTONE_LIMIT + 2), {"b": 3})

    assert log.horizon == 2
    assert not log.knows(1, at(1).mark)
    assert log.since(2).deleted == []
    assert log.since(2).set == {"b": 3}
