"""Doubtful ballots in the log: a count over an undecided owner, and a ballot set aside out of turn, are named."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.events.stories import FOLDER
from tests.verifier.test_honest import an_event
from verifier.finding import Findings
from verifier.fold import read_meeting

HISTORY: list[dict[str, Any]] = json.loads((FOLDER / "history-doubted.json").read_text())


def faults(events: list[dict[str, Any]]) -> set[str]:
    findings = Findings()
    read_meeting([an_event(pos, said) for pos, said in enumerate(events, 1)], findings)
    return {fault.code for fault in findings.faults}


def without(kind: str) -> list[dict[str, Any]]:
    """Empty events stand in the places of those left out, so that positions stay."""
    return [
        {**event, "kind": "signing_tried", "version": 2, "body": {}} if event["kind"] == kind else event
        for event in HISTORY
    ]


def changed(kind: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> list[dict[str, Any]]:
    return [change(event) if event["kind"] == kind else event for event in HISTORY]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("owner_reviewed", "review_missing"),
        ("owner_doubted", "review_course"),
        ("ballots_damaged", "damage_course"),
    ],
)
def test_what_has_to_stand_before_a_decision_or_a_count_is_missed(kind: str, code: str) -> None:
    assert code in faults(without(kind))


@pytest.mark.parametrize("kind", ["owner_reviewed", "damaged_set_aside"])
def test_nobody_but_the_organizer_decides(kind: str) -> None:
    by_another = changed(kind, lambda event: {**event, "actor": "p_A"})

    assert "actor_without_right" in faults(by_another)


def test_a_ballot_is_named_as_damaged_by_its_place() -> None:
    def moved(event: dict[str, Any]) -> dict[str, Any]:
        ballots = [{**one, "pos": 1} for one in event["body"]["ballots"]]
        return {**event, "body": {**event["body"], "ballots": ballots}}

    assert "damage_course" in faults(changed("ballots_damaged", moved))
