"""What each topic asks of an agenda question; the topics themselves are law and stand in `tally`."""

from typing import Literal

from app.meetings.importing.sheet import folded
from app.meetings.importing.texts import TOPICS
from tally import PROFILE

Shape = Literal["marks", "marks_or_options", "candidates", "threshold"]

_CODES = frozenset(topic.code for topic in PROFILE.topics)
_WITH_OPTIONS = frozenset({"general", "manager_choice"})
"""Form № 2 of the ballot: one of several variants (for a single candidate people vote for or against)."""


def shape_of(topic: str) -> Shape | None:
    """How people vote on a topic, None for a code that is no topic."""
    if topic not in _CODES:
        return None
    rule = PROFILE.rule(PROFILE.topic(topic).rule)
    if rule.kind == "cumulative":
        return "candidates"
    if rule.code == "threshold":
        return "threshold"
    return "marks_or_options" if topic in _WITH_OPTIONS else "marks"


def code_of(typed: str) -> str | None:
    """The topic's code, whether the file names it by code or by its Russian name."""
    if typed in _CODES:
        return typed
    names = {folded(name): code for code, name in TOPICS.items()}
    return names.get(folded(typed))
