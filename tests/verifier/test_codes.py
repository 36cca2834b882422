"""A meeting whose ballots were signed by codes: its archive is good, and what the log says of a code is checked."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.meetings.archive import Edition
from tests.events.stories import FOLDER
from tests.verifier.archives import archive_of, made
from tests.verifier.test_honest import an_event
from verifier.archive import Event
from verifier.chain import read_events
from verifier.check import check
from verifier.codes import LIFETIME, check_codes
from verifier.finding import Findings
from verifier.fold import read_meeting
from verifier.founding import founded
from verifier.meeting import Contradiction, Meeting
from verifier.signers import Signers
from verifier.versions import Versions

Editions = dict[Edition, dict[str, bytes]]
Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def simple(tmp_path_factory: pytest.TempPathFactory) -> Editions:
    return made(tmp_path_factory.mktemp("simple"), "simple")


def meeting_of(editions: Editions) -> Meeting:
    findings = Findings()
    return read_meeting(read_events(archive_of(editions["full"]), findings), findings)


def codes_of(meeting: Meeting) -> list[str]:
    findings = Findings()
    check_codes(meeting, findings)
    return [fault.code for fault in findings.faults]


@pytest.mark.parametrize("edition", ["full", "participants"])
def test_the_archive_is_good_and_says_what_a_code_does_not_prove(simple: Editions, edition: Edition) -> None:
    findings = check(archive_of(simple[edition])).findings

    assert findings.faults == []
    assert "simple_only" in [note.code for note in findings.notes]
    assert findings.counts["codes"] == 6  # of the annulled ballot too
    assert not [path for path in simple[edition] if path.startswith("ballots/") and path.endswith(".sig")]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda code: {**code, "ballots_sha256": "0" * 64}, "code_of_others"),
        (lambda code: {**code, "sent_at": code["sent_at"] - LIFETIME}, "code_untimely"),
        (lambda code: {**code, "sent_at": code["sent_at"] + LIFETIME}, "code_untimely"),
    ],
)
def test_a_code_of_other_ballots_or_of_another_time_is_a_fault(
    simple: Editions, change: Change, fault: str
) -> None:
    meeting = meeting_of(simple)
    assert codes_of(meeting) == []

    cast = meeting.votings[1].cast
    cast[0] = replace(cast[0], said={**cast[0].said, "code": change(cast[0].said["code"])})

    assert codes_of(meeting) == [fault]


def test_a_ballot_that_came_under_anothers_code_is_a_fault(simple: Editions) -> None:
    meeting = meeting_of(simple)
    cast = meeting.votings[1].cast
    first: Event = cast[0]
    cast[1] = replace(cast[1], actor=first.actor, command=first.command)

    assert codes_of(meeting) == ["code_of_others", "code_of_others"]


def test_a_code_where_certificates_sign_and_no_code_where_codes_do_are_faults(simple: Editions) -> None:
    meeting = meeting_of(simple)
    cast = meeting.votings[1].cast[0]
    findings = Findings()

    meeting.policy = "qualified"
    bare = replace(cast, said={**cast.said, "code": None})
    archive = archive_of(simple["full"])
    Signers(archive, Versions(archive, None, findings), {}, {}, findings).check("simple", bare, b"")

    assert set(codes_of(meeting)) == {"code_unexpected"}
    assert [fault.code for fault in findings.faults] == ["signature_absent"]


REPHONED: list[dict[str, Any]] = json.loads((FOLDER / "history-rephoned.json").read_text())


def read(history: list[dict[str, Any]]) -> tuple[Meeting, Findings]:
    findings = Findings()
    meeting = read_meeting([an_event(pos, said) for pos, said in enumerate(history, 1)], findings)
    return meeting, findings


def test_a_changed_telephone_is_good_while_nothing_was_signed_by_it() -> None:
    """Of this story codes are sent a second before the ballots: within what clocks may differ."""
    meeting, findings = read(REPHONED)

    assert (codes_of(meeting), findings.faults) == ([], [])
    assert len(meeting.phones["p_A"]) == 1


def test_a_code_from_before_the_change_of_the_telephone_is_a_fault() -> None:
    def late(said: dict[str, Any]) -> dict[str, Any]:
        """The change came two seconds later than it did, and a moment."""
        return {**said, "at": said["at"] + 2_000_001} if said["kind"] == "phone_changed" else said

    meeting, _ = read([late(said) for said in REPHONED])

    assert codes_of(meeting) == ["code_of_former_phone"]


def test_a_telephone_that_is_changed_after_a_vote_or_by_another_is_a_fault() -> None:
    at = next(n for n, said in enumerate(REPHONED) if said["kind"] == "phone_changed")
    voted = next(n for n, said in enumerate(REPHONED) if said["kind"] == "ballot_cast")
    change, before = REPHONED[at], REPHONED[:at]

    after_vote = read([*REPHONED[: voted + 1], change])[1]
    by_himself = read([*before, {**change, "actor": "p_A"}])[1]
    of_nobody = read([*before, {**change, "body": {"person": "p_nobody"}}])[1]

    assert [fault.code for fault in after_vote.faults] == ["phone_course"]
    assert [fault.code for fault in by_himself.faults] == ["actor_without_right"]
    assert [fault.code for fault in of_nobody.faults] == ["phone_course"]


def test_codes_without_a_ground_contradict_the_founding(simple: Editions) -> None:
    first = read_events(archive_of(simple["full"]), Findings())[0]

    with pytest.raises(Contradiction) as found:
        founded(Meeting(), replace(first, said={**first.said, "basis": None}))

    assert found.value.code == "basis_absent"
