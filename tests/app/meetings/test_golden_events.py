"""Events ever written fold for ever (P19): one golden file a kind and version, none changed, whole histories too."""

import json

import pytest

from app.kernel.log.model import Event
from app.meetings.machine import MeetingMachine
from app.meetings.model import Meeting
from tests.events.stories import FOLDER, STORIES, sums

MACHINE = MeetingMachine()


def folded(name: str) -> Meeting:
    state = MACHINE.initial()
    for pos, e in enumerate(json.loads((FOLDER / f"history-{name}.json").read_text()), 1):
        event = Event(
            1, b"\0" * 8, pos, e["at"], e["kind"], e["version"], e["actor"], None, e["body"], b"\0" * 32
        )
        state = MACHINE.evolve(state, event)
    return state


@pytest.mark.parametrize("kind", MACHINE.reads)
def test_every_kind_and_version_has_a_golden_file(kind: str) -> None:
    for version in range(1, MACHINE.reads[kind] + 1):
        golden = json.loads((FOLDER / f"{kind}.v{version}.json").read_text())

        assert (golden["kind"], golden["version"]) == (kind, version)


def test_no_golden_file_was_changed_or_removed() -> None:
    assert (FOLDER / "SHA256SUMS").read_text() == sums()


def test_no_golden_file_is_of_an_unknown_kind() -> None:
    kinds = {path.name.split(".")[0] for path in FOLDER.glob("*.v*.json")}

    assert kinds == set(MACHINE.reads)


def test_a_whole_meeting_folds_from_its_golden_history() -> None:
    meeting = folded("rich")

    assert meeting.status == "ended"
    assert [(q.id, q.stage, q.outcome) for q in meeting.questions.values()] == [
        ("plain", "decided", "adopted"),
        ("parent", "decided", "adopted"),
        ("child", "decided", "adopted"),
        ("secured", "decided", "not_adopted"),
        ("committee", "decided", "elected"),
        ("withdrawn", "withdrawn", None),
        ("barred", "barred", None),
    ]
    assert meeting.opened[5].secured_not_for == ("A",)


@pytest.mark.parametrize(("name", "status"), [("failed", "failed"), ("cancelled", "cancelled")])
def test_meetings_that_did_not_take_place_fold_too(name: str, status: str) -> None:
    assert folded(name).status == status


@pytest.mark.parametrize("name", STORIES)
def test_the_stories_can_still_be_told(name: str) -> None:
    assert STORIES[name]().state.status == folded(name).status
