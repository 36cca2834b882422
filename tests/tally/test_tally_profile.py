"""The legal profile: every reading has its article and says how sure it is."""

from dataclasses import fields, replace
from fractions import Fraction

import pytest

from tally import PROFILE, TallyError
from tally.profile import Coded, Threshold

OF_THE_NOTES = {
    "intro_procedure": "M9",
    "external_plan": "M9",
    "recovery_plan": "M9",
    "petition_bankruptcy": "M9",
    "committee_form": "M9",
    "committee": "C",
    "settlement": "C",
    "manager_choice": "M7",
    "manager_removal": "M7",
    "switch_to_external_management": "M7",
    "agenda_addition": "M7",
    "restructuring_plan": "C",
    "asset_substitution": "M5",
    "general": "C",
    "transfer_unfinished_object": "M5",
}


@pytest.mark.parametrize(
    ("votes", "strict", "met"),
    [(4, True, False), (5, True, False), (6, True, True), (5, False, True), (4, False, False)],
)
def test_a_threshold_compares_without_rounding(votes: int, strict: bool, met: bool) -> None:
    assert Threshold(1, 2, strict).is_met(votes, 10) is met


def test_one_kopeck_decides_above_the_precision_of_a_float() -> None:
    base = 2 * 10**17

    assert not Threshold(1, 2).is_met(10**17, base)
    assert Threshold(1, 2).is_met(10**17 + 1, base)


def test_uncertain_topics_are_marked_as_such() -> None:
    assert {topic.code: topic.status for topic in PROFILE.topics} == OF_THE_NOTES


def test_every_reading_has_a_status_an_article_and_a_russian_name() -> None:
    quorums = [
        (rule.title, rule.article, rule.status) for rule in (PROFILE.quorum_first, PROFILE.quorum_repeat)
    ]
    rules = [(rule.title, rule.article, rule.status) for rule in PROFILE.rules]
    readings = [(reading.title, reading.article, reading.status) for reading in PROFILE.readings]

    assert all(title and article for title, article, _ in quorums + rules + readings)
    assert {status for _, _, status in quorums + rules + readings} == {"C", "M9", "M7", "M5", "D"}
    assert all(topic.title for topic in PROFILE.topics)
    assert all(procedure.title for procedure in PROFILE.procedures)
    assert [entry.status for entry in PROFILE.procedures] == ["C", "C", "C", "M9", "M5", "M5"]


def test_codes_are_unique_and_every_topic_has_a_rule_that_exists() -> None:
    tables: list[tuple[Coded, ...]] = [
        PROFILE.rules, PROFILE.topics, PROFILE.procedures, PROFILE.readings, PROFILE.outcomes, PROFILE.grounds,
    ]  # fmt: skip
    for codes in ([entry.code for entry in table] for table in tables):
        assert len(set(codes)) == len(codes)
    for topic in PROFILE.topics:
        assert PROFILE.rule(topic.rule).code == topic.rule
    assert PROFILE.rule(PROFILE.topic("agenda_addition").second_reading or "").code == "simple_present"


def test_thresholds_are_those_of_the_law() -> None:
    assert PROFILE.quorum_first.threshold.share == Fraction(1, 2)
    assert PROFILE.quorum_repeat.threshold.share == Fraction(3, 10)
    assert PROFILE.rule("majority_register_repeat").threshold == Threshold(3, 10)
    assert not PROFILE.enable_15_3


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("adopted", "решение принято"),
        ("not_adopted", "решение не принято"),
        ("chosen", "вариант выбран"),
        ("elected", "комитет избран"),
        ("tie_for_last_seats", "ничья за последние места"),
        ("seats_unfilled", "заняты не все места"),
        ("no_quorum", "нет кворума"),
        ("no_electorate", "нет ни одного голоса по вопросу"),
        ("not_put_to_vote", "вопрос не ставился на голосование"),
    ],
)
def test_every_outcome_has_a_russian_name(code: str, title: str) -> None:
    assert PROFILE.outcome_title(code) == title


def test_entries_are_found_by_code() -> None:
    assert PROFILE.rule("settlement").title == "большинство от всех голосов реестра и все залоговые кредиторы"
    assert PROFILE.topic("general").title == "прочие вопросы"
    assert PROFILE.procedure("liquidation").title == "конкурсное производство"
    assert PROFILE.procedure("restructuring") is PROFILE.procedure("citizen_restructuring")
    assert PROFILE.ground_title("unsigned") == "бюллетень не подписан"


def test_a_topic_that_the_profile_does_not_name_is_an_ordinary_one() -> None:
    assert PROFILE.secured_votes_on("of our own") == "no"
    assert PROFILE.secured_votes_on("settlement") == "everywhere"
    assert PROFILE.second_reading_of("of our own") is None
    assert PROFILE.second_reading_of("agenda_addition") == "simple_present"


@pytest.mark.parametrize(
    ("lookup", "error"),
    [
        ("rule", "unknown_rule"),
        ("topic", "unknown_topic"),
        ("procedure", "unknown_procedure"),
        ("outcome_title", "unknown_outcome"),
        ("ground_title", "unknown_ground"),
    ],
)
def test_what_the_profile_does_not_name_is_refused_with_a_code(lookup: str, error: str) -> None:
    with pytest.raises(TallyError) as refused:
        getattr(PROFILE, lookup)("xyz")

    assert (refused.value.code, refused.value.detail) == (error, "xyz")


def test_the_hash_covers_every_part_of_the_profile() -> None:
    changed = [
        replace(PROFILE, version="another"),
        replace(PROFILE, enable_15_3=True),
        replace(PROFILE, topics=PROFILE.topics[1:]),
        replace(PROFILE, quorum_first=replace(PROFILE.quorum_first, threshold=Threshold(1, 3))),
    ]

    assert len({PROFILE.hash, *(profile.hash for profile in changed)}) == 5
    assert PROFILE.hash == replace(PROFILE).hash


def test_a_profile_is_a_value() -> None:
    assert hash(PROFILE) == hash(replace(PROFILE))
    assert {field.name for field in fields(PROFILE)} >= {
        "version",
        "quorum_first",
        "quorum_repeat",
        "enable_15_3",
    }
