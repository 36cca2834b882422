"""Blank ballots: the four forms, each with its options and lines to fill in."""

from typing import Any

import pytest

from app.documents.render import compiled, compiler
from app.meetings.bulletin import blank_sheet
from tests.app.documents.test_render import text_of
from tests.builders import START, a_meeting, a_question

OPTIONS = {"options": (("m1", "Первый"), ("m2", "Второй"), ("m3", "Третий"))}


@pytest.mark.parametrize(
    ("form", "topic", "more"),
    [
        ("№ 1", "general", {}),
        ("№ 2", "general", OPTIONS),
        ("№ 3", "committee", {**OPTIONS, "seats": 3}),
        ("№ 4", "manager_choice", OPTIONS),
    ],
)
def test_a_blank_ballot_has_the_form_of_its_question(form: str, topic: str, more: dict[str, Any]) -> None:
    log = a_meeting(a_question("q1", topic, **more), until="convened")

    text = text_of(compiled(compiler(), blank_sheet(log.state, log.texts, log.state.questions["q1"], START)))

    assert f"Форма бюллетеня {form}" in text
    for _, option in more.get("options", (("for", "За"), ("abstain", "Воздержался"))):
        assert option in text
    assert "0,00" not in text
