"""The record says what was run, and nothing else."""

from dataclasses import replace
from pathlib import Path

from tests.faults.kinds import KINDS
from tests.faults.record import Record, commit, page
from tests.faults.trial import Outcome

GOOD = Outcome("worker-killed", "cluster", 1, 80, 0, 0, 0, (0.5, 1.5, 0.7), 9.0, (), ("a note",))
BAD = replace(GOOD, seed=2, lost=1, wrong=("lost: voting 1, c0001 is not saved",))
KIND = next(kind for kind in KINDS if kind.name == GOOD.kind)


def test_there_are_enough_kinds_and_no_name_is_part_of_nothing() -> None:
    assert len(KINDS) >= 25
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert 6 <= sum(kind.is_short for kind in KINDS) <= 8


def test_an_interrupted_run_goes_on_after_what_was_good(tmp_path: Path) -> None:
    record = Record(tmp_path / "var" / "lines.jsonl")

    record.add(GOOD)
    record.add(BAD)

    assert record.has_good(GOOD.kind, 1)
    assert not record.has_good(BAD.kind, 2)
    assert not record.has_good(GOOD.kind, 3)


def test_one_seed_again_is_always_run(tmp_path: Path) -> None:
    record = Record(tmp_path / "lines.jsonl", is_resumed=False)

    record.add(GOOD)

    assert not record.has_good(GOOD.kind, 1)


def test_the_page_sums_up_and_hides_no_failure(tmp_path: Path) -> None:
    record = Record(tmp_path / "lines.jsonl")
    record.add(GOOD)
    record.add(BAD)

    text = page(KINDS, record.lines())

    line = next(line for line in text.splitlines() if line.startswith("| `worker-killed`"))
    assert (
        f"| {commit()} | 2 | 160 | 1 | 0 | 0 | 0.7 / 1.5 | **seed 2: lost: voting 1, c0001 is not saved**; a note |"
        in line
    )
    assert f"1 kinds of {len(KINDS)} run, 2 trials: 160 acknowledged votes, 1 lost" in text
    assert "p50 0.7 s, p99 1.5 s, max 1.5 s of 6 answers" in text


def test_a_good_run_does_not_hide_the_failure_before_it(tmp_path: Path) -> None:
    record = Record(tmp_path / "lines.jsonl")
    record.add(BAD)
    record.add(replace(GOOD, seed=2))

    text = page(KINDS, record.lines())

    assert "| 1 | 80 | 0 | 0 | 0 |" in text
    assert f"**failed earlier, seed 2 at {commit()}: lost: voting 1, c0001 is not saved**; a note" in text
    assert "tried again later, not summed above: 1" in text


def test_what_was_not_run_says_so() -> None:
    lines = [line for line in page(KINDS, []).splitlines() if line.startswith("| `")]

    assert len(lines) == len(KINDS)
    assert all("| | 0 | | | | | | not run" in line for line in lines)
