"""A snapshot and the tail are the whole fold, byte for byte (P19); a new shape of the state is a new version."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import pytest

from app.kernel.canonical import canonical
from app.kernel.db import Database
from app.kernel.keys import Keys
from app.kernel.log.model import Event
from app.kernel.log.topics import Topics
from app.meetings.machine import MeetingMachine
from app.meetings.minutes import minutes
from app.meetings.model import Meeting
from app.meetings.snapshot import KEEPING, STATE_VERSION
from app.meetings.view import view
from tests.builders import Log
from tests.contracts.closing import a_story
from tests.events.stories import STORIES

SHAPES = {
    1: "f313163b15c27462",
    2: "c1a901991e1934da",
    3: "57a55d3092a0c31b",
    4: "af7cedab4fd0f5d7",
    5: "c70c1d3cdd2be8be",
    6: "86b6dc0f8650a09d",
    7: "30e78939cf2b7b5d",
    8: "973a59f6db6bacf9",
    9: "be63c4d1b355888d",
    10: "2524c39994820858",
    11: "18fae07a1b1daf31",
    12: "732ef3e64eef3217",
}
"""Version of the state → hash of its types. Another hash: bump `STATE_VERSION` and add a line, change none."""


def shape_of_state() -> str:
    return hashlib.sha256(canonical(msgspec.json.schema_components([Meeting])[1])).hexdigest()[:16]


def flat(value: Any) -> Any:
    """Everything of a value, with the order of its maps; sets have none."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: flat(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return [[key, flat(item)] for key, item in value.items()]
    if isinstance(value, frozenset):
        return ["a set", *sorted(value)]
    if isinstance(value, tuple):
        return ["a tuple", *map(flat, value)]
    return value.hex() if isinstance(value, bytes) else value


def as_bytes(meeting: Meeting) -> bytes:
    return json.dumps(flat(meeting)).encode()


def test_another_shape_of_the_state_is_another_version() -> None:
    assert SHAPES[STATE_VERSION] == shape_of_state()


@pytest.mark.parametrize("name", STORIES)
def test_snapshot_and_tail_are_the_whole_fold_after_every_event(name: str) -> None:
    log: Log = STORIES[name]()
    machine = MeetingMachine()
    whole = as_bytes(log.state)
    state = machine.initial()

    for pos in range(len(log.events) + 1):
        kept = KEEPING.load(KEEPING.dump(state))
        assert as_bytes(kept) == as_bytes(state)
        if pos % 10 == 0:
            for event in log.events[pos:]:
                kept = machine.evolve(kept, event)
            assert as_bytes(kept) == whole
        if pos < len(log.events):
            state = machine.evolve(state, log.events[pos])


@pytest.mark.parametrize("name", STORIES)
def test_the_pieces_of_a_snapshot_are_what_the_encoder_writes_at_once(name: str) -> None:
    state = STORIES[name]().state

    assert KEEPING.dump(state) == msgspec.json.encode(state)


def test_views_and_minutes_do_not_know_that_there_was_a_snapshot() -> None:
    log = STORIES["rich"]()

    kept = KEEPING.load(KEEPING.dump(log.state))

    assert minutes(kept, log.texts, "organizer") == minutes(log.state, log.texts, "organizer")
    assert view(kept, log.texts, "organizer") == view(log.state, log.texts, "organizer")


class Counting(MeetingMachine):
    folded = 0

    def evolve(self, state: Meeting, event: Event) -> Meeting:
        self.folded += 1
        return super().evolve(state, event)


async def test_the_next_process_opens_a_meeting_from_its_last_closing(
    sqlite_database: Database, keys: Keys
) -> None:
    machine = Counting()
    async with a_story(sqlite_database, keys) as story:
        await story.cast(0, "A")
        await story.finish()
        known = await story.processes[0].meetings.source(story.meeting)
        for process in story.processes:
            source = await process.meetings.source(story.meeting)
            await source.topic.finish()

        topic = await Topics(sqlite_database, keys, story.observer, [machine]).open(known.topic.name)

    closed_at = next(event.pos for event in await topic.events(0) if event.kind == "voting_closed")
    assert machine.folded == topic.position.at - closed_at
    assert as_bytes(topic.state) == as_bytes(known.meeting)
