"""A voting from opening to closing: one at a time in person, prolonged, stopped, cancelled, closed (log-and-views 4)."""

import pytest

from app.meetings.commands import (
    AnnulBallot,
    CancelVoting,
    Close,
    CorrectLine,
    Count,
    EndMeeting,
    Prolong,
    RegisterDeparture,
    StartVoting,
    StopVoting,
)
from app.meetings.model import SYSTEM
from tests.builders import (
    ORGANIZER,
    REGISTRAR,
    SECOND,
    START,
    a_creditor,
    a_meeting,
    a_question,
    attend,
    person_of,
)

TWO = (a_question("q1"), a_question("q2"))


def test_questions_start_in_any_order() -> None:
    log = a_meeting(*TWO)

    log.decide("q2", "A", "B")
    log.decide("q1", "A", "B")

    assert [voting.question for voting in log.state.votings.values()] == ["q2", "q1"]


def test_in_person_one_voting_runs_at_a_time() -> None:
    log = a_meeting(*TWO)
    log.start("q1")

    refusal = log.refused(ORGANIZER, StartVoting("q2"))

    assert (refusal.code, refusal.details["voting"]) == ("another_voting_runs", 1)


def test_the_next_voting_may_open_while_the_last_one_is_counted() -> None:
    log = a_meeting(*TWO)
    log.start("q1")
    log.close(1)

    assert log.start("q2") == 2


def test_a_decided_question_is_not_voted_again() -> None:
    log = a_meeting()
    log.decide("q1", "A", "B")

    assert log.code(ORGANIZER, StartVoting("q1")) == "question_decided"
    assert log.code(ORGANIZER, StartVoting("nothing")) == "unknown_question"


def test_the_countdown_is_the_questions_unless_told_otherwise() -> None:
    log = a_meeting(a_question("q1", duration_s=30), a_question("q2"))

    log.start("q1")
    log.finish(1)
    log.start("q2", 60)

    assert log.state.votings[1].deadline == START + 30 * SECOND
    assert log.state.votings[2].deadline == log.state.votings[2].opened_at + 60 * SECOND
    assert log.timers == {"close/2": log.state.votings[2].admit_until}


def test_a_prolonged_voting_closes_later() -> None:
    log = a_meeting()
    log.start("q1")

    log.by_organizer(Prolong(1, 60))

    assert log.state.votings[1].deadline == START + 240 * SECOND
    assert log.timers == {"close/1": START + 241 * SECOND}
    log.now = START + 240 * SECOND
    assert log.code(SYSTEM, Close(1)) == "draining"


def test_prolonging_is_too_late_after_the_tolerance_or_a_stop() -> None:
    log = a_meeting()
    log.start("q1")
    assert log.code(ORGANIZER, Prolong(1, 60), received_at=START + 182 * SECOND) == "late"

    log.by_organizer(StopVoting(1))

    assert log.code(ORGANIZER, Prolong(1, 60)) == "voting_not_open"


def test_stopping_makes_the_moment_the_deadline_but_not_before_a_ballot_in_the_log() -> None:
    log = a_meeting()
    log.start("q1")
    log.cast(1, "A", "for", received_at=START + 20 * SECOND)

    log.submit(ORGANIZER, StopVoting(1), received_at=START + 10 * SECOND)

    assert log.state.votings[1].deadline == START + 20 * SECOND
    assert log.timers == {"close/1": START + 21 * SECOND}
    assert log.code(ORGANIZER, StopVoting(1)) == "voting_not_open"


def test_a_stopped_voting_still_takes_what_came_in_time() -> None:
    log = a_meeting()
    log.start("q1")
    log.submit(ORGANIZER, StopVoting(1), received_at=START + 10 * SECOND)

    log.cast(1, "A", "for", received_at=START + 11 * SECOND)

    assert log.code(person_of("B"), log.a_cast(1, "B", "for"), received_at=START + 12 * SECOND) == "late"


