"""Is there a quorum: of each question by its own electorate, of the meeting when any question has one (art. 12 p. 4)."""

from functools import lru_cache

from app.meetings.legal import context_of, weights_by_topic
from app.meetings.model import Meeting, Question
from tally import PROFILE, Quorum, quorum


@lru_cache(maxsize=16)
def present_creditors(meeting: Meeting) -> frozenset[str]:
    """Who is registered and has not left, by the journal and never by a socket."""
    return frozenset(creditor for creditor, presence in meeting.attendance.items() if presence.present)


def question_quorum(meeting: Meeting, question: Question) -> Quorum:
    """The quorum that a voting on the question would have if it opened now."""
    return topic_quorum(meeting, question.topic, question.rule)


@lru_cache(maxsize=64)
def topic_quorum(meeting: Meeting, topic: str, rule: str) -> Quorum:
    """Questions of one topic have one quorum; a view asks for it many times."""
    weights = weights_by_topic(meeting.register, topic, rule, context_of(meeting.the_card))
    present = sum(weights.get(creditor, 0) for creditor in present_creditors(meeting))
    return quorum(sum(weights.values()), present, context_of(meeting.the_card), PROFILE)


def best_quorum(meeting: Meeting) -> Quorum | None:
    """Of the questions that may be put now, the quorum held with the largest share, else the largest share."""
    quorums = {
        q.topic + q.rule: question_quorum(meeting, q)
        for q in meeting.questions.values()
        if may_be_put(meeting, q)
    }
    return max(quorums.values(), key=lambda q: (q.held, q.share or 0), default=None)


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
