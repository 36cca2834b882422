"""What certificates found revoked after the count changed: said with the figures of the law, decided by nobody here."""

from typing import Any

import pytest

from app.documents.render import compiled, compiler
from app.kernel.log.model import Position
from app.meetings import commands as c
from app.meetings.damage import ReportDamage
from app.meetings.minutes import minutes
from app.meetings.minutes_file import minutes_sheet
from app.meetings.model import SYSTEM
from app.meetings.revocation import Rechecked, SettleRevocations
from app.meetings.revoked import revoked
from app.meetings.unchecked import unchecked, unchecked_view
from tests.app.documents.test_render import text_of
from tests.builders import START, Log, a_creditor, a_meeting, a_question

DEFERRED = {"revocation": "deferred", "crl_numbers": ()}
HEADING = "Отозванные сертификаты"
OTHER = "решение было бы другим: решение не принято"
SAME = "решение не изменилось бы"


def voted(
    *awaited: str, secrecy: str = "open", claims: tuple[int, int, int] = (50, 30, 20), **choices: str
) -> Log:
    """Claims of A, B and C in roubles; of the certificates of `awaited` nobody knows yet."""
    creditors = tuple(a_creditor(name, claim * 100) for name, claim in zip("ABC", claims, strict=True))
    log = a_meeting(a_question("q1", secrecy=secrecy), creditors=creditors, policy="qualified")
    log.start("q1")
    for creditor, choice in choices.items():
        log.signatures.facts = DEFERRED if creditor in awaited else {}
        log.cast(1, creditor, *choice.split())
    return log


def find_revoked(log: Log, *creditors: str) -> None:
    ballots = log.state.votings[1].ballots
    found = tuple(Rechecked(1, creditor, ballots[creditor].pos, "revoked", "test") for creditor in creditors)
    log.submit(SYSTEM, SettleRevocations(found))


def flipped(**rest: Any) -> Log:
    """For: A and B with revoked certificates; against: C."""
    log = voted("A", "B", A="for", B="for", C="against", **rest)
    log.finish(1)
    find_revoked(log, "A", "B")
    return log


def kept() -> Log:
    """Two of three certificates are revoked, and the votes that carry the decision are another's."""
    log = voted("B", "C", claims=(60, 25, 15), A="for", B="for", C="against")
    log.finish(1)
    find_revoked(log, "B", "C")
    return log


def test_where_two_of_three_ballots_carry_the_decision_the_count_without_them_is_another() -> None:
    log = flipped()

    (one,) = revoked(log.state)

    assert (one.creditors, one.kopecks, one.changes) == (("A", "B"), 80_00, True)
    assert one.without is not None
    assert one.without.outcome == "not_adopted"
    assert log.state.results[1].outcome == "adopted", "the count that stands is left alone"


def test_where_others_carry_it_nothing_would_change() -> None:
    (one,) = revoked(kept().state)

    assert (one.creditors, one.kopecks, one.changes) == (("B", "C"), 40_00, False)


def test_the_minutes_say_which_how_many_votes_and_what_the_count_gives_without_them() -> None:
    log = flipped()

    whole, open_edition = (minutes(log.state, log.texts, role) for role in ("organizer", "participant"))

    for page in (whole, open_edition):
        assert f"<h2>{HEADING}</h2>" in page
        assert "2: ООО «A»; ООО «B»" in page
        assert "80,00" in page
        assert OTHER in page
        assert "решают организатор и суд" in page


def test_the_minutes_say_that_nothing_would_change() -> None:
    log = kept()

    assert SAME in minutes(log.state, log.texts, "participant")


def test_of_a_closed_voting_participants_read_the_number_and_the_sum_alone() -> None:
    log = flipped(secrecy="closed")

    whole, open_edition = (minutes(log.state, log.texts, role) for role in ("organizer", "participant"))
    section = open_edition.split(HEADING)[1].split("</table>")[0]

    assert "2: ООО «A»; ООО «B»" in whole
    assert OTHER in whole
    assert "<td>2</td>" in section
    assert "80,00" in section
    assert "не раскрывается: голосование закрытое" in section
    assert "ООО" not in section
    assert "решение было бы" not in section
    assert SAME not in section


def test_that_a_closed_voting_is_not_counted_is_no_secret() -> None:
    log = voted("A", secrecy="closed", A="for", B="for")
    find_revoked(log, "A")

    section = minutes(log.state, log.texts, "participant").split(HEADING)[1].split("</table>")[0]

    assert "голосование не подсчитано" in section
    assert "ООО" not in section


