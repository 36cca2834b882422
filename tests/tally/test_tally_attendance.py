"""The registration journal and the quorum (127-ФЗ, art. 12 p. 4)."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tally import PROFILE, Attendance, MeetingContext, TallyError, quorum
from tally.attendance import Entry, journal_of
from tally.profile import Threshold

FIRST, REPEATED = MeetingContext("liquidation"), MeetingContext("liquidation", repeated=True)
CREDITORS = frozenset("ABC")


@pytest.mark.parametrize(
    ("present", "held"), [(0, False), (499, False), (500, False), (501, True), (1000, True)]
)
def test_the_first_call_needs_more_than_half(present: int, held: bool) -> None:
    counted = quorum(1000, present, FIRST, PROFILE)

    assert counted.held is held
    assert (counted.rule, counted.share) == ("more_than_half", Fraction(present, 1000))
    assert (counted.present_kopecks, counted.total_kopecks) == (present, 1000)


@pytest.mark.parametrize(("present", "held"), [(299, False), (300, False), (301, True)])
def test_a_repeated_call_needs_more_than_thirty_percent(present: int, held: bool) -> None:
    counted = quorum(1000, present, REPEATED, PROFILE)

    assert counted.held is held
    assert counted.rule == "repeated_more_than_30_percent"


def test_without_any_votes_there_is_no_quorum_and_no_share() -> None:
    counted = quorum(0, 0, FIRST, PROFILE)

    assert counted.held is False
    assert counted.share is None


def test_no_votes_are_no_quorum_whatever_the_threshold() -> None:
    lenient = replace(PROFILE.quorum_first, threshold=Threshold(1, 2, strict=False))

    assert quorum(0, 0, FIRST, replace(PROFILE, quorum_first=lenient)).held is False
    assert quorum(2, 1, FIRST, replace(PROFILE, quorum_first=lenient)).held is True


def test_a_quorum_names_its_threshold_and_article() -> None:
    counted = quorum(10, 10, REPEATED, PROFILE)

    assert counted.threshold.share == Fraction(3, 10)
    assert counted.article == "127-ФЗ, ст. 12 п. 4"


def test_the_journal_says_who_speaks_for_whom() -> None:
    journal = journal_of(
        (
            Attendance("rep", ("A", "B")),
            Attendance("rep", ("C",), may_vote_settlement=False),
            Attendance("guest"),
        ),
        CREDITORS,
    )

    assert journal == {"A": Entry("rep", True), "B": Entry("rep", True), "C": Entry("rep", False)}


@pytest.mark.parametrize(
    ("attendance", "code", "detail"),
    [
        ((Attendance("X", ("X",)),), "unknown_creditor", "X"),
        ((Attendance("A", ("A",)), Attendance("rep", ("B", "A"))), "creditor_registered_twice", "A"),
        ((Attendance("A", ("A", "A")),), "creditor_registered_twice", "A"),
    ],
)
def test_a_wrong_journal_stops_the_count(attendance: tuple[Attendance, ...], code: str, detail: str) -> None:
    with pytest.raises(TallyError) as refused:
        journal_of(attendance, CREDITORS)

    assert (refused.value.code, refused.value.detail) == (code, detail)
