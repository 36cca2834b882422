"""Packets: nested questions one after another, only after an adopted parent (A-PKT-01..03); barred and withdrawn ones."""

from app.meetings.commands import (
    BarQuestion,
    CancelVoting,
    EndMeeting,
    OpenMeeting,
    StartVoting,
    StopVoting,
    WithdrawQuestion,
)
from tests.builders import ORGANIZER, SECOND, START, Log, a_meeting, a_question, person_of

PACKET = a_question(
    "parent",
    nested=(a_question("first", nested=(a_question("deep"),)), a_question("second"), a_question("third")),
)


def states(log: Log) -> dict[str, str]:
    seen = log.seen("participant")
    return {id: seen[f"question/{id}"].state for id in seen["agenda"]}


def test_nested_questions_wait_for_their_parent() -> None:
    log = a_meeting(PACKET)

    assert set(states(log).values()) == {"waiting", "waiting_parent"}
    assert log.code(ORGANIZER, StartVoting("first")) == "packet_parent_not_adopted"


def test_an_adopted_parent_opens_the_nested_questions_one_after_another() -> None:
    log = a_meeting(PACKET)

    log.decide("parent", "A", "B")
    opened = []
    while running := [v for v in log.state.votings.values() if v.running]:
        opened.append(running[0].question)
        log.cast(running[0].number, "A", "for")
        log.cast(running[0].number, "B", "for")
        log.finish(running[0].number)

    assert opened == ["first", "deep", "second", "third"]
    assert set(states(log).values()) == {"decided"}


def test_a_failed_nested_question_stops_its_own_children_and_not_its_siblings() -> None:
    log = a_meeting(PACKET)
    log.decide("parent", "A", "B")

    log.finish(2)

    assert states(log)["deep"] == "not_put_to_vote"
    assert log.state.votings[3].question == "second"


def test_a_parent_that_is_not_adopted_ends_the_packet() -> None:
    log = a_meeting(PACKET)

    log.decide("parent")

    assert len(log.state.votings) == 1
    assert [state for id, state in states(log).items() if id != "parent"] == ["not_put_to_vote"] * 4
    assert log.code(ORGANIZER, StartVoting("first")) == "packet_parent_not_adopted"
    assert log.seen("organizer")["next"].op == "end_meeting"


def test_withdrawn_and_barred_questions_are_skipped() -> None:
    log = a_meeting(PACKET)
    log.by_organizer(WithdrawQuestion("first", "снят инициатором"))
    log.by_organizer(BarQuestion("second", "АС Москвы", "А40-1/2026", "2026-02-03"))

    log.decide("parent", "A", "B")

    assert log.state.votings[2].question == "third"
    assert states(log)["deep"] == "not_put_to_vote"
    assert log.seen("screen")["question/second"].reason == "АС Москвы, дело А40-1/2026, акт от 2026-02-03"
    assert log.code(ORGANIZER, StartVoting("second")) == "question_not_ready"


def test_a_cancelled_nested_voting_is_started_again_by_hand_and_keeps_its_turn() -> None:
    log = a_meeting(PACKET)
    log.decide("parent", "A", "B")
    log.by_organizer(CancelVoting(2, "сбой"))

    refusal = log.refused(ORGANIZER, StartVoting("second"))

    assert (refusal.code, refusal.details["first"]) == ("question_not_ready", "first")
    assert log.seen("organizer")["next"].question == "first"
    assert log.start("first") == 3


def test_a_packet_does_not_open_into_another_running_voting() -> None:
    log = a_meeting(a_question("parent", nested=(a_question("child"),)), a_question("other"))
    log.start("parent")
    log.cast(1, "A", "for")
    log.cast(1, "B", "for")
    log.close(1)
    log.start("other")

    log.count(1)

    assert [v.question for v in log.state.votings.values()] == ["parent", "other"]
    log.finish(2)
    assert log.start("child") == 3


def test_a_question_in_voting_or_decided_is_not_taken_off() -> None:
    log = a_meeting()
    log.start("q1")
    assert log.code(ORGANIZER, WithdrawQuestion("q1", "снят")) == "voting_runs"
    log.finish(1)

    assert log.code(ORGANIZER, BarQuestion("q1", "Суд", "1", "2026-01-01")) == "question_decided"
    log.by_organizer(EndMeeting())
    assert log.code(ORGANIZER, WithdrawQuestion("q1", "снят")) == "meeting_is_over"


def an_absentee_packet() -> Log:
    return a_meeting(
        a_question("parent", nested=(a_question("child"),)), form="absentee", ends_at=START + 3600 * SECOND
    )


def test_in_absence_a_packet_is_voted_together_and_counted_parent_first() -> None:
    log = an_absentee_packet()
    for number in (1, 2):
        log.cast(number, "A", "for")
        log.cast(number, "B", "for")

    log.close(2)
    assert log.timers.keys() == {"close/1"}
    log.finish(1)

    assert log.timers == {"count/2": log.now}
    log.count(2)
    assert states(log) == {"parent": "decided", "child": "decided"}


