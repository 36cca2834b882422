"""Cases: one exported question or packet in JSON."""

from dataclasses import replace
from typing import Any

import pytest

from tally import PROFILE, MeetingContext, RegisterLine, TallyError
from tally.case import count_case, read_case
from tally.profile import Threshold

QUESTION: dict[str, Any] = {
    "id": "c1",
    "procedure": "liquidation",
    "form": "absentee",
    "repeated": True,
    "deadline": 9,
    "question": {"topic": "general", "rule": "simple_present"},
    "register": [{"id": "A", "claim_kopecks": 100}],
    "attendance": [{"participant": "rep", "creditors": ["A"]}],
    "ballots": [{"creditor": "A", "choices": ["for"]}],
}
NODE: dict[str, Any] = {
    "id": "root",
    "question": {"topic": "general", "rule": "simple_present"},
    "ballots": [{"creditor": "A", "choices": ["for"]}],
}
PACKET: dict[str, Any] = {
    "id": "c2",
    "procedure": "liquidation",
    "packet": {
        **NODE,
        "nested": [
            {**NODE, "id": "1", "register": [{"id": "A", "claim_kopecks": 7}]},
            {**NODE, "id": "2", "attendance": []},
        ],
    },
    "register": [{"id": "A", "claim_kopecks": 100}],
    "attendance": [{"participant": "A", "creditors": ["A"]}],
}


def without(case: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in case.items() if name != key}


def test_a_question_is_read_with_its_meeting() -> None:
    case = read_case(QUESTION)

    assert (case.id, case.is_packet, case.checksum) == ("c1", False, None)
    assert case.context == MeetingContext("liquidation", "absentee", True, 9)
    assert case.register == (RegisterLine("A", 100),)
    assert case.attendance[0].creditors == ("A",)
    assert case.asked.question.id == "c1"
    assert {code: result.outcome for code, result in count_case(case).items()} == {"c1": "adopted"}


def test_a_packet_is_read_as_a_tree_with_its_snapshots() -> None:
    case = read_case(PACKET)
    results = count_case(case)

    assert (case.id, case.is_packet) == ("c2", True)
    assert {code: result.outcome for code, result in results.items()} == {
        "root": "adopted",
        "1": "adopted",
        "2": "no_quorum",
    }
    assert results["root"].denominator_kopecks == 100
    assert results["1"].denominator_kopecks == 7


def test_a_case_may_be_counted_by_another_profile() -> None:
    strict = replace(
        PROFILE, version="strict", quorum_first=replace(PROFILE.quorum_first, threshold=Threshold(1, 1))
    )

    results = {
        **count_case(read_case({**QUESTION, "repeated": False}), strict),
        **count_case(read_case(PACKET), strict),
    }

    assert {code: (result.profile_version, result.outcome) for code, result in results.items()} == {
        "c1": ("strict", "no_quorum"),
        "root": ("strict", "no_quorum"),
        "1": ("strict", "not_put_to_vote"),
        "2": ("strict", "not_put_to_vote"),
    }


def test_a_question_may_bring_its_own_id_and_a_case_may_have_none() -> None:
    case = without({**QUESTION, "question": {**QUESTION["question"], "id": "4.1"}}, "id")

    results = count_case(read_case(case))

    assert {code: result.question for code, result in results.items()} == {"case": "4.1"}


def test_what_a_case_does_not_need_it_may_leave_out() -> None:
    bare = without(without(without(without(QUESTION, "attendance"), "ballots"), "form"), "repeated")

    case = read_case(without(bare, "deadline"))

    assert case.context == MeetingContext("liquidation")
    assert (case.attendance, case.asked.ballots, case.asked.nested) == ((), (), ())
    assert case.asked.register is None


def test_a_case_may_carry_other_keys_for_its_readers() -> None:
    assert read_case({**QUESTION, "law": "127-ФЗ", "expected": {}}) == read_case(QUESTION)


@pytest.mark.parametrize(
    ("case", "detail"),
    [
        ([], "the case is not an object"),
        ({**QUESTION, "id": 5}, "id is not a text"),
        (without(QUESTION, "procedure"), "the case has no procedure"),
        (without(QUESTION, "question"), "the case needs a question or a packet"),
        ({**QUESTION, "packet": NODE}, "the case needs a question or a packet"),
        ({**QUESTION, "question": "general"}, "question is not an object"),
        ({**QUESTION, "generator": 5}, "generator is not an object"),
        ({**QUESTION, "question": {"topic": "general"}}, "question has no rule"),
        (without(QUESTION, "register"), "case.register is not a list"),
        ({**QUESTION, "register": [{"id": "A", "claim_kopecks": 1}, 5]}, "case.register[1] is not an object"),
        ({**QUESTION, "attendance": {}}, "case.attendance is not a list"),
        ({**QUESTION, "attendance": [{}]}, "case.attendance[0] has no participant"),
        ({**QUESTION, "ballots": None}, "ballots is not a list"),
        ({**QUESTION, "ballots": [{"creditor": "A"}, {}]}, "ballots[1] has no creditor"),
        ({**PACKET, "packet": []}, "packet is not an object"),
        ({**PACKET, "packet": without(NODE, "id")}, "packet.id is not a text"),
        ({**PACKET, "packet": without(NODE, "question")}, "packet.question is not an object"),
        ({**PACKET, "packet": {**NODE, "ballots": 1}}, "packet.ballots is not a list"),
        ({**PACKET, "packet": {**NODE, "register": 1}}, "packet.register is not a list"),
        ({**PACKET, "packet": {**NODE, "attendance": 1}}, "packet.attendance is not a list"),
        ({**PACKET, "packet": {**NODE, "nested": 1}}, "packet.nested is not a list"),
        (
            {**PACKET, "packet": {**NODE, "nested": [without(NODE, "id")]}},
            "packet.nested[0].id is not a text",
        ),
        (without(PACKET, "register"), "case.register is not a list"),
    ],
)
def test_another_shape_is_refused_with_the_place(case: Any, detail: str) -> None:
    with pytest.raises(TallyError) as refused:
        read_case(case)

    assert (refused.value.code, refused.value.detail) == ("malformed", detail)


def nested_to(depth: int) -> dict[str, Any]:
    node = {**NODE, "id": str(depth)}
    for level in range(depth - 1, 0, -1):
        node = {**NODE, "id": str(level), "nested": [node]}
    return {**PACKET, "packet": node}


def test_a_packet_is_at_most_twenty_deep() -> None:
    assert len(count_case(read_case(nested_to(20)))) == 20
    with pytest.raises(TallyError, match="malformed: a packet is deeper than 20"):
        read_case(nested_to(21))
