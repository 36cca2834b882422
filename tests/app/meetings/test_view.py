"""Who sees what: every class before and after the closing of open and closed votings, and what is one's own."""

import pytest

from app.meetings.commands import CancelVoting, EndMeeting
from app.meetings.joins import text_refs
from app.meetings.machine import EVENTS
from app.meetings.minutes import minutes
from app.meetings.model import Role
from app.meetings.outcome import table_view
from app.meetings.personal import ballots_of, me, shown_receipts, touched
from app.meetings.view import URGENT, may_see_table, view, view_class
from app.meetings.view_types import Receipt
from tests.builders import OBSERVER, ORGANIZER, SCREEN, Log, a_meeting, a_question, person_of

ROLES: tuple[Role, ...] = ("organizer", "registrar", "participant", "observer", "screen")


def a_voting(secrecy: str) -> Log:
    log = a_meeting(a_question("q1", secrecy=secrecy))
    log.start("q1")
    log.cast(1, "A", "for")
    log.cast(1, "B", "against")
    return log


def keys(log: Log, role: Role) -> set[str]:
    return {key.split("/")[0] for key in log.seen(role)}


def test_a_seat_gives_its_class_and_a_stranger_none() -> None:
    log = a_meeting()

    assert [view_class(log.state, p) for p in (ORGANIZER, OBSERVER, SCREEN, person_of("A"), "stranger")] == [
        "organizer",
        "observer",
        "screen",
        "participant",
        None,
    ]


def test_before_the_closing_nobody_sees_a_table_or_a_result() -> None:
    for secrecy in ("open", "closed"):
        log = a_voting(secrecy)

        for role in ROLES:
            assert keys(log, role).isdisjoint({"table", "result"})


@pytest.mark.parametrize(
    ("secrecy", "who"),
    [("open", {"organizer", "registrar", "participant", "observer"}), ("closed", {"organizer", "registrar"})],
)
def test_the_table_by_name_goes_to_whom_the_secrecy_lets(secrecy: str, who: set[str]) -> None:
    log = a_voting(secrecy)
    log.finish(1)

    assert {role for role in ROLES if may_see_table(log.state, log.state.votings[1], role)} == who
    assert all("table" not in keys(log, role) for role in ROLES)
    assert all("result/1" in log.seen(role) for role in ROLES)


def test_the_organizer_sees_who_has_voted_and_not_how() -> None:
    log = a_voting("open")

    seen = log.seen("organizer")

    assert seen["creditor/A"].voted == [1]
    assert seen["creditor/C"].voted == []
    assert (seen["voting/1"].voted, seen["voting/1"].voted_kopecks) == (2, "8000")


def test_only_the_staff_sees_creditors_and_only_the_organizer_the_next_step() -> None:
    log = a_voting("open")

    assert [role for role in ROLES if "creditor" in keys(log, role)] == ["organizer", "registrar"]
    assert [role for role in ROLES if "next" in keys(log, role)] == ["organizer"]


def test_a_result_shows_sums_in_the_order_of_the_ballot_with_its_arithmetic() -> None:
    log = a_voting("open")
    log.finish(1)

    result = log.seen("screen")["result/1"]

    assert [(t.id, t.kopecks, t.percent, t.creditors) for t in result.totals] == [
        ("for", "5000", "50,00", 1),
        ("against", "3000", "30,00", 1),
        ("abstain", "0", "0,00", 0),
        ("invalid", "0", "0,00", 0),
        ("not_submitted", "2000", "20,00", 1),
    ]
    assert (result.share, result.share_percent, result.threshold_percent) == ("1/2", "50,00", "50,00")
    assert (result.outcome, result.article) == ("not_adopted", "127-ФЗ, ст. 15 п. 1")


def test_an_explanation_names_options_by_their_texts() -> None:
    log = a_meeting(
        a_question("q1", "manager_choice", options=(("m1", "СРО «Первая»"), ("m2", "СРО «Вторая»")))
    )
    log.start("q1")
    log.cast(1, "A", "m1")
    log.cast(1, "B", "m1")
    log.finish(1)

    result = log.seen("participant")["result/1"]

    assert "СРО «Первая»" in result.explanation
    assert result.chosen == ["m1"]
    assert [row.mark for row in log.table(1).rows] == ["m1", "m1", "not_submitted"]


