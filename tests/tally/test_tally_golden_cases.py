"""Every golden case, one test each; the numbers were worked out independently of this code."""

import json
from pathlib import Path
from typing import Any

import pytest

from tally.golden import differences

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))[
    "cases"
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_golden_case_is_counted_as_it_was_worked_out_by_hand(case: dict[str, Any]) -> None:
    assert differences(case) == ()


def test_all_the_golden_cases_are_here() -> None:
    assert [case["id"] for case in CASES] == [f"p{number:02d}" for number in range(1, 60)]