def test_a_cancelled_voting_is_never_opened_and_may_be_repeated() -> None:
    log = a_meeting()
    log.start("q1")
    log.cast(1, "A", "for")

    log.by_organizer(CancelVoting(1, "сбой"))

    assert log.timers == {}
    assert log.code(person_of("B"), log.a_cast(1, "B", "for")) == "voting_not_open"
    assert log.seen("participant")["question/q1"].state == "waiting"
    assert log.decide("q1", "A", "B") == 2
    assert "ballots_opened" in log.kinds()
    assert 1 not in log.state.opened


def test_closing_waits_for_the_tolerance() -> None:
    log = a_meeting()
    log.start("q1")
    log.now = log.state.votings[1].deadline

    refusal = log.refused(SYSTEM, Close(1))

    assert (refusal.code, refusal.final) == ("draining", False)


def test_closing_waits_for_undrained_workers_ten_seconds_at_most() -> None:
    log = a_meeting()
    log.start("q1")
    until = log.state.votings[1].admit_until

    assert log.code(SYSTEM, Close(1), now=until + 9 * SECOND, workers_live=2, workers_drained=1) == "draining"
    log.now = until + 10 * SECOND
    log.submit(SYSTEM, Close(1), workers_live=2, workers_drained=1, workers_lost=1)

    assert (log.state.votings[1].undrained, log.state.votings[1].workers_lost) == (1, 1)
    assert log.timers == {"count/1": log.now}


def test_a_second_close_or_count_changes_nothing() -> None:
    log = a_meeting()
    log.start("q1")
    log.finish(1)
    head = len(log.events)

    log.submit(SYSTEM, Close(1))
    log.submit(SYSTEM, Count(1))

    assert len(log.events) == head


def test_nobody_can_send_what_only_the_clock_does() -> None:
    log = a_meeting()
    log.start("q1")

    assert log.code(ORGANIZER, Close(1)) == "forbidden"
    assert log.code(person_of("A"), Count(1)) == "forbidden"


def test_a_registrar_may_neither_close_nor_annul() -> None:
    log = a_meeting()
    log.start("q1")
    log.cast(1, "A", "for")

    for command in (StopVoting(1), AnnulBallot(1, "A", "ошибка"), CancelVoting(1, "сбой"), Prolong(1, 60)):
        assert log.code(REGISTRAR, command) == "forbidden"


def test_annulling_frees_the_place_and_keeps_the_record() -> None:
    log = a_meeting()
    log.start("q1")
    log.cast(1, "A", "for")

    log.by_organizer(AnnulBallot(1, "A", "голос отдан по ошибке"))
    log.cast(1, "A", "against")
    log.finish(1)

    assert log.state.results[1].totals["against"] == 50_00
    assert log.state.votings[1].annulled[0].ballot.creditor == "A"
    assert log.code(ORGANIZER, AnnulBallot(1, "A", "поздно")) == "voting_not_open"


def test_there_is_nothing_to_annul_where_nobody_voted() -> None:
    log = a_meeting()
    log.start("q1")

    assert log.code(ORGANIZER, AnnulBallot(1, "A", "ошибка")) == "no_ballot"
    assert log.code(ORGANIZER, AnnulBallot(9, "A", "ошибка")) == "unknown_voting"


def test_who_leaves_still_votes_in_what_is_open_and_not_in_the_next() -> None:
    log = a_meeting(*TWO)
    log.start("q1")

    log.submit(REGISTRAR, RegisterDeparture(["C"]))
    log.cast(1, "C", "for")
    log.finish(1)
    log.start("q2")

    assert log.state.results[1].present_kopecks == 100_00
    assert log.code(person_of("C"), log.a_cast(2, "C", "for")) == "not_in_snapshot"


def test_who_registers_after_the_opening_votes_from_the_next_question_on() -> None:
    log = a_meeting(*TWO, present=("A", "B"))
    log.start("q1")
    attend(log, "C")

    refusal = log.refused(person_of("C"), log.a_cast(1, "C", "for"))
    log.finish(1)
    log.start("q2")

    assert refusal.code == "not_in_snapshot"
    assert log.cast(2, "C", "for").answer["creditors"] == ["C"]


