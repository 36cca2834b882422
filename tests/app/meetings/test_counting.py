"""The count: from the ballots of the log only, the same on every worker, recorded with its proof."""

import pytest

from app.kernel.log.model import Facts
from app.meetings.commands import Count
from app.meetings.model import SYSTEM
from tests.builders import Log, a_creditor, a_meeting, a_question


def closed() -> Log:
    log = a_meeting()
    log.start("q1")
    log.cast(1, "A", "for")
    log.cast(1, "C", "for")
    log.close(1)
    return log


def test_bytes_that_are_not_those_of_the_log_stop_the_count() -> None:
    log = closed()
    forged = {**log.ballots_of(1), "A": log.ballot(1, "A", "against").content}

    with pytest.raises(ValueError, match="not the one in the log"):
        log.submit(SYSTEM, Count(1), outside={"ballots": forged})

    assert log.state.votings[1].state == "closed"


def test_every_worker_counts_the_same() -> None:
    log = closed()
    facts = Facts(now=log.now, received_at=log.now, outside={"ballots": log.ballots_of(1)})

    one = log.machine.decide(log.state, SYSTEM, Count(1), facts)
    other = log.machine.decide(log.refold(), SYSTEM, Count(1), facts)

    assert one == other


def test_the_record_of_a_count_holds_its_proof_and_no_name() -> None:
    log = closed()

    log.count(1)

    body = log.events[-1].body
    assert (body["outcome"], body["share"], body["totals"]["for"]) == ("adopted", "7/10", "7000")
    assert len(body["input_sha256"]) == 64
    assert body["profile_version"] == log.state.the_card.profile_version
    assert "ООО" not in str(body)


def test_ballots_are_opened_by_a_hundred() -> None:
    lines = tuple(a_creditor(f"c{number:04}") for number in range(250))
    log = a_meeting(creditors=lines)
    log.start("q1")
    for line in lines:
        log.cast(1, line.creditor, "for")

    log.finish(1)

    parts = [len(event.body["choices"]) for event in log.events if event.kind == "ballots_opened"]
    assert parts == [100, 100, 50]


def test_a_single_creditor_decides_alone() -> None:
    log = a_meeting(creditors=(a_creditor("A"),))

    log.decide("q1", "A")

    assert log.state.results[1].single_creditor
    assert "единственного кредитора" in log.state.results[1].explanation


def test_a_settlement_needs_every_secured_creditor() -> None:
    lines = (a_creditor("A", 90_00), a_creditor("S", 10_00, secured_kopecks=10_00))
    log = a_meeting(a_question("q1", "settlement"), creditors=lines)

    log.decide("q1", "A")

    assert not log.state.results[1].adopted
    assert log.seen("participant")["result/1"].secured_not_for == ["S"]
