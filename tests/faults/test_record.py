"""The record says what was run, and nothing else."""

import re
from dataclasses import replace
from pathlib import Path

from tests.faults.kinds import KINDS
from tests.faults.record import Record, Versions, page
from tests.faults.trial import Outcome

GOOD = Outcome("worker-killed", "cluster", 1, 80, 0, 0, 0, (0.5, 1.5, 0.7), 9.0, (), ("a note",))
BAD = replace(GOOD, seed=2, lost=1, wrong=("lost: voting 1, c0001 is not saved",))
COMMITTED = Versions("0123456789", "abcdef0123")


def test_there_are_enough_kinds_and_no_name_is_part_of_nothing() -> None:
    assert len(KINDS) >= 25
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert 6 <= sum(kind.is_short for kind in KINDS) <= 8


def test_an_interrupted_run_goes_on_after_what_was_good(tmp_path: Path) -> None:
    record = Record(tmp_path / "var" / "lines.jsonl", COMMITTED)

    record.add(GOOD)
    record.add(BAD)

    assert record.has_good(GOOD.kind, 1)
    assert not record.has_good(BAD.kind, 2)
    assert not record.has_good(GOOD.kind, 3)


def test_one_seed_again_is_always_run(tmp_path: Path) -> None:
    record = Record(tmp_path / "lines.jsonl", COMMITTED, is_resumed=False)

    record.add(GOOD)

    assert not record.has_good(GOOD.kind, 1)


def test_lines_of_another_commit_or_another_judge_are_kept_apart(tmp_path: Path) -> None:
    for versions in (replace(COMMITTED, product="a"), replace(COMMITTED, judges="b")):
        Record(tmp_path / "lines.jsonl", versions).add(GOOD)
    record = Record(tmp_path / "lines.jsonl", COMMITTED)
    record.add(replace(GOOD, seed=2))

    text = page(KINDS, record, 2)

    assert not record.has_good(GOOD.kind, 1)
    assert "other commits or judges, kept apart and not on this page: 2" in text
    assert f"1 kinds of {len(KINDS)} run, 1 trials" in text


def test_each_kind_tells_by_what_it_was_tried_and_how_others_failed(tmp_path: Path) -> None:
    path, older = tmp_path / "lines.jsonl", replace(COMMITTED, judges="b")
    Record(path, older).add(BAD)
    Record(path, older).add(replace(GOOD, kind="worker-frozen"))
    record = Record(path, COMMITTED)
    record.add(replace(GOOD, seed=2))

    text = page(KINDS, record, 2)

    line = next(line for line in text.splitlines() if line.startswith("| `worker-killed`"))
    assert "| 1 | 1 | 80 | 0 | 0 | 0 |" in line
    assert (
        "**1 of 1 failed before (product 0123456789, judges b): lost: voting 1, c0001 is not saved**" in line
    )
    assert "lot 1: product 0123456789, judges abcdef0123; 1 kinds, 1 trials" in text
    assert "lot 2: product 0123456789, judges b; 1 kinds, 1 trials" in text
    assert f"2 kinds of {len(KINDS)} run, 2 trials: 160 acknowledged votes, 0 lost" in text


def test_what_no_commit_holds_is_tried_again_and_said_so(tmp_path: Path) -> None:
    record = Record(tmp_path / "lines.jsonl", replace(COMMITTED, product="0123456789+"))

    record.add(GOOD)

    assert not record.has_good(GOOD.kind, 1)
    assert "files differed from that commit" in page(KINDS, record, 2)


def test_the_versions_of_this_tree_are_commits() -> None:
    versions = Versions.of_this_tree()

    assert all(re.fullmatch(r"[0-9a-f]{10,}\+?", name) for name in (versions.product, versions.judges))


def test_the_page_sums_up_and_hides_no_failure(tmp_path: Path) -> None:
    record = Record(tmp_path / "lines.jsonl", COMMITTED)
    record.add(GOOD)
    record.add(BAD)

    text = page(KINDS, record, 2)

    line = next(line for line in text.splitlines() if line.startswith("| `worker-killed`"))
    assert (
        "| 2 | 160 | 1 | 0 | 0 | 0.7 / 1.5 | **seed 2: lost: voting 1, c0001 is not saved**; a note |" in line
    )
    assert f"1 kinds of {len(KINDS)} run, 2 trials: 160 acknowledged votes, 1 lost" in text
    assert "p50 0.7 s, p99 1.5 s, max 1.5 s of 6 answers" in text


def test_a_good_run_does_not_hide_the_failure_before_it(tmp_path: Path) -> None:
    record = Record(tmp_path / "lines.jsonl", COMMITTED)
    record.add(BAD)
    record.add(replace(GOOD, seed=2))

    text = page(KINDS, record, 2)

    assert "| 1 | 80 | 0 | 0 | 0 |" in text
    assert re.search(
        r"\*\*failed earlier, seed 2 at \S+Z: lost: voting 1, c0001 is not saved\*\*; a note", text
    )
    assert "tried again later, not summed above: 1" in text


def test_what_was_not_run_says_so() -> None:
    lines = [line for line in page(KINDS, Record(None, COMMITTED), 2).splitlines() if line.startswith("| `")]

    assert len(lines) == len(KINDS)
    assert all("| | 0 | | | | | | not run" in line for line in lines)
