"""The meeting as a whole: opening, recess, postponing, cancelling, failing, ending."""

import pytest

from app.meetings.commands import (
    Attend,
    CancelMeeting,
    Convene,
    DeclareFailed,
    EndMeeting,
    Leave,
    OpenMeeting,
    Postpone,
    Recess,
    RegisterDeparture,
    RegisterPresent,
    Resume,
    StartVoting,
    WithdrawQuestion,
)
from app.meetings.hashes import attendance_sha256
from tests.builders import (
    OBSERVER,
    ORGANIZER,
    REGISTRAR,
    SCREEN,
    SECOND,
    START,
    Log,
    a_creditor,
    a_meeting,
    a_question,
    attend,
    person_of,
)


def test_a_meeting_does_not_open_before_its_hour() -> None:
    log = a_meeting(until="convened", starts_at=START + SECOND)
    attend(log, "A", "B")

    refusal = log.refused(ORGANIZER, OpenMeeting())

    assert (refusal.code, refusal.details["starts_at_ms"]) == ("too_early", (START + SECOND) // 1000)


def test_exactly_half_of_the_votes_is_no_quorum() -> None:
    log = a_meeting(until="convened")
    attend(log, "A")

    refusal = log.refused(ORGANIZER, OpenMeeting())

    assert (refusal.code, refusal.article) == ("no_quorum", "127-ФЗ, ст. 12 п. 4")
    assert refusal.details == {"present_kopecks": "5000", "total_kopecks": "10000"}


def test_a_repeated_meeting_needs_more_than_thirty_percent() -> None:
    log = a_meeting(until="convened", repeated=True)
    attend(log, "B")
    assert log.code(ORGANIZER, OpenMeeting()) == "no_quorum"

    attend(log, "C")
    log.by_organizer(OpenMeeting())

    assert log.status == "running"


def test_a_meeting_opens_when_one_question_of_several_has_its_quorum() -> None:
    lines = (a_creditor("A", 60_00, secured_kopecks=60_00), a_creditor("B", 40_00))
    log = a_meeting(
        a_question("plain"), a_question("manager", "manager_removal"), creditors=lines, until="convened"
    )
    attend(log, "A")

    log.by_organizer(OpenMeeting())

    assert log.code(ORGANIZER, StartVoting("plain")) == "no_quorum"
    assert log.state.questions["plain"].stage == "no_quorum"
    assert log.start("manager") == 1


def test_a_question_without_quorum_is_tried_again_when_more_came() -> None:
    log = a_meeting(present=("A", "B"))
    log.submit(REGISTRAR, RegisterDeparture(["A"]))
    assert log.code(ORGANIZER, StartVoting("q1")) == "no_quorum"

    attend(log, "A")

    assert log.start("q1") == 1


def test_a_meeting_without_any_quorum_fails() -> None:
    log = a_meeting(until="convened")
    attend(log, "A")

    log.by_organizer(DeclareFailed())

    assert log.status == "failed"
    assert log.seen("participant")["question/q1"].state == "not_put_to_vote"


def test_a_meeting_with_a_quorum_cannot_be_declared_failed() -> None:
    log = a_meeting(until="convened")
    attend(log, "A", "B")

    assert log.code(ORGANIZER, DeclareFailed()) == "quorum_is_there"


def test_failing_waits_for_the_hour_too() -> None:
    log = a_meeting(until="convened", starts_at=START + SECOND)

    assert log.code(ORGANIZER, DeclareFailed()) == "too_early"


def test_a_recess_lasts_until_its_time() -> None:
    log = a_meeting()
    until = START + 60 * SECOND

    log.by_organizer(Recess(until // 1000, "обед"))

    assert log.status == "recess"
    assert log.code(ORGANIZER, StartVoting("q1")) == "not_running"
    assert log.code(ORGANIZER, Resume()) == "too_early"
    log.now = until
    log.by_organizer(Resume())
    assert log.status == "running"
    assert log.state.recesses[0].resumed_at == until


def test_attendance_is_looked_at_again_after_a_recess() -> None:
    log = a_meeting()
    log.by_organizer(Recess((START + SECOND) // 1000, "обед"))
    log.submit(REGISTRAR, RegisterDeparture(["A", "B"]))
    log.now += SECOND

    assert log.code(ORGANIZER, Resume()) == "no_quorum"
    log.by_organizer(EndMeeting())
    assert log.status == "ended"


def test_there_is_no_recess_while_a_voting_runs_or_into_the_past() -> None:
    log = a_meeting()
    assert log.code(ORGANIZER, Recess(START // 1000, "обед")) == "time_not_ahead"
    log.start("q1")

    assert log.code(ORGANIZER, Recess((START + SECOND) // 1000, "обед")) == "voting_runs"


def test_a_postponed_meeting_begins_its_journal_anew() -> None:
    log = a_meeting(until="convened")
    attend(log, "A", "B")
    later = START + 3600 * SECOND

    log.by_organizer(Postpone(later // 1000, "болезнь"))

    assert (log.status, log.state.attendance) == ("postponed", {})
    assert log.seen("participant")["meeting"].reason == "болезнь"
    log.now = later
    attend(log, "A", "B")
    log.by_organizer(OpenMeeting())
    assert log.status == "running"


def test_the_deadline_of_an_absentee_meeting_moves_with_its_start() -> None:
    log = a_meeting(until="convened", form="absentee", ends_at=START + 100 * SECOND)

    log.by_organizer(Postpone((START + 50 * SECOND) // 1000, "болезнь"))

    assert log.state.the_card.ends_at == START + 150 * SECOND


def test_a_meeting_is_cancelled_only_before_it_opened() -> None:
    running = a_meeting()
    assert running.code(ORGANIZER, CancelMeeting("отмена")) == "not_convened"
    log = a_meeting(until="convened")

    log.by_organizer(CancelMeeting("отмена"))

    assert log.status == "cancelled"
    assert log.code(ORGANIZER, OpenMeeting()) == "meeting_is_over"
    assert log.code(person_of("A"), Attend(["A"])) == "meeting_is_over"


def test_a_meeting_does_not_end_while_a_voting_runs_or_waits_for_its_count() -> None:
    log = a_meeting()
    log.start("q1")
    assert log.code(ORGANIZER, EndMeeting()) == "voting_runs"
    log.close(1)
    assert log.code(ORGANIZER, EndMeeting()) == "voting_runs"
    log.count(1)

    log.by_organizer(EndMeeting())

    assert log.code(ORGANIZER, EndMeeting()) == "meeting_is_over"
    assert log.code(ORGANIZER, StartVoting("q1")) == "meeting_is_over"


def test_the_end_of_a_meeting_finishes_its_topic() -> None:
    ended, failed, cancelled = a_meeting(), a_meeting(until="convened"), a_meeting(until="draft")

    decisions = (
        ended.by_organizer(EndMeeting()),
        failed.by_organizer(DeclareFailed()),
        cancelled.by_organizer(CancelMeeting("отмена")),
    )

    assert all(decision.events[0].finishes for decision in decisions)


def test_a_draft_is_convened_once() -> None:
    log = a_meeting(until="draft")
    assert log.code(person_of("A"), Attend(["A"])) == "not_convened"
    assert log.code(ORGANIZER, OpenMeeting()) == "not_convened"
    log.by_organizer(Convene())

    assert log.code(ORGANIZER, Convene()) == "already_convened"


@pytest.mark.parametrize("actor", [REGISTRAR, OBSERVER, SCREEN, person_of("A"), "stranger"])
def test_only_the_organizer_leads_the_meeting(actor: str) -> None:
    log = a_meeting()

    for command in (StartVoting("q1"), EndMeeting(), Recess(0, "обед"), CancelMeeting("отмена")):
        assert log.code(actor, command) == "forbidden"


@pytest.mark.parametrize("actor", [OBSERVER, SCREEN, "stranger"])
def test_observers_and_screens_may_do_nothing(actor: str) -> None:
    log = a_meeting()
    log.start("q1")

    for command in (Attend(["A"]), log.a_cast(1, "A", "for"), RegisterPresent(["A"], "паспорт")):
        assert log.code(actor, command) == "forbidden"


def an_absentee_meeting() -> Log:
    return a_meeting(
        a_question("q1"), a_question("q2", "manager_removal"), form="absentee", ends_at=START + 3600 * SECOND
    )


def test_an_absentee_meeting_opens_all_questions_together_without_a_quorum() -> None:
    log = an_absentee_meeting()

    assert [voting.state for voting in log.state.votings.values()] == ["open", "open"]
    assert {voting.admit_until for voting in log.state.votings.values()} == {START + 3600 * SECOND}
    assert log.code(person_of("A"), Attend(["A"])) == "wrong_form"
    assert log.code(ORGANIZER, Recess((START + SECOND) // 1000, "обед")) == "wrong_form"


def test_an_absentee_meeting_counts_its_quorum_by_ballots() -> None:
    log = an_absentee_meeting()
    log.cast(1, "A", "for")
    log.cast(1, "B", "for")
    log.cast(2, "A", "for")

    log.finish(1)
    log.finish(2)
    log.by_organizer(EndMeeting())

    assert [r.outcome for r in log.state.results.values()] == ["adopted", "no_quorum"]
    assert log.status == "ended"


def test_an_absentee_meeting_without_any_quorum_failed() -> None:
    log = an_absentee_meeting()
    log.cast(1, "C", "for")
    log.finish(1)
    log.finish(2)

    log.by_organizer(EndMeeting())

    assert log.status == "failed"


def test_an_absentee_meeting_does_not_open_after_its_deadline() -> None:
    log = a_meeting(until="convened", form="absentee", ends_at=START + 100 * SECOND)
    log.now = START + 100 * SECOND

    assert log.code(ORGANIZER, OpenMeeting()) == "deadline_passed"


def test_a_mixed_meeting_counts_the_journal_and_timely_ballots() -> None:
    log = a_meeting(form="mixed", ends_at=START + 3600 * SECOND, present=("B",))
    log.cast(1, "A", "for")

    log.finish(1)

    assert log.state.results[1].present_kopecks == 80_00
    assert log.state.results[1].adopted


def test_in_a_mixed_meeting_whoever_registers_until_the_closing_is_present() -> None:
    log = a_meeting(form="mixed", ends_at=START + 3600 * SECOND, present=())
    log.cast(1, "B", "for")
    log.now += SECOND

    attend(log, "A", "C")
    log.now += SECOND
    log.submit(person_of("C"), Leave(["C"]))
    log.finish(1)

    result = log.state.results[1]
    assert (result.present_kopecks, result.adopted) == (100_00, False)
    assert result.totals["not_submitted"] == 70_00
    closed = next(event for event in log.events if event.kind == "voting_closed")
    assert closed.body["attendance_sha256"] == attendance_sha256({"A": "p_A", "C": "p_C"})
    assert [row.creditor for row in log.table(1).rows] == ["A", "B", "C"]


def test_in_a_mixed_meeting_who_left_before_the_opening_or_came_after_the_closing_is_absent() -> None:
    log = a_meeting(form="mixed", ends_at=START + 3600 * SECOND, until="convened")
    attend(log, "A", "B")
    log.submit(person_of("A"), Leave(["A"]))
    log.now += SECOND
    log.by_organizer(OpenMeeting())
    log.close(1)
    attend(log, "C")
    log.count(1)

    assert log.state.results[1].present_kopecks == 30_00


def test_a_meeting_does_not_open_for_questions_that_cannot_be_put() -> None:
    """Only the secured creditor is here: enough for the settlement, which is nested and cannot come first."""
    nested = a_question("settlement", "settlement")
    lines = (a_creditor("S", 90_00, secured_kopecks=90_00), a_creditor("A", 10_00))
    log = a_meeting(a_question("parent", nested=(nested,)), creditors=lines, until="convened")
    attend(log, "S")

    assert log.code(ORGANIZER, OpenMeeting()) == "no_quorum"
    log.by_organizer(WithdrawQuestion("parent", "снят"))
    assert log.code(ORGANIZER, OpenMeeting()) == "no_quorum"
    log.by_organizer(DeclareFailed())
