"""Is there a quorum: of each question by its own electorate, of the meeting when any question has one (art. 12 p. 4)."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from app.meetings.legal import context_of, weights_by_topic
from app.meetings.memory import Same
from app.meetings.model import Meeting, Presence, Question, Register
from tally import PROFILE, MeetingContext, Quorum, quorum


def present_creditors(meeting: Meeting) -> frozenset[str]:
    """Who is registered and has not left, by the journal and never by a socket."""
    return _present(Same(meeting.attendance))


@lru_cache(maxsize=16)
def _present(attendance: Same[Mapping[str, Presence]]) -> frozenset[str]:
    return frozenset(creditor for creditor, presence in attendance.value.items() if presence.present)


def question_quorum(meeting: Meeting, question: Question) -> Quorum:
    """The quorum that a voting on the question would have if it opened now."""
    register, context = meeting.register, context_of(meeting.the_card)
    return _quorum(register, Same(meeting.attendance), question.topic, question.rule, context)


@lru_cache(maxsize=32)
def _quorum(
    register: Register,
    attendance: Same[Mapping[str, Presence]],
    topic: str,
    rule: str,
    context: MeetingContext,
) -> Quorum:
    """Made once until somebody comes or leaves: questions of one topic share it, and every flush asks for it."""
    weights = weights_by_topic(register, topic, rule, context)
    present = sum(weights.get(creditor, 0) for creditor in _present(attendance))
    return quorum(sum(weights.values()), present, context, PROFILE)


def electorate_of(meeting: Meeting, question: Question) -> str:
    """The first question in the agenda on which the same creditors have the same votes: they share a quorum."""
    return _electorates(meeting.register, Same(meeting.questions), context_of(meeting.the_card))[question.id]


@lru_cache(maxsize=16)
def _electorates(
    register: Register, questions: Same[Mapping[str, Question]], context: MeetingContext
) -> Mapping[str, str]:
    firsts: list[tuple[Mapping[str, int], str]] = []
    found: dict[str, str] = {}
    for question in questions.value.values():
        weights = weights_by_topic(register, question.topic, question.rule, context)
        first = next((id for known, id in firsts if known == weights), None)
        if first is None:
            firsts.append((weights, question.id))
        found[question.id] = first or question.id
    return found


def best_question(meeting: Meeting) -> Question | None:
    """Of the questions that may be put now, the one whose quorum is held with the largest share, else the largest share."""
    asked = [question for question in meeting.questions.values() if may_be_put(meeting, question)]
    return max(asked, key=lambda question: _rank(question_quorum(meeting, question)), default=None)


def best_quorum(meeting: Meeting) -> Quorum | None:
    best = best_question(meeting)
    return question_quorum(meeting, best) if best else None


def _rank(of: Quorum) -> tuple[bool, Fraction | int]:
    return of.held, of.share or 0


def may_be_put(meeting: Meeting, question: Question) -> bool:
    """Not what waits for its parent, or never comes because the parent was withdrawn, barred or not adopted."""
    if question.stage not in ("waiting", "no_quorum"):
        return False
    if question.parent is None:
        return True
    parent = meeting.questions[question.parent]
    return parent.stage == "decided" and bool(parent.adopted)


def has_quorum(meeting: Meeting) -> bool:
    """A meeting is competent when at least one of its questions has its quorum."""
    best = best_quorum(meeting)
    return best is not None and best.held
