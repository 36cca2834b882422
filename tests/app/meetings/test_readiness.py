"""Readiness: a test ballot says who could vote on the day of the meeting, and never counts as a vote."""

import asyncio
from dataclasses import replace

import pytest

from app.meetings.commands import Cast, SignedBallot
from app.meetings.examination import TRIALS, Examination
from app.meetings.ports import Signer
from app.meetings.readiness import DAY, on_signing_tried, readiness_view
from app.meetings.refusals import TooManyTrials
from tests.builders import ORGANIZER, START, Log, a_creditor, a_meeting, person_of


def a_convened_meeting(**rest: object) -> Log:
    return a_meeting(until="convened", policy="qualified", **rest)  # type: ignore[arg-type]


def tried(log: Log, creditor: str, **facts: object) -> str | None:
    """What the person is told of his own test ballot."""
    log.signatures.facts = facts
    person = person_of(creditor)
    fault = log.submit(person, log.test_ballot(person)).answer["fault"]
    assert fault is None or isinstance(fault, str)
    return fault


def test_the_organizer_sees_how_many_are_ready_and_why_the_rest_are_not() -> None:
    log = a_convened_meeting()

    assert tried(log, "A") is None
    assert tried(log, "B", verdict="cert_expired") == "cert_expired"

    seen = log.seen("organizer")["readiness"]
    assert (seen.ready, seen.expected) == (1, 3)
    assert [(row.person, row.reason) for row in seen.rest] == [("p_B", "cert_expired"), ("p_C", "not_tried")]
    assert log.mine("p_A")["readiness"].reason is None
    assert log.mine("p_B")["readiness"].reason == "cert_expired"


def test_reasons_are_counted_and_the_biggest_creditors_come_first() -> None:
    lines = (a_creditor("A", 10), a_creditor("B", 30), a_creditor("C", 20))
    log = a_convened_meeting(creditors=lines)

    assert tried(log, "A", verdict="cert_expired") == "cert_expired"

    seen = log.seen("organizer")["readiness"]
    assert seen.reasons == {"cert_expired": 1, "not_tried": 2}
    assert [row.person for row in seen.rest] == ["p_B", "p_C", "p_A"]


def test_reasons_count_also_those_that_no_row_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.meetings.readiness.SHOWN", 1)

    seen = a_convened_meeting().seen("organizer")["readiness"]

    assert (seen.reasons, len(seen.rest)) == ({"not_tried": 3}, 1)


def test_a_certificate_has_to_last_until_the_meeting_is_over() -> None:
    log = a_convened_meeting()

    assert tried(log, "A", not_after=START + DAY - 1) == "cert_ends_before"
    assert tried(log, "A", not_after=START + DAY) is None


def test_another_persons_certificate_and_a_missing_power_are_told() -> None:
    lines = (a_creditor("A", representative="Петров"), a_creditor("B"), a_creditor("C"))
    log = a_convened_meeting(creditors=lines)

    assert tried(log, "B", owner_match="snils_differs") == "snils_differs"
    assert tried(log, "A") is None
    assert log.mine("p_A")["readiness"].reason == "power_of_attorney_missing"


def test_who_is_known_by_his_name_alone_is_ready_and_marked_for_the_organizer() -> None:
    log = a_convened_meeting()

    assert tried(log, "A", owner_match="same_name") is None
    seen = log.seen("organizer")["readiness"]
    assert seen.ready == 1
    assert [(row.person, row.reason) for row in seen.rest if row.person == "p_A"] == [("p_A", "same_name")]


def test_trouble_with_a_list_of_revoked_certificates_leaves_him_ready() -> None:
    assert tried(a_convened_meeting(), "A", revocation="deferred") is None


def test_a_carrier_of_another_person_shows_before_the_meeting_and_goes_with_his_own() -> None:
    log = a_convened_meeting()
    log.signatures.facts = {"owner_match": "carrier_other_person", "carrier": "1a2b3c4d"}

    answer = log.submit("p_A", log.test_ballot("p_A")).answer

    assert answer == {"fault": "carrier_other_person", "carrier": "1a2b3c4d", "is_local": False}
    assert log.mine("p_A")["readiness"].reason == "carrier_other_person"
    assert "1a2b" not in repr(log.events[-1].body)
    assert tried(log, "A") is None


