"""Which ballots are in time and valid, and on what ground one is not."""

from collections.abc import Mapping

import pytest

from tally import PROFILE, Ballot, MeetingContext, TallyError
from tally.attendance import Entry
from tally.ballots import Vote, check_ballots, in_time, vote_of
from tally.question import Question
from tally.rules import terms_of
from tests.tally.tally_builders import LIQUIDATION, a_committee, a_question

YES_NO = a_question()
CHOICE = a_question("choice_present", options=("v1", "v2"))
COMMITTEE = a_committee(seats=3)
OWN = Entry("A", may_vote_settlement=True)
NO_POWER = Entry("rep", may_vote_settlement=False)


def judged(
    ballot: Ballot | None, question: Question = YES_NO, entry: Entry | None = OWN, weight: int = 100
) -> Vote:
    return vote_of(ballot, entry, weight, question, terms_of(question, LIQUIDATION, PROFILE))


@pytest.mark.parametrize("mark", ["for", "against", "abstain"])
def test_one_mark_is_a_vote(mark: str) -> None:
    assert judged(Ballot("A", (mark,))) == Vote(mark)


@pytest.mark.parametrize("mark", ["v1", "v2", "abstain"])
def test_one_option_is_a_vote_in_a_choice(mark: str) -> None:
    assert judged(Ballot("A", (mark,)), CHOICE) == Vote(mark)


def test_no_ballot_is_not_submitted() -> None:
    assert judged(None) == Vote("not_submitted")


@pytest.mark.parametrize(
    ("ballot", "ground"),
    [
        (Ballot("A", ("for",), signed=False), "unsigned"),
        (Ballot("A", ("for",), corrected=True), "corrected"),
        (Ballot("A", ("for",), signer="B"), "signer_not_registered"),
        (Ballot("A", ()), "no_mark"),
        (Ballot("A", ("for", "against")), "several_marks"),
        (Ballot("A", ("for", "for")), "several_marks"),
        (Ballot("A", ("perhaps",)), "unknown_mark"),
        (Ballot("A", ("v1",)), "unknown_mark"),
        (Ballot("A", ("for",), distribution={"x": 1}), "unknown_mark"),
    ],
)
def test_a_spoiled_ballot_is_invalid_on_a_named_ground(ballot: Ballot, ground: str) -> None:
    assert judged(ballot) == Vote("invalid", ground)
    assert PROFILE.ground_title(ground)


def test_for_is_not_an_option_of_a_choice() -> None:
    assert judged(Ballot("A", ("for",)), CHOICE) == Vote("invalid", "unknown_mark")


def test_the_registered_representative_may_sign() -> None:
    assert judged(Ballot("A", ("for",), signer="rep"), entry=NO_POWER) == Vote("for")


def test_a_settlement_needs_a_power_that_names_it() -> None:
    settlement = a_question("settlement", "settlement")

    assert judged(Ballot("A", ("for",)), settlement, NO_POWER) == Vote("invalid", "no_settlement_power")
    assert judged(Ballot("A", ("for",)), settlement, OWN) == Vote("for")
    assert judged(Ballot("A", ("for",)), YES_NO, NO_POWER) == Vote("for")


def test_without_the_journal_nobody_asks_for_the_signers_entry() -> None:
    assert judged(Ballot("A", ("for",), signer="somebody"), entry=None) == Vote("for")


@pytest.mark.parametrize(
    "distribution", [{"x": 300}, {"x": 100, "y": 100, "z": 100}, {"x": 1}, {"x": 1, "y": 0}]
)
def test_votes_within_the_pool_are_cast(distribution: Mapping[str, int]) -> None:
    vote = judged(Ballot("A", distribution=distribution), COMMITTEE)

    assert vote == Vote("cast", None, distribution)


@pytest.mark.parametrize(
    ("ballot", "ground"),
    [
        (Ballot("A", distribution={"x": 301}), "over_pool"),
        (Ballot("A", distribution={"x": 300, "y": 1}), "over_pool"),
        (Ballot("A", distribution={"x": 10, "stranger": 0}), "unknown_candidate"),
        (Ballot("A", distribution={"x": 10, "y": -1}), "negative_votes"),
        (Ballot("A", distribution={"x": 0}), "no_mark"),
        (Ballot("A", distribution={}), "no_mark"),
        (Ballot("A"), "no_mark"),
        (Ballot("A", ("x",), distribution={"x": 10}), "unknown_mark"),
        (Ballot("A", distribution={"x": 10}, signed=False), "unsigned"),
    ],
)
def test_a_wrong_distribution_is_invalid_on_a_named_ground(ballot: Ballot, ground: str) -> None:
    assert judged(ballot, COMMITTEE) == Vote("invalid", ground)
    assert PROFILE.ground_title(ground)


@pytest.mark.parametrize(
    ("deadline", "received_at", "timely"),
    [(10, 9, True), (10, 10, True), (10, 11, False), (None, 11, True), (10, None, True), (None, None, True)],
)
def test_the_deadline_itself_is_in_time(deadline: int | None, received_at: int | None, timely: bool) -> None:
    context = MeetingContext("liquidation", deadline=deadline)

    assert in_time(Ballot("A", ("for",), received_at=received_at), context) is timely


@pytest.mark.parametrize(
    ("ballots", "code", "detail"),
    [
        ((Ballot("X", ("for",)),), "unknown_creditor", "X"),
        ((Ballot("A", ("for",)), Ballot("B"), Ballot("A")), "duplicate_ballot", "A"),
        ((Ballot("B", distribution={"x": 1, "y": True}),), "not_integer_kopecks", "B for y"),
        ((Ballot("B", distribution={"x": 1.5}),), "not_integer_kopecks", "B for x"),  # type: ignore[dict-item]
    ],
)
def test_wrong_ballots_stop_the_count(ballots: tuple[Ballot, ...], code: str, detail: str) -> None:
    with pytest.raises(TallyError) as refused:
        check_ballots(ballots, frozenset("AB"))

    assert (refused.value.code, refused.value.detail) == (code, detail)
