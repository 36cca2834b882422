"""Who votes and with how many kopecks (127-ФЗ, art. 12 pp. 1 and 3)."""

from dataclasses import replace
from typing import Any

import pytest

from tally import PROFILE, MeetingContext, RegisterLine, TallyError, electorate
from tests.tally.tally_builders import LIQUIDATION, OBSERVATION, a_question, a_register

GENERAL = a_question()
PLEDGED = RegisterLine("Z", 100_00, secured_kopecks=80_00, repaid_kopecks=5_00, repaid_secured_kopecks=10_00)
ONLY_UNSECURED, WITH_SECURED = 15_00, 85_00


def weight_of(
    line: RegisterLine, topic: str = "general", procedure: str = "liquidation", **question: Any
) -> int | None:
    asked = replace(a_question(topic=topic), **question)
    return electorate((line,), asked, MeetingContext(procedure), PROFILE).get(line.id)


def test_the_balance_without_penalties_votes() -> None:
    line = RegisterLine("A", 1000, penalties_kopecks=999_999, repaid_kopecks=1)

    assert electorate((line,), GENERAL, LIQUIDATION, PROFILE) == {"A": 999}


def test_a_creditor_without_votes_is_not_in_the_electorate() -> None:
    lines = (*a_register(A=1, B=0), RegisterLine("C", 500, repaid_kopecks=500))

    assert electorate(lines, GENERAL, LIQUIDATION, PROFILE) == {"A": 1}


@pytest.mark.parametrize("order", [1, 2, 4])
def test_only_the_third_priority_votes(order: int) -> None:
    lines = (RegisterLine("A", 100), RegisterLine("W", 900, order=order))

    assert electorate(lines, GENERAL, LIQUIDATION, PROFILE) == {"A": 100}


def test_claims_behind_the_register_vote_only_when_everybody_filed_late() -> None:
    late = RegisterLine("L", 900, late=True)

    assert electorate((late, RegisterLine("A", 1)), GENERAL, LIQUIDATION, PROFILE) == {"A": 1}
    assert electorate((late,), GENERAL, LIQUIDATION, PROFILE) == {"L": 900}


def test_a_restricted_creditor_is_out_of_the_count_on_that_topic_only() -> None:
    lines = (RegisterLine("A", 100, restricted_topics=("manager_choice",)), RegisterLine("B", 50))

    assert electorate(lines, a_question(topic="manager_choice"), LIQUIDATION, PROFILE) == {"B": 50}
    assert electorate(lines, GENERAL, LIQUIDATION, PROFILE) == {"A": 100, "B": 50}


@pytest.mark.parametrize(
    ("procedure", "topic", "votes"),
    [
        ("observation", "general", WITH_SECURED),
        ("citizen_restructuring", "general", WITH_SECURED),
        ("restructuring", "general", WITH_SECURED),
        ("liquidation", "general", ONLY_UNSECURED),
        ("liquidation", "external_plan", ONLY_UNSECURED),
        ("liquidation", "agenda_addition", ONLY_UNSECURED),
        ("liquidation", "a topic that the profile does not name", ONLY_UNSECURED),
        ("liquidation", "manager_choice", WITH_SECURED),
        ("liquidation", "manager_removal", WITH_SECURED),
        ("liquidation", "switch_to_external_management", WITH_SECURED),
        ("liquidation", "settlement", WITH_SECURED),
        ("liquidation", "asset_substitution", WITH_SECURED),
        ("citizen_realisation", "general", ONLY_UNSECURED),
        ("realisation", "manager_choice", WITH_SECURED),
        ("external_management", "general", ONLY_UNSECURED),
        ("external_management", "manager_choice", ONLY_UNSECURED),
        ("external_management", "settlement", WITH_SECURED),
        ("financial_recovery", "general", ONLY_UNSECURED),
        ("financial_recovery", "asset_substitution", WITH_SECURED),
    ],
)
def test_the_secured_part_votes_by_procedure_and_topic(procedure: str, topic: str, votes: int) -> None:
    assert weight_of(PLEDGED, topic, procedure) == votes


@pytest.mark.parametrize("procedure", ["external_management", "financial_recovery"])
def test_a_waived_pledge_votes_in_rehabilitation(procedure: str) -> None:
    assert weight_of(replace(PLEDGED, pledge_waived=True), procedure=procedure) == WITH_SECURED


def test_a_waived_pledge_changes_nothing_in_liquidation() -> None:
    assert weight_of(replace(PLEDGED, pledge_waived=True)) == ONLY_UNSECURED


def test_whose_consent_is_needed_has_a_vote() -> None:
    assert weight_of(PLEDGED, rule="settlement") == WITH_SECURED
    assert weight_of(PLEDGED, all_secured=True) == WITH_SECURED


@pytest.mark.parametrize(
    ("wrong", "code", "detail"),
    [
        ({"claim_kopecks": 1.0}, "not_integer_kopecks", "A.claim_kopecks"),
        ({"claim_kopecks": True}, "not_integer_kopecks", "A.claim_kopecks"),
        ({"secured_kopecks": "5"}, "not_integer_kopecks", "A.secured_kopecks"),
        ({"penalties_kopecks": -1}, "negative_amount", "A.penalties_kopecks"),
        ({"repaid_kopecks": -1}, "negative_amount", "A.repaid_kopecks"),
        ({"repaid_secured_kopecks": -1}, "negative_amount", "A.repaid_secured_kopecks"),
        ({"secured_kopecks": 101}, "secured_exceeds_claim", "A"),
        ({"secured_kopecks": 60, "repaid_secured_kopecks": 61}, "repaid_exceeds_claim", "A"),
        ({"secured_kopecks": 60, "repaid_kopecks": 41}, "repaid_exceeds_claim", "A"),
    ],
)
def test_wrong_amounts_stop_the_count(wrong: dict[str, Any], code: str, detail: str) -> None:
    line = replace(RegisterLine("A", 100), **wrong)

    with pytest.raises(TallyError) as refused:
        electorate((line,), GENERAL, LIQUIDATION, PROFILE)

    assert (refused.value.code, refused.value.detail) == (code, detail)


def test_a_claim_may_be_wholly_secured_and_wholly_repaid() -> None:
    line = RegisterLine("A", 100, secured_kopecks=60, repaid_kopecks=40, repaid_secured_kopecks=60)

    assert electorate((replace(line, repaid_kopecks=0),), GENERAL, OBSERVATION, PROFILE) == {"A": 40}
    assert electorate((line,), GENERAL, OBSERVATION, PROFILE) == {}


def test_two_lines_of_one_creditor_stop_the_count() -> None:
    with pytest.raises(TallyError) as refused:
        electorate((*a_register(A=1, B=2), RegisterLine("A", 3)), GENERAL, LIQUIDATION, PROFILE)

    assert (refused.value.code, refused.value.detail) == ("duplicate_creditor", "A")


def test_an_unknown_procedure_stops_the_count() -> None:
    with pytest.raises(TallyError) as refused:
        electorate(a_register(A=1), GENERAL, MeetingContext("sanation"), PROFILE)

    assert (refused.value.code, refused.value.detail) == ("unknown_procedure", "sanation")
