"""Packets: nested questions after an adopted parent (ГК РФ, art. 181.2 p. 2)."""

from dataclasses import replace

import pytest

from tally import Attendance, PacketNode, RegisterLine, TallyError, TallyResult, count_packet
from tests.tally.tally_builders import LIQUIDATION, a_question, a_register, everybody, marks

AB = a_register(A=60, B=40)
YES, NO = marks(A="for"), marks(A="against", B="for")


def a_node(code: str, adopted: bool, *nested: PacketNode, **snapshot: tuple[RegisterLine, ...]) -> PacketNode:
    question = replace(a_question(), id=code)
    return PacketNode(question, YES if adopted else NO, nested, **snapshot)  # type: ignore[arg-type]


def counted(packet: PacketNode) -> dict[str, TallyResult]:
    return count_packet(packet, LIQUIDATION, AB, everybody(AB))


def test_nested_questions_are_counted_after_an_adopted_parent_depth_first() -> None:
    packet = a_node("root", True, a_node("1", True, a_node("1.1", True)), a_node("2", False))

    results = counted(packet)

    assert [(code, result.outcome) for code, result in results.items()] == [
        ("root", "adopted"),
        ("1", "adopted"),
        ("1.1", "adopted"),
        ("2", "not_adopted"),
    ]


def test_a_failed_question_stops_its_children_and_not_its_siblings() -> None:
    packet = a_node(
        "root", True, a_node("1", False, a_node("1.1", True, a_node("1.1.1", True))), a_node("2", True)
    )

    results = counted(packet)

    assert [result.outcome for result in results.values()] == [
        "adopted",
        "not_adopted",
        "not_put_to_vote",
        "not_put_to_vote",
        "adopted",
    ]


def test_ballots_on_what_was_not_put_to_the_vote_are_not_even_looked_at() -> None:
    child = PacketNode(replace(a_question(), id="1"), marks(STRANGER="for"))

    assert counted(a_node("root", False, child))["1"].outcome == "not_put_to_vote"


def test_a_nodes_own_snapshot_holds_for_its_children_and_not_for_its_siblings() -> None:
    register = (replace(AB[0], repaid_kopecks=30), AB[1])
    attendance = (Attendance("A", ("A",)), Attendance("B", ("B",)), Attendance("guest"))
    first = PacketNode(
        replace(a_question(), id="1"),
        marks(A="for", B="for"),
        (a_node("1.1", True),),
        register=register,
        attendance=attendance,
    )

    results = counted(a_node("root", True, first, a_node("2", True)))

    assert {code: result.denominator_kopecks for code, result in results.items()} == {
        "root": 100,
        "1": 70,
        "1.1": 70,
        "2": 100,
    }


def test_a_nodes_own_journal_replaces_that_of_the_meeting() -> None:
    late_comer = PacketNode(replace(a_question(), id="1"), YES, attendance=everybody(AB))

    results = count_packet(a_node("root", True, late_comer), LIQUIDATION, AB, everybody(AB)[:1])

    assert [result.denominator_kopecks for result in results.values()] == [60, 100]


def test_one_question_twice_in_a_packet_is_refused() -> None:
    with pytest.raises(TallyError) as refused:
        counted(a_node("root", True, a_node("1", True, a_node("root", True))))

    assert str(refused.value) == "malformed: a packet names a question twice"
