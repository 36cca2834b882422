"""Inputs to and from the JSON names of golden files."""

from fractions import Fraction
from typing import Any

import pytest

from tally import (
    Attendance,
    Ballot,
    MeetingContext,
    Question,
    RegisterLine,
    TallyError,
    from_json,
    to_json,
)
from tally.shape import list_at, object_at
from tests.tally.tally_builders import a_committee, a_question

EVERY_FIELD: list[Any] = [
    Question("q", "t", "threshold", ("a", "b"), ("c",), 3, (2, 3), "present", False, True, "ст. 1"),
    a_question(),
    a_committee(),
    MeetingContext("liquidation", "mixed", True, 1_773_165_600_000_000),
    MeetingContext("observation"),
    RegisterLine("A", 1, 2, 3, 4, 5, 6, True, True, ("general",)),
    RegisterLine("A", 10**18),
    Attendance("rep", ("A", "B"), False),
    Attendance("guest"),
    Ballot("A", ("for",), {"x": 5}, False, True, "rep", 17),
    Ballot("A"),
]


@pytest.mark.parametrize("value", EVERY_FIELD, ids=lambda value: type(value).__name__)
def test_what_is_written_reads_back_the_same(value: Any) -> None:
    assert from_json(type(value), to_json(value)) == value


def test_json_has_the_names_of_golden_files() -> None:
    assert to_json(Question("q", "t", "threshold", threshold=(6, 8)))["threshold"] == "6/8"
    assert to_json(a_question())["threshold"] is None
    assert to_json(Fraction(3, 6)) == "1/2"
    assert to_json({"a": (1, "b", None, True)}) == {"a": [1, "b", None, True]}
    assert to_json(Ballot("A", ("for",))) == {
        "creditor": "A",
        "choices": ["for"],
        "distribution": None,
        "signed": True,
        "corrected": False,
        "signer": None,
        "received_at": None,
    }


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (17, 17),
        ("1970-01-01T00:00:00", 0),
        ("1970-01-01T00:00:01.000002", 1_000_002),
        ("1970-01-01T03:00:00+03:00", 0),
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("2026-03-10T18:00:00", 1_773_165_600_000_000),
        (None, None),
    ],
)
def test_a_moment_is_microseconds_or_iso_and_without_a_zone_utc(written: object, moment: int | None) -> None:
    read = from_json(Ballot, {"creditor": "A", "received_at": written}).received_at

    assert read == moment
    assert type(read) is type(moment)
    assert from_json(MeetingContext, {"procedure": "p", "deadline": written}).deadline == moment


def test_keys_for_people_are_not_looked_at() -> None:
    line = from_json(RegisterLine, {"id": "A", "claim_kopecks": 1, "name": "ООО", "note": 5})

    assert line == RegisterLine("A", 1)


def test_amounts_are_left_to_the_count() -> None:
    assert from_json(RegisterLine, {"id": "A", "claim_kopecks": 1.5}).claim_kopecks == 1.5
    assert str(from_json(Question, {"id": "q", "topic": "t", "rule": "r", "seats": "three"}).seats) == "three"


@pytest.mark.parametrize(
    ("kind", "value", "detail"),
    [
        (RegisterLine, [], "RegisterLine is not an object"),
        (RegisterLine, {"id": "A"}, "RegisterLine has no claim_kopecks"),
        (RegisterLine, {}, "RegisterLine has no claim_kopecks"),
        (RegisterLine, {"claim_kopecks": 1}, "RegisterLine has no id"),
        (
            RegisterLine,
            {"id": "A", "claim_kopecks": 1, "secured": 1},
            "RegisterLine has an unknown key secured",
        ),
        (RegisterLine, {"z": 1, "b": 1}, "RegisterLine has an unknown key b"),
        (RegisterLine, {"id": 1, "claim_kopecks": 1}, "RegisterLine.id is not a text"),
        (RegisterLine, {"id": "A", "claim_kopecks": 1, "late": 1}, "RegisterLine.late is not true or false"),
        (
            RegisterLine,
            {"id": "A", "claim_kopecks": 1, "order": True},
            "RegisterLine.order is not a whole number",
        ),
        (
            RegisterLine,
            {"id": "A", "claim_kopecks": 1, "restricted_topics": "general"},
            "RegisterLine.restricted_topics is not a list",
        ),
        (Attendance, {"creditors": []}, "Attendance has no participant"),
        (Attendance, {"participant": "p", "creditors": [1]}, "Attendance.creditors is not a text"),
        (Ballot, {"choices": []}, "Ballot has no creditor"),
        (Ballot, {"creditor": "A", "distribution": []}, "Ballot.distribution is not an object"),
        (Ballot, {"creditor": "A", "received_at": "noon"}, "Ballot.received_at is not a time"),
        (Ballot, {"creditor": "A", "received_at": 1.5}, "Ballot.received_at is not a text"),
        (Ballot, {"creditor": "A", "signed": None}, "Ballot.signed is not true or false"),
        (MeetingContext, {}, "MeetingContext has no procedure"),
        (MeetingContext, {"procedure": "p", "form": None}, "MeetingContext.form is not a text"),
        (MeetingContext, {"procedure": "p", "deadline": True}, "MeetingContext.deadline is not a text"),
        (Question, {"id": "q", "topic": "t", "rule": None}, "Question.rule is not a text"),
        (Question, {"id": "q", "topic": "t", "rule": "r", "base": 1}, "Question.base is not a text"),
        (Question, {"id": "q", "topic": "t"}, "Question has no rule"),
        (Question, {"id": "q", "rule": "r"}, "Question has no topic"),
        (Question, {"topic": "t", "rule": "r"}, "Question has no id"),
        (
            Question,
            {"id": "q", "topic": "t", "rule": "r", "threshold": 0.75},
            "Question.threshold is not a text",
        ),
    ],
)
def test_another_shape_is_refused_with_the_place(kind: Any, value: Any, detail: str) -> None:
    with pytest.raises(TallyError) as refused:
        from_json(kind, value)

    assert (refused.value.code, refused.value.detail) == ("malformed", detail)


@pytest.mark.parametrize("threshold", ["3", "3/4/5", "-3/4", "3/ 4", "a/b", "²/4", ""])
def test_a_threshold_is_two_numbers_with_a_stroke(threshold: str) -> None:
    with pytest.raises(TallyError) as refused:
        from_json(Question, {"id": "q", "topic": "t", "rule": "r", "threshold": threshold}, "agenda[2]")

    assert (refused.value.code, refused.value.detail) == ("bad_threshold", "agenda[2].threshold is not a/b")


def test_objects_and_lists_are_themselves() -> None:
    assert object_at({"a": 1}, "here") == {"a": 1}
    assert list_at([1], "here") == [1]