def test_the_file_has_the_section_too_and_without_revoked_ones_nobody_has_it() -> None:
    log = flipped()
    nothing = voted(A="for")
    nothing.finish(1)

    sheet = minutes_sheet(log.state, log.texts, Position(bytes(8), 1, bytes(32)), True, START, None)

    printed = text_of(compiled(compiler(), sheet))
    assert HEADING in printed
    assert "решают организатор и суд" in printed
    ((_, ballots, _, effect),) = sheet.data["revoked"]
    assert (ballots, effect) == ("2: ООО «A»; ООО «B»", OTHER)
    assert HEADING not in minutes(nothing.state, nothing.texts, "organizer")


def test_before_the_count_it_says_that_nothing_is_counted_and_afterwards_what_changed() -> None:
    log = voted("A", A="for", B="against")
    find_revoked(log, "A")
    (before,) = revoked(log.state)

    log.finish(1)
    (after,) = revoked(log.state)

    assert (before.without, before.changes) == (None, None)
    assert after.changes is False, "50 of 100 is no majority, so nothing was adopted in either count"


def test_a_cancelled_voting_is_left_out() -> None:
    log = voted("A", A="for")
    find_revoked(log, "A")
    log.by_organizer(c.CancelVoting(1, "сбой"))

    assert list(revoked(log.state)) == []
    assert "revoked" not in log.seen("organizer")


def test_a_ballot_that_was_invalid_anyway_is_called_so_and_changes_nothing() -> None:
    log = voted("C", A="for", B="for", C="for against")
    log.finish(1)
    find_revoked(log, "C")

    (one,) = revoked(log.state)

    assert one.changes is False
    assert "1: ООО «C» (бюллетень недействителен)" in minutes(log.state, log.texts, "organizer")


def test_a_ballot_that_was_set_aside_is_called_so() -> None:
    log = voted("C", A="for", B="for", C="against")
    find_revoked(log, "C")
    log.close(1)
    log.submit(SYSTEM, ReportDamage(1, {"C": "unreadable"}))
    log.by_organizer(c.SetAsideDamaged(1, "C", "копии базы нет"))
    log.count(1)

    assert "ООО «C» (бюллетень не читается, подсчитано без него)" in minutes(
        log.state, log.texts, "organizer"
    )


def test_another_candidate_is_named() -> None:
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
    find_revoked(log, "A")

    (row,) = unchecked_view(log.state, log.texts).revoked

    assert row.text.endswith("Подсчёт без них: решение было бы другим: комитет избран: «Второй».")


def test_the_quorum_of_an_absentee_meeting_falls_with_the_ballots() -> None:
    log = a_meeting(policy="qualified", form="absentee", ends_at=START + 86_400_000_000)
    for creditor in ("A", "B"):
        log.signatures.facts = DEFERRED if creditor == "A" else {}
        log.cast(1, creditor, "for")
    log.finish(1)
    find_revoked(log, "A")

    (one,) = revoked(log.state)

    assert one.without is not None
    assert one.without.outcome == "no_quorum"
    assert one.changes is True


@pytest.mark.parametrize(("choice", "may_change"), [("for", True), ("against", False)])
def test_unchecked_ballots_are_weighed_also_where_the_revoked_ones_have_fallen(
    choice: str, may_change: bool
) -> None:
    """A's 45 are revoked. With them the 30 of B change nothing, without them everything."""
    creditors = (a_creditor("A", 45_00), a_creditor("B", 30_00), a_creditor("C", 25_00))
    log = a_meeting(a_question("q1"), creditors=(*creditors, a_creditor("D", 30_00)), policy="qualified")
    log.start("q1")
    for creditor, said in {"A": "for", "B": choice, "C": "for", "D": "for"}.items():
        log.signatures.facts = DEFERRED if creditor in ("A", "B") else {}
        log.cast(1, creditor, said)
    log.finish(1)
    find_revoked(log, "A")

    (one,) = unchecked(log.state)

    assert one.may_change is may_change


def test_the_organizer_sees_it_when_it_is_found_and_participants_do_not() -> None:
    log = flipped(secrecy="closed")

    seen = log.seen("organizer")["revoked"]
    (row,) = unchecked_view(log.state, log.texts).revoked

    assert seen.ballots == 2
    assert [(each.voting, each.number, each.name) for each in seen.rows] == [
        (1, "1", "ООО «A»"),
        (1, "1", "ООО «B»"),
    ]
    assert row.text == f"Вопрос 1: бюллетеней 2, голосов на 80,00 руб. Подсчёт без них: {OTHER}."
    assert "revoked" in log.seen("registrar")
    assert not any("revoked" in log.seen(role) for role in ("participant", "observer", "screen"))
