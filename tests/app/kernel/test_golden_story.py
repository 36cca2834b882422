"""Events of the log itself, as they were first written, and the ways in which a story can go wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.kernel.errors import Elsewhere
from app.kernel.log.fold import KERNEL_KINDS
from tests.contracts.places import Places
from tests.golden_story import changed_files, fold_story, read_story, tell, untold

FOLDER = Path(__file__).resolve().parents[2] / "events" / "log"


def test_every_event_of_the_log_is_told_and_folds() -> None:
    assert {(event.kind, event.version) for event in read_story(FOLDER)} == set(KERNEL_KINDS.items())
    assert fold_story(Places(), FOLDER).position.at == len(KERNEL_KINDS)


def test_no_golden_file_was_ever_changed() -> None:
    assert changed_files(FOLDER) == []


def test_telling_adds_what_is_new_and_touches_nothing(tmp_path: Path) -> None:
    events = read_story(FOLDER)
    tell(tmp_path, events[:1])
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    tell(tmp_path, [replace(events[0], body=b'{"other":1}'), *events])

    later = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert later.items() > first.items()
    assert [event.kind for event in read_story(tmp_path)] == [event.kind for event in events]


def test_a_kind_without_a_golden_file_is_named() -> None:
    assert ("taken", 1) in untold(Places(), FOLDER)
    assert ("redacted", 1) not in untold(Places(), FOLDER)


def test_a_forgotten_version_stops_the_story(tmp_path: Path) -> None:
    (tmp_path / "001-taken.2.json").write_text('{"actor":"p","at":1,"body":{}}')

    with pytest.raises(Elsewhere):
        fold_story(Places(), tmp_path)
