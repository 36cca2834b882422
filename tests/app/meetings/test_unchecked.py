"""What unchecked certificates could change, and minutes that the organizer does not let wait for them."""

import pytest

from app.meetings.commands import EndMeeting, HurryMinutes
from app.meetings.minutes import minutes
from app.meetings.model import SYSTEM
from app.meetings.revocation import Rechecked, SettleRevocations, waits_until
from app.meetings.unchecked import unchecked
from tests.builders import ORGANIZER, Log, a_creditor, a_meeting, a_question

DEFERRED = {"revocation": "deferred", "crl_numbers": ()}
HURRY = HurryMinutes("заседание суда завтра")


def counted(**votes: tuple[str, bool]) -> Log:
    """A: 50, B: 30, C: 20 of the votes; choice, and is the certificate still unchecked."""
    log = a_meeting(a_question("q1"), policy="qualified")
    log.start("q1")
    for creditor, (choice, is_deferred) in votes.items():
        log.signatures.facts = DEFERRED if is_deferred else {}
        log.cast(1, creditor, choice)
    log.finish(1)
    return log


@pytest.mark.parametrize(
    ("votes", "may_change"),
    [
        ({"A": ("for", True), "B": ("for", False), "C": ("against", False)}, True),
        ({"A": ("for", False), "B": ("for", False), "C": ("against", True)}, False),
        ({"A": ("for", False), "B": ("for", True), "C": ("against", True)}, True),
    ],
)
def test_a_decision_may_change_when_a_part_of_the_unchecked_carries_it(
    votes: dict[str, tuple[str, bool]], may_change: bool
) -> None:
    (one,) = unchecked(counted(**votes).state)

    assert one.may_change is may_change
    assert one.creditors == tuple(sorted(c for c, (_, is_deferred) in votes.items() if is_deferred))


def test_before_the_count_nobody_knows() -> None:
    log = a_meeting(policy="qualified")
    log.start("q1")
    log.signatures.facts = DEFERRED
    log.cast(1, "A", "for")

    (one,) = unchecked(log.state)

    assert one.may_change is None
    seen = log.seen("organizer")["deferred"]
    assert (seen.ballots, seen.until_ms) == (1, None)
    assert [(row.number, row.creditor) for row in seen.rows] == [("1", "A")]
    assert "deferred" not in log.seen("participant")


def test_of_a_committee_those_for_one_candidate_and_all_others_are_tried() -> None:
    log = a_meeting(
        a_question("q1", "committee", options=(("k1", "Первый"), ("k2", "Второй")), seats=1),
        creditors=(a_creditor("A", 50_00), a_creditor("B", 45_00)),
        policy="qualified",
    )
    log.start("q1")
    log.signatures.facts = DEFERRED
    log.submit("p_A", log.a_cast(1, "A", distribution={"k1": "5000"}))
    log.submit("p_B", log.a_cast(1, "B", distribution={"k2": "4500"}))
    log.finish(1)

    (one,) = unchecked(log.state)

    assert one.may_change is True


def test_minutes_are_hurried_by_a_recorded_reason_once_and_after_the_end() -> None:
    log = counted(A=("for", True), B=("for", False))
    early = log.code(ORGANIZER, HURRY)
    log.by_organizer(EndMeeting())
    waited = log.seen("organizer")["deferred"].until_ms

    log.by_organizer(HURRY)

    assert early == "minutes_not_ready"
    assert waited == (log.now + 24 * 3600 * 1_000_000) // 1000
    assert waits_until(log.state) is None
    assert log.seen("organizer")["deferred"].reason == "заседание суда завтра"
    assert log.code(ORGANIZER, HURRY) == "nothing_awaited"


def test_where_nothing_is_awaited_there_is_nothing_to_hurry() -> None:
    log = counted(A=("for", False))
    log.by_organizer(EndMeeting())

    assert log.code(ORGANIZER, HURRY) == "nothing_awaited"


def test_the_minutes_name_what_stayed_unchecked_how_many_votes_and_what_they_could_change() -> None:
    log = counted(A=("for", True), B=("for", False))
    log.by_organizer(EndMeeting())
    log.by_organizer(HURRY)

    page = minutes(log.state, log.texts, "participant")

    assert "не проверено бюллетеней: 1. Причина: заседание суда завтра" in page
    assert "1: ООО «A»" in page
    assert "решение может измениться" in page


def test_who_hurried_the_minutes_is_told_also_when_the_lists_came_before_they_were_made() -> None:
    log = counted(A=("for", True))
    log.by_organizer(EndMeeting())
    log.by_organizer(HURRY)
    pos = log.state.votings[1].ballots["A"].pos
    log.submit(SYSTEM, SettleRevocations((Rechecked(1, "A", pos, "checked", "test"),)))

    page = minutes(log.state, log.texts, "participant")

    assert "не проверено бюллетеней: 1. Причина: заседание суда завтра" in page
    assert "не получены списки" not in page
