"""The log in the words of the count: question, register, weights and quorum as `tally` computes them from the events."""

from collections.abc import Mapping
from typing import Any

from tally import PROFILE, MeetingContext, Quorum, RegisterLine, electorate, quorum, rule_for_topic
from tally import Question as TallyQuestion
from tally.digest import sha256_of
from verifier.meeting import Meeting, Presence

AMOUNTS = (
    "claim_kopecks",
    "secured_kopecks",
    "penalties_kopecks",
    "repaid_kopecks",
    "repaid_secured_kopecks",
)
TOLERANCE = {"in_person": 1_000_000, "mixed": 0, "absentee": 0}
KINDS = {"choice_register": "choice", "choice_present": "choice", "cumulative": "cumulative"}


def context_of(meeting: Meeting, deadline: int | None = None) -> MeetingContext:
    card = meeting.card
    return MeetingContext(card["procedure"], card["form"], card["repeated"], deadline)


def rule_of(meeting: Meeting, question: Mapping[str, Any]) -> str:
    """The law's rule for the topic; only a question that declares its own threshold has another."""
    if question["threshold"] is not None:
        return "threshold"
    return rule_for_topic(question["topic"], context_of(meeting), PROFILE, len(question["options"]))


def tally_question(question: Mapping[str, Any]) -> TallyQuestion:
    """What is counted: variants are options, candidates of a committee have seats."""
    kind = KINDS.get(question["rule"], "yes_no")
    options = tuple(question["options"])
    threshold = question["threshold"]
    return TallyQuestion(
        id=question["number"],
        topic=question["topic"],
        rule=question["rule"],
        options=options if kind == "choice" else (),
        candidates=options if kind == "cumulative" else (),
        seats=question["seats"] if kind == "cumulative" else 0,
        threshold=(threshold[0], threshold[1]) if threshold else None,
        base=question["base"],
        strict=question["strict"],
        all_secured=is_all_secured(question["topic"]),
        article=question["article"],
    )


def is_all_secured(topic: str) -> bool:
    return any(entry.code == topic and entry.all_secured for entry in PROFILE.topics)


def line_of(said: Mapping[str, Any]) -> RegisterLine:
    amounts = {name: int(said[name]) for name in AMOUNTS}
    topics = tuple(said["restricted_topics"])
    return RegisterLine(
        said["id"],
        **amounts,
        order=said["order"],
        late=said["late"],
        pledge_waived=said["pledge_waived"],
        restricted_topics=topics,
    )


def weights_of(meeting: Meeting, topic: str, rule: str) -> dict[str, int]:
    """Kopecks by creditor by the current register; whoever has no vote is not in it."""
    asked = TallyQuestion(id=topic, topic=topic, rule=rule, all_secured=is_all_secured(topic))
    lines = [line_of(said) for said in meeting.lines.values()]
    return electorate(lines, asked, context_of(meeting), PROFILE)


def weights_sha256(weights: Mapping[str, int]) -> str:
    return sha256_of({creditor: str(kopecks) for creditor, kopecks in weights.items()})


def participants(present: Mapping[str, Presence]) -> dict[str, str]:
    return {creditor: presence.participant for creditor, presence in present.items()}


def present_now(meeting: Meeting, weights: Mapping[str, int]) -> dict[str, Presence]:
    """Creditors with a vote who are registered and have not left."""
    return {
        creditor: presence
        for creditor, presence in meeting.journal.items()
        if presence.left_at is None and creditor in weights
    }


def question_quorum(meeting: Meeting, question: Mapping[str, Any]) -> Quorum:
    weights = weights_of(meeting, question["topic"], question["rule"])
    present = sum(weights[creditor] for creditor in present_now(meeting, weights))
    return quorum(sum(weights.values()), present, context_of(meeting), PROFILE)


def roll_of(meeting: Meeting) -> dict[str, object]:
    """Who is here, as the log records it: by the register, and the best quorum of any question that may be put."""
    asked = [q for id, q in meeting.questions.items() if _may_be_put(meeting, id)]
    quorums = [question_quorum(meeting, question) for question in asked]
    best = max(quorums, key=lambda of: (of.held, of.share or 0), default=None)
    weights = weights_of(meeting, "general", "simple_present")
    here = [creditor for creditor, presence in meeting.journal.items() if presence.left_at is None]
    return {
        "present_kopecks": str(best.present_kopecks if best else 0),
        "total_kopecks": str(best.total_kopecks if best else 0),
        "held": best is not None and best.held,
        "registered": len(here),
        "registered_kopecks": str(sum(weights.get(creditor, 0) for creditor in here)),
        "register_kopecks": str(sum(weights.values())),
    }


def _may_be_put(meeting: Meeting, question: str) -> bool:
    if meeting.standing[question].stage not in ("waiting", "no_quorum"):
        return False
    parent = meeting.questions[question]["parent"]
    return parent is None or is_adopted(meeting, parent)


def is_adopted(meeting: Meeting, question: str) -> bool:
    standing = meeting.standing[question]
    return standing.stage == "decided" and standing.adopted
