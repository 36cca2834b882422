"""What views remember from one building to the next: nothing that has changed; the property itself is in test_histories."""

import pytest

from app.meetings.commands import Attend, Leave
from app.meetings.memory import Memory
from app.meetings.model import Role
from app.meetings.view import view
from tests.builders import a_meeting, person_of

ROLES: tuple[Role, ...] = ("organizer", "participant")


def test_a_fragment_lives_as_long_as_its_parts_are_the_same_objects() -> None:
    memory, parts = Memory(), ([1], [2])
    made = [memory.fragment("sum", parts, lambda: object()) for _ in range(2)]

    other = memory.fragment("sum", ([1], [2]), lambda: object())

    assert made[0] is made[1]
    assert other is not made[0]


def test_in_a_burst_only_the_view_of_who_voted_is_made_anew() -> None:
    log, memory = a_meeting(), Memory()
    log.start("q1")
    before = view(log.state, log.texts, "organizer", memory)

    log.cast(1, "B", "for")
    after = view(log.state, log.texts, "organizer", memory)

    changed = {key for key, value in after.items() if before[key] is not value and before[key] != value}
    made = {key for key, value in after.items() if before[key] is not value} - {"agenda", "next"}
    assert changed == made == {"voting/1", "creditor/B"}


def test_who_comes_and_leaves_is_seen_with_and_without_memory() -> None:
    log, memory = a_meeting(until="convened"), Memory()

    for command in (Attend(["A"]), Attend(["B"]), Leave(["A"]), Attend(["A"])):
        log.submit(person_of(command.creditors[0]), command)
        for role in ROLES:
            shown = view(log.state, log.texts, role, memory)
            assert list(shown.items()) == list(view(log.state, log.texts, role).items())


def test_planted_a_memory_that_never_forgets_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    log, memory = a_meeting(), Memory()
    log.start("q1")
    view(log.state, log.texts, "organizer", memory)
    monkeypatch.setattr("app.meetings.memory.is_", lambda one, other: True)

    log.cast(1, "B", "for")

    assert view(log.state, log.texts, "organizer", memory) != view(log.state, log.texts, "organizer")
