"""Paper ballots: in time without a choice, two equal readings after the closing, one place with the electronic one."""

from app.meetings.commands import AnnulBallot, Count, ReadPaper, ReceivePaper, RegisterPresent
from app.meetings.model import SYSTEM
from app.meetings.view_types import PaperView
from tests.builders import (
    ORGANIZER,
    REGISTRAR,
    SECOND,
    START,
    Log,
    a_creditor,
    a_meeting,
    a_question,
    person_of,
)


def with_paper(*creditors: str) -> Log:
    log = a_meeting()
    log.start("q1")
    for creditor in creditors:
        log.submit(REGISTRAR, ReceivePaper(1, creditor))
    return log


def read_twice(log: Log, creditor: str, *choices: str) -> None:
    for reading in (1, 2):
        log.submit(REGISTRAR, ReadPaper(1, creditor, reading, list(choices)))


def papers_of(log: Log, creditor: str) -> list[PaperView]:
    papers: list[PaperView] = log.seen("registrar")[f"creditor/{creditor}"].papers
    return papers


def test_the_desk_sees_the_votes_of_a_paper_in_its_own_voting() -> None:
    """A wholly secured creditor has no general votes in liquidation, and votes on the manager all the same."""
    options = (("m1", "Первый"), ("m2", "Второй"))
    lines = (a_creditor("S", 60_00, secured_kopecks=60_00), a_creditor("A", 40_00))
    log = a_meeting(a_question("q1", "manager_choice", options=options), creditors=lines)
    log.start("q1")
    log.submit(REGISTRAR, ReceivePaper(1, "S"))

    assert log.seen("registrar")["creditor/S"].weight_kopecks == "0"
    assert papers_of(log, "S") == [PaperView(1, "6000", "0", False)]
    assert papers_of(log, "A") == []


def test_the_pool_of_a_paper_is_votes_by_seats() -> None:
    options = (("k1", "Первый"), ("k2", "Второй"), ("k3", "Третий"))
    log = a_meeting(a_question("q1", "committee", options=options, seats=3))
    log.start("q1")
    log.submit(REGISTRAR, ReceivePaper(1, "A"))

    assert papers_of(log, "A")[0].pool_kopecks == "15000"


def test_paper_and_electronic_ballots_of_a_creditor_exclude_each_other() -> None:
    log = with_paper("A")
    log.cast(1, "B", "for")

    assert log.code(person_of("A"), log.a_cast(1, "A", "for")) == "paper_received"
    assert log.code(REGISTRAR, ReceivePaper(1, "B")) == "already_voted"
    assert log.code(REGISTRAR, ReceivePaper(1, "A")) == "paper_received"
    assert log.mine(person_of("A"))["right/1/A"].code == "paper_received"
    assert log.mine(person_of("A"))["ballot/1/A"].channel == "paper"


def test_the_count_waits_until_every_paper_is_read_twice() -> None:
    log = with_paper("A", "B")
    log.close(1)
    assert log.timers == {}
    assert log.seen("organizer")["next"].op == "read_paper"

    read_twice(log, "A", "for")
    assert log.refused(SYSTEM, Count(1)).final is False
    unread = [paper.is_read for creditor in ("A", "B") for paper in papers_of(log, creditor)]
    assert unread == [True, False]
    read_twice(log, "B", "for")

    assert log.timers == {"count/1": log.now}
    log.count(1)
    assert log.state.results[1].adopted
    assert {row.channel for row in log.table(1).rows} == {"paper", "none"}


def test_two_different_readings_are_both_made_again() -> None:
    log = with_paper("A")
    log.close(1)
    log.submit(REGISTRAR, ReadPaper(1, "A", 1, ["for"]))

    differing = log.submit(ORGANIZER, ReadPaper(1, "A", 2, ["against"]))

    assert differing.answer == {"agreed": False}
    assert log.code(REGISTRAR, ReadPaper(1, "A", 2, ["for"])) == "needs_two_readings"
    read_twice(log, "A", "for")
    assert log.code(REGISTRAR, ReadPaper(1, "A", 1, ["for"])) == "paper_read"


def test_a_spoiled_paper_needs_one_act_and_stays_in_the_base() -> None:
    log = with_paper("A")
    log.cast(1, "B", "for")
    log.close(1)

    log.submit(REGISTRAR, ReadPaper(1, "A", 1, spoiled=True))
    log.count(1)

    assert log.state.results[1].totals["invalid"] == 50_00
    assert log.state.opened[1].grounds == {"A": "no_mark"}


def test_a_spoiled_paper_reads_so_in_the_table_also_where_nothing_was_counted() -> None:
    log = a_meeting(form="absentee", ends_at=START + 3600 * SECOND)
    log.submit(REGISTRAR, ReceivePaper(1, "C"))
    log.close(1)

    log.submit(REGISTRAR, ReadPaper(1, "C", 1, spoiled=True))
    log.count(1)

    assert log.state.results[1].outcome == "no_quorum"
    assert [row.mark for row in log.table(1).rows] == ["invalid"]


def test_a_paper_of_the_committee_is_read_with_its_distribution() -> None:
    log = a_meeting(a_question("q1", "committee", options=(("k1", "Первый"), ("k2", "Второй")), seats=1))
    log.start("q1")
    log.submit(REGISTRAR, ReceivePaper(1, "A"))
    log.submit(person_of("B"), log.a_cast(1, "B", distribution={"k2": "3000"}))
    log.close(1)

    for reading in (1, 2):
        log.submit(REGISTRAR, ReadPaper(1, "A", reading, distribution={"k1": "5000"}))
    log.count(1)

    assert log.state.results[1].chosen == ("k1",)


def test_nothing_is_read_before_the_closing_or_where_nothing_lies() -> None:
    log = with_paper("A")

    assert log.code(REGISTRAR, ReadPaper(1, "A", 1, ["for"])) == "voting_not_closed"
    log.close(1)
    assert log.code(REGISTRAR, ReadPaper(1, "B", 1, ["for"])) == "no_paper"
    assert log.code(REGISTRAR, ReadPaper(1, "A", 2, ["for"])) == "needs_two_readings"


def test_paper_is_in_time_by_the_hour_it_was_handed_in() -> None:
    log = with_paper()
    until = log.state.votings[1].admit_until
    assert log.code(REGISTRAR, ReceivePaper(1, "A"), received_at=until + 1) == "late"
    log.close(1)

    assert log.code(REGISTRAR, ReceivePaper(1, "A"), received_at=START + SECOND) == "closed_before_saved"
    assert log.state.votings[1].missed[0].creditor == "A"


def test_an_annulled_paper_frees_the_place() -> None:
    log = with_paper("A")

    log.by_organizer(AnnulBallot(1, "A", "подан не тем лицом"))

    log.cast(1, "A", "for")
    assert log.state.votings[1].ballots["A"].channel == "electronic"


def test_paper_of_nobody_is_refused() -> None:
    assert with_paper().code(REGISTRAR, ReceivePaper(1, "Z")) == "unknown_creditor"


def test_a_desk_representative_without_a_settlement_in_his_power_may_not_vote_on_it() -> None:
    log = a_meeting(a_question("q1", "settlement"), present=("B", "C"), repeated=True)
    log.submit(REGISTRAR, RegisterPresent(["A"], "паспорт", "Сидоров", "№ 7"))
    log.start("q1")

    assert log.code(REGISTRAR, ReceivePaper(1, "A")) == "may_not_vote_settlement"
