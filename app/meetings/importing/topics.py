"""What each topic asks of an agenda question; the topics themselves are law (127-ФЗ, arts. 12, 15, 18, 150)."""

from typing import Literal

from app.meetings.importing.sheet import folded
from app.meetings.importing.texts import TOPICS

Shape = Literal["marks", "marks_or_options", "options", "candidates", "threshold"]

_SHAPES: dict[str, Shape] = {
    "general": "marks_or_options",
    "manager_choice": "options",
    "committee": "candidates",
    "transfer_unfinished_object": "threshold",
}


def shape_of(topic: str) -> Shape | None:
    """How people vote on a topic, None for a code that is no topic."""
    return _SHAPES.get(topic, "marks") if topic in TOPICS else None


def code_of(typed: str) -> str | None:
    """The topic's code, whether the file names it by code or by its Russian name."""
    if typed in TOPICS:
        return typed
    names = {folded(name): code for code, name in TOPICS.items()}
    return names.get(folded(typed))
