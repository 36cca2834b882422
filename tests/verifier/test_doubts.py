"""Doubtful ballots in the log: a count over an undecided owner, and a ballot set aside out of turn, are named."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.events.stories import FOLDER
from tests.verifier.test_honest import an_event
from verifier.finding import Findings
from verifier.fold import read_meeting
from verifier.notes import note_asked

HISTORY: list[dict[str, Any]] = json.loads((FOLDER / "history-doubted.json").read_text())


def notes(events: list[dict[str, Any]]) -> set[str]:
    findings = Findings()
    read_meeting([an_event(pos, said) for pos, said in enumerate(events, 1)], findings)
    return {note.code for note in findings.notes}


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


def test_who_leaves_out_doubt_and_review_together_is_noted() -> None:
    neither = [
        event
        if event["kind"] != "owner_reviewed"
        else {**event, "kind": "signing_tried", "version": 2, "body": {}}
        for event in without("owner_doubted")
    ]

    assert "review_absent" in notes(neither)
    assert "review_absent" not in notes(HISTORY)


def test_a_decision_that_was_counted_by_is_not_taken_back() -> None:
    accepted = next(event for event in HISTORY if event["kind"] == "owner_reviewed")
    taken_back = {**accepted, "body": {**accepted["body"], "accepted": False}}
    counted = next(pos for pos, event in enumerate(HISTORY, 1) if event["kind"] == "voting_counted")

    assert "review_course" in faults([*HISTORY[:counted], taken_back])
    assert "review_course" in faults([*HISTORY, taken_back])


def test_a_paper_ballot_is_never_damaged() -> None:
    def on_paper(event: dict[str, Any]) -> dict[str, Any]:
        is_its = event["body"]["creditor"] == "C"
        return {**event, "kind": "paper_received"} if is_its else event

    assert "damage_course" in faults(changed("ballot_cast", on_paper))


def test_the_minutes_are_hurried_after_the_end_by_the_organizer_with_the_true_number() -> None:
    deferred = [deferring(event) for event in HISTORY]
    hurried = deferred[-1]

    assert faults(deferred) == set()
    assert "hurry_course" in faults([*deferred[:-1], {**hurried, "body": {"ballots": 2}}])
    assert "hurry_course" in faults([*deferred, hurried])
    assert "hurry_course" in faults([*deferred[:-2], hurried])
    assert "actor_without_right" in faults([*deferred[:-1], {**hurried, "actor": "p_A"}])


def test_only_a_deferred_ballot_is_settled_and_once_and_by_the_service() -> None:
    deferred = [deferring(event) for event in HISTORY]

    def settling(**changes: Any) -> dict[str, Any]:
        one = {"voting": 1, "creditor": "A", "pos": 15, "found": "checked", "trust_version": "ab", **changes}
        return {
            **HISTORY[-1],
            "kind": "revocations_settled",
            "version": 2,
            "actor": "system",
            "body": {"ballots": [one]},
        }

    assert faults([*deferred, settling()]) == set()
    assert "settled_course" in faults([*deferred, settling(), settling()])
    assert "settled_course" in faults([*HISTORY[:-1], settling(pos=14)])
    assert "settled_course" in faults([*deferred, settling(voting=2, creditor="C", pos=24)])
    assert "actor_without_right" in faults([*deferred, {**settling(), "actor": "p_org"}])


def deferring(event: dict[str, Any]) -> dict[str, Any]:
    """A's ballot alone was taken while lists were in trouble."""
    if event["kind"] != "ballot_cast":
        return event
    state = "deferred" if event["body"]["creditor"] == "A" else "checked"
    signature = {**(event["body"]["signature"] or {}), "revocation": state}
    return {**event, "body": {**event["body"], "signature": signature}}


def test_every_decision_about_a_certificate_is_told() -> None:
    doubt = next(pos for pos, event in enumerate(HISTORY) if event["kind"] == "owner_doubted")
    accepted = next(event for event in HISTORY if event["kind"] == "owner_reviewed")
    rejected = {**accepted, "body": {**accepted["body"], "accepted": False}}
    decided = (accepted, rejected, accepted)
    findings = Findings()
    events = [an_event(pos, said) for pos, said in enumerate([*HISTORY[: doubt + 2], *decided], 1)]

    read_meeting(events, findings)
    note_asked(events, findings)

    told = [note.details for note in findings.notes if note.code == "owner_reviewed"]
    assert [said.rpartition(": ")[2] for said in told] == ["принято", "отклонено", "принято"]
    assert "review_course" not in {fault.code for fault in findings.faults}
