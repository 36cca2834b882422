"""Which rule a topic has, and what a question must bring."""

from dataclasses import replace
from typing import Any

import pytest

from tally import PROFILE, MeetingContext, Question, TallyError, all_secured_for_topic, rule_for_topic
from tally.profile import Threshold
from tally.rules import Majority, majority_of, marks_of, terms_of
from tests.tally.tally_builders import a_committee, a_question

FIRST, REPEATED = MeetingContext("liquidation"), MeetingContext("liquidation", repeated=True)
WITH_15_3 = replace(PROFILE, enable_15_3=True)
REGISTER_TOPICS = (
    "intro_procedure",
    "external_plan",
    "recovery_plan",
    "petition_bankruptcy",
    "committee_form",
    "manager_choice",
    "manager_removal",
    "switch_to_external_management",
    "agenda_addition",
    "restructuring_plan",
)


@pytest.mark.parametrize("topic", REGISTER_TOPICS)
def test_topics_of_art_15_p_2_need_the_majority_of_the_register(topic: str) -> None:
    assert rule_for_topic(topic, FIRST, PROFILE, 0) == "majority_register"
    assert rule_for_topic(topic, FIRST, PROFILE, 1) == "majority_register"
    assert rule_for_topic(topic, FIRST, PROFILE, 2) == "choice_register"


@pytest.mark.parametrize(
    ("topic", "alone", "with_options"),
    [
        ("general", "simple_present", "choice_present"),
        ("committee", "cumulative", "cumulative"),
        ("settlement", "settlement", "settlement"),
        ("asset_substitution", "simple_present", "simple_present"),
        ("transfer_unfinished_object", "threshold", "threshold"),
    ],
)
def test_other_topics_have_their_own_rules(topic: str, alone: str, with_options: str) -> None:
    assert rule_for_topic(topic, FIRST, PROFILE, 1) == alone
    assert rule_for_topic(topic, FIRST, PROFILE, 2) == with_options


def test_art_15_p_3_is_off_by_default() -> None:
    assert rule_for_topic("external_plan", REPEATED, PROFILE, 0) == "majority_register"


def test_art_15_p_3_lowers_the_bar_of_a_repeated_meeting_when_enabled() -> None:
    assert rule_for_topic("external_plan", REPEATED, WITH_15_3, 0) == "majority_register_repeat"
    assert rule_for_topic("external_plan", FIRST, WITH_15_3, 0) == "majority_register"
    assert rule_for_topic("general", REPEATED, WITH_15_3, 0) == "simple_present"
    assert rule_for_topic("manager_choice", REPEATED, WITH_15_3, 3) == "choice_register"


@pytest.mark.parametrize(
    ("topic", "rule"), [("settlement", "settlement"), ("restructuring_plan", "majority_register")]
)
def test_art_15_p_3_never_touches_a_settlement_or_a_citizens_plan(topic: str, rule: str) -> None:
    assert rule_for_topic(topic, REPEATED, WITH_15_3, 0) == rule


def test_only_asset_substitution_carries_the_modifier_of_all_secured() -> None:
    topics = [topic.code for topic in PROFILE.topics if all_secured_for_topic(topic.code, PROFILE)]

    assert topics == ["asset_substitution"]


def test_an_unknown_topic_has_no_rule() -> None:
    with pytest.raises(TallyError) as refused:
        rule_for_topic("lunch", FIRST, PROFILE, 0)

    assert (refused.value.code, refused.value.detail) == ("unknown_topic", "lunch")


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        ("simple_present", (1, 2, "present")),
        ("majority_register", (1, 2, "register")),
        ("settlement", (1, 2, "register")),
    ],
)
def test_a_rule_brings_its_majority(rule: str, numbers: tuple[int, int, str]) -> None:
    terms = terms_of(a_question(rule), FIRST, PROFILE)

    assert terms.majority is not None
    share = terms.majority.threshold
    assert (share.numerator, share.denominator, terms.majority.base) == numbers
    assert share.strict
    assert terms.all_secured is (rule == "settlement")


def test_a_rule_with_half_of_its_numbers_has_no_majority() -> None:
    whole = PROFILE.rule("simple_present")

    assert majority_of(whole) == Majority(Threshold(1, 2), "present")
    assert majority_of(replace(whole, threshold=None)) is None
    assert majority_of(replace(whole, base=None)) is None