def test_a_key_on_the_computer_is_told_to_both_and_leaves_him_ready() -> None:
    log = a_convened_meeting()
    log.signatures.facts = {"is_local": True}

    assert log.submit("p_A", log.test_ballot("p_A")).answer["is_local"]
    assert log.mine("p_A")["readiness"].reason is None
    seen = log.seen("organizer")["readiness"]
    assert (seen.ready, seen.reasons["local_key_warned"]) == (1, 1)
    assert [row.person for row in seen.rest if row.reason == "local_key_warned"] == ["p_A"]


def test_a_key_that_moved_to_a_carrier_is_told_no_more_and_two_marks_are_two_rows() -> None:
    log = a_convened_meeting()

    assert tried(log, "A", is_local=True, owner_match="same_name") is None
    marked = {"local_key_warned": 1, "same_name": 1, "not_tried": 2}
    assert log.seen("organizer")["readiness"].reasons == marked
    assert tried(log, "A") is None
    assert log.seen("organizer")["readiness"].reasons == {"not_tried": 2}


def test_a_trial_of_an_earlier_release_warns_of_nothing() -> None:
    log = a_convened_meeting()
    tried(log, "A", is_local=True)
    event = log.events[-1]
    body = {name: value for name, value in event.body.items() if name != "is_local"}

    state = on_signing_tried(log.state, replace(event, version=2, body=body))

    assert state.trials["p_A"].is_local is False


async def test_a_person_tries_so_often_and_is_told_when_to_come_again() -> None:
    log = await asyncio.to_thread(a_convened_meeting)
    examination = Examination(log.signatures, log.codes)

    async def tried_at(seconds: int, person: str = "p_A") -> None:
        trial = log.test_ballot(person)
        await examination.tried(log.state, Signer(person, person), trial, log.now + seconds * 1_000_000)

    for second in range(TRIALS):
        await tried_at(second)
    with pytest.raises(TooManyTrials) as refused:
        await tried_at(300)
    await tried_at(300, "p_B")
    await tried_at(600)

    assert refused.value.details == {"retry_after_s": 301}
    assert log.signatures.verified == TRIALS + 2


@pytest.mark.parametrize(
    "changes", [{"meeting": "m_2"}, {"person": "p_B"}, {"kind": "vote"}, {"question": "q1"}, {"nonce": "x"}]
)
def test_a_test_ballot_of_another_shape_or_person_is_refused(changes: dict[str, str]) -> None:
    log = a_convened_meeting()

    assert log.code("p_A", log.test_ballot("p_A", **changes)) == "malformed_ballot"


def test_a_test_ballot_is_no_vote() -> None:
    log = a_meeting(policy="qualified")
    log.start("q1")
    trial = log.test_ballot("p_A")

    code = log.code("p_A", Cast(1, [SignedBallot(trial.content, trial.signature)]))

    assert code == "malformed_ballot"


def test_only_where_ballots_are_signed_there_is_something_to_try() -> None:
    log = a_meeting(until="convened")

    assert log.code("p_A", log.test_ballot("p_A")) == "signature_not_expected"
    assert "readiness" not in log.seen("organizer")
    assert "readiness" not in log.mine("p_A")


def test_observers_and_the_organizer_are_not_expected_to_sign() -> None:
    log = a_convened_meeting()

    assert log.code(ORGANIZER, log.test_ballot(ORGANIZER)) == "forbidden"
    assert log.signatures.verified == 0


def test_what_is_refused_anyway_is_not_verified() -> None:
    log = a_convened_meeting()

    assert log.code("p_A", log.test_ballot("p_B")) == "malformed_ballot"
    assert log.signatures.verified == 0


def test_the_same_trial_again_adds_nothing_to_the_log() -> None:
    log = a_convened_meeting()
    tried(log, "A")
    before = len(log.events)

    assert tried(log, "A") is None
    assert len(log.events) == before
    assert tried(log, "A", verdict="cert_expired") == "cert_expired"
    assert len(log.events) == before + 1


def test_before_the_register_is_there_nobody_is_weighed() -> None:
    log = a_convened_meeting()

    seen = readiness_view(replace(log.state, registers={}), log.texts)

    assert seen.reasons == {"not_tried": 3}
