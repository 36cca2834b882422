"""The runner of golden cases finds every planted difference and names it."""

from copy import deepcopy
from typing import Any

import pytest

from tally import TallyError
from tally.golden import Report, differences, run

GOOD: dict[str, Any] = {
    "id": "g1",
    "procedure": "liquidation",
    "question": {"topic": "general", "rule": "simple_present"},
    "register": [{"id": "A", "claim_kopecks": 70}, {"id": "B", "claim_kopecks": 30}],
    "attendance": [{"participant": "rep", "creditors": ["A", "B"]}],
    "ballots": [{"creditor": "A", "choices": ["for"]}],
    "expected": {
        "quorum": {"held": True, "share": "1/1"},
        "totals": {"for": 70, "not_submitted": 30},
        "share_for": "7/10",
        "adopted": True,
        "why": "за 70 из 100",
    },
}
PACKET: dict[str, Any] = {
    **{key: GOOD[key] for key in ("procedure", "register", "attendance")},
    "id": "g2",
    "packet": {
        "id": "root",
        "question": GOOD["question"],
        "ballots": [],
        "nested": [{"id": "n", "question": GOOD["question"], "ballots": GOOD["ballots"]}],
    },
    "expected": {"packet": {"root": {"adopted": False}, "n": {"outcome": "not_put_to_vote"}}},
}
FAULTY: dict[str, Any] = {
    **GOOD,
    "id": "g3",
    "register": [{"id": "A", "claim_kopecks": 1.5}],
    "expected": {"error": "not_integer_kopecks", "why": "дробь"},
}


def planted(case: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The case with another value expected at a dotted path."""
    copy = deepcopy(case)
    *folders, last = path.split(".")
    place = copy["expected"]
    for folder in folders:
        place = place[folder]
    place[last] = value
    return copy


@pytest.mark.parametrize("case", [GOOD, PACKET, FAULTY], ids=lambda case: case["id"])
def test_a_right_case_has_no_differences(case: dict[str, Any]) -> None:
    assert differences(case) == ()


@pytest.mark.parametrize(
    ("case", "difference"),
    [
        (planted(GOOD, "adopted", False), "adopted: expected false, counted true"),
        (planted(GOOD, "adopted", 1), "adopted: expected 1, counted true"),
        (planted(GOOD, "totals.for", 71), "totals.for: expected 71, counted 70"),
        (planted(GOOD, "totals", None), 'totals: expected null, counted {"abstain":0,"against":0,"for":70,"invalid":0,"not_submitted":30}'),
        (planted(GOOD, "quorum.share", "1/2"), 'quorum.share: expected "1/2", counted "1/1"'),
        (planted(GOOD, "adoptd", True), 'adoptd: expected true, counted "<no such field>"'),
        (planted(GOOD, "error", "unknown_rule"), 'error: expected "unknown_rule", counted "<no such field>"'),
        (planted(PACKET, "packet.n.outcome", "adopted"), 'packet.n.outcome: expected "adopted", counted "not_put_to_vote"'),
        (planted(FAULTY, "error", "negative_amount"), 'error: expected "negative_amount", counted "not_integer_kopecks"'),
        ({**GOOD, "expected": {"why": "нечего"}}, "the case expects nothing"),
        ({**GOOD, "expected": {}}, "the case expects nothing"),
        ({**GOOD, "expected": []}, "the case expects nothing"),
        ({key: GOOD[key] for key in GOOD if key != "expected"}, "the case expects nothing"),
    ],
)  # fmt: skip
def test_a_planted_difference_is_named(case: dict[str, Any], difference: str) -> None:
    assert differences(case) == (difference,)


def test_every_difference_is_named() -> None:
    case = planted(planted(GOOD, "adopted", False), "totals.for", 1)

    assert differences(case) == (
        "totals.for: expected 1, counted 70",
        "adopted: expected false, counted true",
    )


def test_a_case_that_cannot_be_read_differs_by_its_error() -> None:
    case = planted({**GOOD, "register": 5}, "adopted", True)

    assert differences({**case, "expected": {"adopted": True, "detail": None}}) == (
        'adopted: expected true, counted "<no such field>"',
        'detail: expected null, counted "case.register is not a list"',
    )


def test_a_wrong_check_of_a_generated_register_is_named() -> None:
    numbers = {"n": 2, "mul": 1, "add": 0, "mod": 10, "pen_div": 2, "per_rep": 1, "pattern": ["for"]}
    case = {
        **{key: GOOD[key] for key in ("id", "procedure", "question")},
        "generator": numbers,
        "expected": {"adopted": False},
    }
    check = {"creditors": 3, "claims_sum_kopecks": 305}

    assert differences(case) == ("adopted: expected false, counted true",)
    assert differences({**case, "generator_check": check}) == (
        "adopted: expected false, counted true",
        "generator_check.creditors: expected 3, counted 2",
    )


def test_a_file_is_run_case_by_case() -> None:
    wrong = planted(GOOD, "adopted", False)

    assert run({"format": 1, "cases": [GOOD, PACKET, FAULTY]}) == Report(3, ())
    assert run({"format": 1, "cases": [wrong, PACKET]}) == Report(
        2, ("g1: adopted: expected false, counted true",)
    )


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        ([GOOD], "the file is not an object"),
        ({"cases": [GOOD]}, "the file is not of format 1"),
        ({"format": 2, "cases": [GOOD]}, "the file is not of format 1"),
        ({"format": 1}, "cases is not a list"),
        ({"format": 1, "cases": []}, "cases need different ids, and there must be one at least"),
        ({"format": 1, "cases": [5]}, "a case is not an object"),
        ({"format": 1, "cases": [GOOD, GOOD]}, "cases need different ids, and there must be one at least"),
        ({"format": 1, "cases": [{}]}, "cases need different ids, and there must be one at least"),
    ],
)
def test_another_file_is_refused(document: Any, detail: str) -> None:
    with pytest.raises(TallyError) as refused:
        run(document)

    assert (refused.value.code, refused.value.detail) == ("malformed", detail)