def test_a_threshold_is_taken_from_the_question_with_its_article() -> None:
    question = a_question("threshold", threshold=(3, 4), base="register", strict=False, article="ст. 201.10")

    terms = terms_of(question, FIRST, PROFILE)

    assert terms.majority == Majority(Threshold(3, 4, strict=False), "register")
    assert terms.article == "ст. 201.10"
    assert terms_of(replace(question, article=None), FIRST, PROFILE).article == "порог задан в вопросе"
    assert not terms.all_secured
    assert terms_of(replace(question, all_secured=True), FIRST, PROFILE).all_secured


@pytest.mark.parametrize("threshold", [(1, 1), (1, 100)])
def test_a_threshold_may_be_all_votes_or_a_small_share(threshold: tuple[int, int]) -> None:
    terms = terms_of(a_question("threshold", threshold=threshold, base="present"), FIRST, PROFILE)

    assert terms.majority == Majority(Threshold(*threshold, strict=True), "present")


@pytest.mark.parametrize(
    ("question", "code", "detail"),
    [
        (a_question("two_thirds"), "unknown_rule", "two_thirds"),
        (
            a_question("choice_present", options=("a", "b"), all_secured=True),
            "unknown_rule",
            "choice_present with all_secured",
        ),
        (a_question("majority_register_repeat"), "rule_needs_repeated_meeting", "majority_register_repeat"),
        (a_question("choice_register"), "bad_options", "q1"),
        (a_question("choice_register", options=("a",)), "bad_options", "q1"),
        (a_question("choice_register", options=("a", "b", "a")), "bad_options", "q1"),
        (a_question("choice_present", options=("a", "abstain")), "bad_options", "q1"),
        (a_question("choice_present", options=("a", "invalid")), "bad_options", "q1"),
        (a_question("choice_present", options=("a", "not_submitted")), "bad_options", "q1"),
        (a_committee(seats=0), "bad_seats_or_candidates", "q1"),
        (a_committee(seats=-1), "bad_seats_or_candidates", "q1"),
        (a_committee(seats=True), "bad_seats_or_candidates", "q1"),
        (a_committee(candidates=()), "bad_seats_or_candidates", "q1"),
        (a_committee(candidates=("x", "y", "x")), "bad_seats_or_candidates", "q1"),
        (a_question("threshold"), "bad_threshold", "q1"),
        (a_question("threshold", threshold=(3, 4)), "bad_threshold", "q1"),
        (a_question("threshold", base="register"), "bad_threshold", "q1"),
        (a_question("threshold", threshold=(3, 4), base="senders"), "bad_threshold", "q1"),
        (a_question("threshold", threshold=(0, 4), base="register"), "bad_threshold", "q1"),
        (a_question("threshold", threshold=(5, 4), base="register"), "bad_threshold", "q1"),
        (a_question("threshold", threshold=(True, 4), base="register"), "bad_threshold", "q1"),
        (a_question("threshold", threshold=(1, 2.0), base="register"), "bad_threshold", "q1"),
    ],
)
def test_a_question_that_does_not_fit_its_rule_is_refused(question: Question, code: str, detail: str) -> None:
    with pytest.raises(TallyError) as refused:
        terms_of(question, FIRST, PROFILE)

    assert (refused.value.code, refused.value.detail) == (code, detail)


@pytest.mark.parametrize(
    "more",
    [
        {"rule": "choice_present", "options": ("a", "b")},
        {"rule": "choice_present", "options": ("for", "against", "both")},
        {"rule": "cumulative", "seats": 1, "candidates": ("a",)},
        {"rule": "cumulative", "seats": 5, "candidates": ("a", "b")},
        {"rule": "majority_register", "options": ("one",)},
    ],
)
def test_a_question_that_fits_is_taken(more: dict[str, Any]) -> None:
    terms_of(Question("q1", "general", **more), FIRST, PROFILE)


def test_marks_stand_in_the_order_of_the_ballot() -> None:
    assert marks_of(a_question(), "for_against") == ("for", "against", "abstain")
    assert marks_of(a_question(options=("b", "a")), "choice") == ("b", "a", "abstain")
    assert marks_of(a_committee(), "cumulative") == ()