def test_my_rights_and_ballots_are_my_own() -> None:
    log = a_voting("closed")

    mine, other = log.mine(person_of("A")), log.mine(person_of("C"))

    assert (mine["right/1/A"].may_vote, mine["right/1/A"].code) == (False, "already_voted")
    assert mine["ballot/1/A"].ballot_sha256 == log.state.votings[1].ballots["A"].sha256
    assert other["right/1/C"].may_vote
    assert "ballot/1/C" not in other
    assert log.mine(SCREEN).keys() == {"person"}


def test_receipts_are_joined_by_position() -> None:
    log = a_voting("open")
    position = log.state.votings[1].ballots["A"].receipt_pos
    receipt = Receipt("meeting:m_1", "00" * 8, position, "ab", "k1", "cd")

    mine = me(log.state, log.texts, person_of("A"), {position: receipt})

    assert position in shown_receipts(log.state)
    assert mine["ballot/1/A"].receipt == receipt  # type: ignore[attr-defined]
    assert [ballot.creditor for _, ballot, _ in ballots_of(log.state, person_of("A"))] == ["A"]


def test_a_cancelled_voting_leaves_the_question_with_its_reason() -> None:
    log = a_voting("open")

    log.by_organizer(CancelVoting(1, "сбой связи"))

    seen = log.seen("participant")
    assert (seen["voting/1"].state, seen["voting/1"].reason) == ("cancelled", "сбой связи")
    assert seen["question/q1"].state == "waiting"


def test_events_touch_the_persons_of_their_creditors() -> None:
    log = a_meeting(representatives={"p_rep": ("A", "B")})
    log.start("q1")
    assert touched(log.state, log.events[-1]) is None

    log.cast(1, "A", "for")

    assert touched(log.state, log.events[-1]) == frozenset({"p_A", "p_rep"})


def test_what_an_event_does_not_touch_it_does_not_change() -> None:
    log = a_meeting(representatives={"p_rep": ("A", "B")})
    log.start("q1")
    log.cast(1, "A", "for")
    log.by_organizer(CancelVoting(1, "сбой"))
    log.decide("q1", "A", "B")
    log.by_organizer(EndMeeting())
    state, persons = log.machine.initial(), log.state.persons

    for event in log.events:
        before, state = state, log.machine.evolve(state, event)
        changed = touched(state, event)
        for person in persons:
            if changed is not None and person not in changed and person in before.persons:
                assert me(before, log.texts, person) == me(state, log.texts, person)


def test_urgent_events_are_events() -> None:
    assert EVENTS.keys() >= URGENT


def test_destroying_one_creditors_texts_changes_nothing_but_the_name() -> None:
    log = a_voting("open")
    log.finish(1)
    log.by_organizer(EndMeeting())
    whole = minutes(log.state, log.texts, "organizer")
    left = {ref: text for ref, text in log.texts.items() if log.subjects[ref] not in ("m_1/A", "p_A")}

    redacted = minutes(log.state, left, "organizer")

    by_whom = ("электронный, кредитор", "электронный, данные удалены")
    assert redacted == whole.replace("ООО «A»", "данные удалены").replace(*by_whom, 1)
    assert "ООО «A»" in whole
    assert view(log.state, log.texts, "participant") == view(log.state, left, "participant")
    named, table = log.table(1), table_view(log.state, left, log.state.votings[1])
    assert [row.name for row in table.rows] == ["данные удалены", *(row.name for row in named.rows[1:])]
    assert me(log.state, left, "p_A")["person"].name == "данные удалены"  # type: ignore[attr-defined]


def test_every_text_that_is_shown_is_asked_for() -> None:
    log = a_voting("open")
    log.by_organizer(CancelVoting(1, "сбой"))
    needed = set(text_refs(log.state))

    assert needed == set(log.texts)