def test_a_corrected_claim_counts_from_the_next_voting_on() -> None:
    log = a_meeting(*TWO)
    log.start("q1")
    before = log.state.votings[1].register_sha256

    log.by_organizer(CorrectLine("C", "определение суда", claim_kopecks="90000"))
    log.cast(1, "C", "for")
    log.finish(1)
    log.start("q2")

    assert log.state.results[1].total_kopecks == 100_00
    assert log.state.weights(log.state.votings[2])["C"] == 900_00
    assert log.state.votings[2].register_sha256 != before
    assert log.code(ORGANIZER, CorrectLine("C", "ошибка", secured_kopecks="90001")) == "bad_line"
    assert log.code(ORGANIZER, CorrectLine("Z", "ошибка", claim_kopecks="1")) == "unknown_creditor"


def test_a_corrected_priority_and_lateness_take_the_vote_away_and_give_it_back() -> None:
    log = a_meeting()
    log.by_organizer(CorrectLine("A", "ошибка в реестре", order=2))
    log.by_organizer(CorrectLine("B", "определение суда", late=True))
    assert log.seen("registrar")["creditor/A"].weight_kopecks == "0"
    assert log.seen("registrar")["creditor/B"].weight_kopecks == "0"

    log.by_organizer(CorrectLine("A", "определение суда", order=3))
    log.by_organizer(CorrectLine("B", "определение суда", late=False))

    assert log.seen("registrar")["creditor/A"].weight_kopecks == "5000"
    assert log.seen("registrar")["creditor/B"].weight_kopecks == "3000"


def test_a_voting_that_missed_votes_may_be_repeated() -> None:
    log = a_meeting()
    log.start("q1")
    late = log.a_cast(1, "A", "for")
    log.close(1)
    log.code(person_of("A"), late, received_at=START + SECOND)
    log.count(1)

    step = log.seen("organizer")["next"]

    assert (step.op, step.question) == ("start_voting", "q1")
    assert log.start("q1") == 2


def test_a_question_without_voters_has_no_quorum() -> None:
    lines = (a_creditor("A", 50_00, secured_kopecks=50_00), a_creditor("B", 50_00, secured_kopecks=50_00))
    log = a_meeting(a_question("q1"), a_question("q2", "manager_removal"), creditors=lines)

    assert log.code(ORGANIZER, StartVoting("q1")) == "no_quorum"
    log.decide("q2", "A", "B")
    log.by_organizer(EndMeeting())
    assert log.seen("screen")["question/q1"].state == "no_quorum"


@pytest.mark.parametrize(("form", "bound_s"), [("in_person", 86_400), ("absentee", 30 * 86_400)])
def test_prolongations_have_a_bound_together(form: str, bound_s: int) -> None:
    log = a_meeting(form=form, ends_at=None if form == "in_person" else START + 3600 * SECOND)
    if form == "in_person":
        log.start("q1")
    first = log.state.votings[1].deadline
    for _ in range(bound_s // 86_400 - 1):
        log.by_organizer(Prolong(1, 86_400))
    log.by_organizer(Prolong(1, 86_390))

    refusal = log.refused(ORGANIZER, Prolong(1, 11))

    assert (refusal.code, refusal.details["latest_ms"]) == ("too_long", (first + bound_s * SECOND) // 1000)
    log.by_organizer(Prolong(1, 10))


def test_stopping_after_the_deadline_says_that_it_has_passed() -> None:
    log = a_meeting()
    log.start("q1")
    log.now = log.state.votings[1].deadline

    assert log.code(ORGANIZER, StopVoting(1)) == "deadline_passed"
    assert log.state.votings[1].state == "open"


def test_where_ballots_are_signed_a_countdown_leaves_time_for_it() -> None:
    log = a_meeting(a_question("q1", duration_s=60), policy="qualified", shortest_s=180)

    assert log.code(ORGANIZER, StartVoting("q1", 179)) == "too_short"
    number = log.start("q1")

    voting = log.state.votings[number]
    assert voting.deadline - voting.opened_at == 180 * SECOND
