"""The registration journal: own link, the desk, representatives, departures; never a socket (P21)."""

import msgspec
import pytest

from app.meetings.commands import Attend, Leave, RegisterDeparture, RegisterPresent
from tests.builders import ORGANIZER, REGISTRAR, a_creditor, a_meeting, a_question, attend, person_of


def test_a_participant_attends_by_the_own_link_before_and_during_the_meeting() -> None:
    log = a_meeting(until="convened")
    attend(log, "A", "B")

    seen = log.seen("registrar")["creditor/A"]

    assert (seen.present, seen.registered_by, seen.documents) == (True, "self", None)
    assert log.seen("screen")["attendance"].creditors_present == 2
    assert log.seen("screen")["attendance"].may_open


def test_attending_twice_changes_nothing() -> None:
    log = a_meeting(until="convened")
    attend(log, "A")
    head = len(log.events)

    attend(log, "A")

    assert len(log.events) == head


def test_nobody_attends_for_a_creditor_of_somebody_else() -> None:
    log = a_meeting(until="convened")

    assert log.code(person_of("A"), Attend(["A", "B"])) == "not_your_creditor"


def test_a_creditor_stands_in_the_journal_once() -> None:
    log = a_meeting(until="convened")
    log.submit(REGISTRAR, RegisterPresent(["A", "B"], "паспорт"))

    assert log.code(person_of("A"), Attend(["A"])) == "already_registered"
    assert log.code(ORGANIZER, RegisterPresent(["B", "C"], "паспорт")) == "already_registered"


def test_the_desk_registers_a_representative_of_several_creditors_by_a_power_of_attorney() -> None:
    log = a_meeting(until="convened")
    command = RegisterPresent(["A", "B"], "паспорт", "Сидоров", "№ 7 от 01.02.2026")

    log.submit(REGISTRAR, command)

    seen = log.seen("organizer")["creditor/B"]
    assert (seen.representative, seen.documents) == ("Сидоров", "паспорт; № 7 от 01.02.2026")
    assert {presence.participant for presence in log.state.attendance.values()} == {"desk:A"}
    assert not any("Сидоров" in str(event.body) for event in log.events)


def test_a_representative_without_a_power_of_attorney_is_not_registered() -> None:
    log = a_meeting(until="convened")

    refusal = log.refused(REGISTRAR, RegisterPresent(["A"], "паспорт", "Сидоров"))

    assert (refusal.code, refusal.article) == ("power_of_attorney_missing", "127-ФЗ, ст. 36")


def test_who_left_may_come_back() -> None:
    log = a_meeting()
    log.submit(person_of("A"), Leave(["A"]))
    assert not log.seen("organizer")["creditor/A"].present

    attend(log, "A")

    assert log.seen("organizer")["creditor/A"].present
    assert log.code(REGISTRAR, RegisterDeparture(["Z"])) == "unknown_creditor"


def test_who_is_not_here_cannot_leave() -> None:
    log = a_meeting(until="convened")

    assert log.code(person_of("A"), Leave(["A"])) == "not_present"


def test_answers_name_at_most_twenty_creditors() -> None:
    lines = tuple(a_creditor(f"c{number:04}") for number in range(100))
    log = a_meeting(creditors=lines, until="convened")

    refusal = log.refused(REGISTRAR, RegisterDeparture([line.creditor for line in lines]))

    assert len(refusal.details["creditors"]) == 20  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["in_person", "mixed"])
def test_a_desk_power_without_a_settlement_does_not_hinder_an_ordinary_question(form: str) -> None:
    log = a_meeting(until="convened", form=form, ends_at=None)

    log.submit(REGISTRAR, RegisterPresent(["A"], "паспорт", "Сидоров", "№ 7"))

    assert not log.state.attendance["A"].may_vote_settlement
    assert log.state.attendance["A"].present


def test_who_comes_changes_two_small_keys_of_a_participant() -> None:
    log = a_meeting(a_question("q1"), a_question("q2"), until="convened")
    before = log.seen("participant")

    attend(log, "A")

    after = log.seen("participant")
    assert {key for key in after if before.get(key) != after[key]} == {"attendance", "quorum/q1"}
    assert len(msgspec.msgpack.encode({key: after[key] for key in ("attendance", "quorum/q1")})) < 1024


def test_questions_with_the_same_votes_share_a_quorum_and_others_have_their_own() -> None:
    lines = (a_creditor("A", 60_00, secured_kopecks=60_00), a_creditor("B", 40_00))
    questions = (a_question("q1"), a_question("q2"), a_question("manager", "manager_removal"))
    log = a_meeting(*questions, creditors=lines, until="convened")
    attend(log, "A")

    seen = log.seen("participant")

    assert [seen[f"question/{id}"].electorate for id in seen["agenda"]] == ["q1", "q1", "manager"]
    assert {key: value.held for key, value in seen.items() if key.startswith("quorum/")} == {
        "quorum/q1": False,
        "quorum/manager": True,
    }
    assert seen["attendance"].electorate == "manager"


def test_a_quorum_of_other_questions_only_is_told_with_the_question_that_lacks_it() -> None:
    lines = (a_creditor("A", 60_00, secured_kopecks=60_00), a_creditor("B", 40_00))
    questions = (a_question("q1"), a_question("manager", "manager_removal"))
    log = a_meeting(*questions, creditors=lines, until="convened")

    attend(log, "A")
    partly = log.seen("organizer")["next"]
    attend(log, "B")

    assert (partly.op, "по вопросу 1 его пока нет" in partly.text) == ("open_meeting", True)
    assert log.seen("organizer")["next"].text.startswith("Кворум есть. Начните")


def test_a_quorum_is_frozen_in_the_question_while_it_is_voted_and_after_the_count() -> None:
    log = a_meeting(present=("A", "B"))
    log.start("q1")
    log.submit(REGISTRAR, RegisterDeparture(["A"]))

    voted = log.seen("participant")
    log.cast(1, "B", "for")
    log.finish(1)
    counted = log.seen("participant")

    for seen in (voted, counted):
        assert seen["question/q1"].quorum.present_kopecks == "8000"
        assert seen["question/q1"].electorate is None
        assert "quorum/q1" not in seen