def test_in_absence_a_nested_voting_is_set_aside_unopened_when_the_parent_is_not_adopted() -> None:
    log = an_absentee_packet()
    log.cast(1, "A", "against")
    log.cast(1, "B", "against")
    log.cast(2, "A", "for")
    log.close(2)
    log.finish(1)

    log.count(2)

    assert states(log)["child"] == "not_put_to_vote"
    assert (log.state.votings[2].state, log.state.votings[2].cause) == ("cancelled", "parent_not_adopted")
    assert 2 not in log.state.opened
    log.by_organizer(EndMeeting())


def with_missed_votes() -> Log:
    """The parent is adopted by A and B, though C's vote came in time and was not saved."""
    log = a_meeting(PACKET)
    log.start("parent")
    for creditor in ("A", "B"):
        log.cast(1, creditor, "for")
    late = log.a_cast(1, "C", "against")
    log.close(1)
    log.code(person_of("C"), late, received_at=START + SECOND)
    log.count(1)
    return log


def test_a_packet_does_not_unfold_over_missed_votes() -> None:
    log = with_missed_votes()

    assert [v.question for v in log.state.votings.values()] == ["parent"]
    suggested = log.seen("organizer")["next"]
    assert (suggested.op, suggested.question) == ("start_voting", "parent")
    assert "поставьте на голосование вопрос 1.1" in suggested.text


def test_after_missed_votes_the_packet_may_go_on_by_hand() -> None:
    log = with_missed_votes()

    assert log.start("first") == 2
    log.finish(2)

    assert log.state.votings[3].question == "second"
    assert log.code(ORGANIZER, StartVoting("parent")) == "question_decided"


def test_a_repeated_voting_of_the_parent_replaces_its_decision() -> None:
    log = with_missed_votes()

    assert log.start("parent") == 2
    log.finish(2)

    assert log.state.questions["parent"].adopted is False
    assert log.code(ORGANIZER, StartVoting("first")) == "packet_parent_not_adopted"


def test_a_repeated_voting_that_is_cancelled_leaves_the_decision_that_stood() -> None:
    log = with_missed_votes()
    log.start("parent")

    log.by_organizer(CancelVoting(2, "сбой"))

    assert (log.state.questions["parent"].stage, log.state.questions["parent"].adopted) == ("decided", True)
    assert log.start("first") == 3


def test_in_absence_what_is_nested_under_a_removed_question_does_not_open() -> None:
    log = a_meeting(
        a_question("withdrawn", nested=(a_question("w", nested=(a_question("deep"),)),)),
        a_question("barred", nested=(a_question("b"),)),
        a_question("plain", nested=(a_question("p"),)),
        form="absentee",
        ends_at=START + 3600 * SECOND,
        until="convened",
    )
    log.by_organizer(WithdrawQuestion("withdrawn", "снят"))
    log.by_organizer(BarQuestion("barred", "АС Москвы", "А40-1/2026", "2026-02-03"))

    log.by_organizer(OpenMeeting())

    assert [v.question for v in log.state.votings.values()] == ["plain", "p"]
    for number in (1, 2):
        log.finish(number)
    log.by_organizer(EndMeeting())


def a_deep_packet_whose_last_voting_closed_first() -> Log:
    """In absence: parent (voting 1), child (2), grandchild (3), everybody for everything."""
    grandchild = a_question("grandchild")
    log = a_meeting(
        a_question("parent", nested=(a_question("child", nested=(grandchild,)),)),
        form="absentee",
        ends_at=START + 3600 * SECOND,
    )
    for voting in (1, 2, 3):
        for creditor in "ABC":
            log.cast(voting, creditor, "for")
    stop_and_close(log, 3)
    return log


def stop_and_close(log: Log, voting: int) -> None:
    log.now += SECOND
    log.by_organizer(StopVoting(voting))
    log.close(voting)


def test_a_count_is_not_due_while_a_question_in_between_is_open() -> None:
    log = a_deep_packet_whose_last_voting_closed_first()
    stop_and_close(log, 1)
    log.count(1)
    assert "count/3" not in log.timers

    stop_and_close(log, 2)
    log.count(2)
    assert log.timers["count/3"] == log.now
    log.count(3)
    assert log.state.votings[3].state == "counted"


def test_what_waits_under_a_voting_that_is_called_off_for_good_is_set_aside() -> None:
    log = a_deep_packet_whose_last_voting_closed_first()
    log.by_organizer(CancelVoting(1, "вопрос снят"))
    log.by_organizer(WithdrawQuestion("parent", "вопрос снят"))
    assert "count/3" not in log.timers

    log.by_organizer(CancelVoting(2, "вопрос снят"))
    assert log.timers["count/3"] == log.now
    log.count(3)
    assert log.state.votings[3].state == "cancelled"
