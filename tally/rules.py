"""The rule of a question: which one a topic has, and what exactly a decision needs."""

from dataclasses import dataclass

from tally.errors import TallyError
from tally.money import is_whole
from tally.profile import Kind, LegalProfile, Rule, Threshold
from tally.question import Base, MeetingContext, Question

ABSTAIN = "abstain"
INVALID = "invalid"
NOT_SUBMITTED = "not_submitted"
FOR_AGAINST = ("for", "against")
RESERVED = frozenset((ABSTAIN, INVALID, NOT_SUBMITTED))


@dataclass(frozen=True, slots=True)
class Majority:
    """The share of a base that a decision needs."""

    threshold: Threshold
    base: Base


@dataclass(frozen=True, slots=True)
class Terms:
    """What a decision needs: a majority by an article, and perhaps all secured creditors; a committee has no majority."""

    kind: Kind
    article: str
    all_secured: bool
    majority: Majority | None


def rule_for_topic(topic: str, context: MeetingContext, profile: LegalProfile, options_count: int) -> str:
    """The rule that the law gives a topic: nobody at a meeting may choose another (art. 15 p. 1).

    Two or more options turn a majority into a choice with the same base. Art. 15 p. 3 applies only if the profile
    enables it, and never to a settlement or a citizen's plan. Raises `unknown_topic`.
    """
    entry = profile.topic(topic)
    if options_count > 1 and not entry.all_secured:
        return {"simple_present": "choice_present", "majority_register": "choice_register"}.get(
            entry.rule, entry.rule
        )
    if profile.enable_15_3 and context.repeated and entry.may_use_15_3 and entry.rule == "majority_register":
        return "majority_register_repeat"
    return entry.rule


def all_secured_for_topic(topic: str, profile: LegalProfile) -> bool:
    """Whether a question on this topic carries the modifier `all_secured`. Raises `unknown_topic`."""
    return profile.topic(topic).all_secured


def terms_of(question: Question, context: MeetingContext, profile: LegalProfile) -> Terms:
    """Check the question against its rule and say what the decision needs."""
    rule = profile.rule(question.rule)
    if rule.repeated_only and not context.repeated:
        raise TallyError("rule_needs_repeated_meeting", question.rule)
    if question.all_secured and rule.kind != "for_against":
        raise TallyError("unknown_rule", f"{question.rule} with all_secured")
    _check_options(question, rule)
    article, majority = rule.article, majority_of(rule)
    if question.rule == "threshold":
        article, majority = question.article or rule.article, _majority_in_question(question)
    return Terms(rule.kind, article, needs_all_secured(question, profile), majority)


def majority_of(rule: Rule) -> Majority | None:
    if rule.threshold is None or rule.base is None:
        return None
    return Majority(rule.threshold, rule.base)


def needs_all_secured(question: Question, profile: LegalProfile) -> bool:
    return question.all_secured or profile.rule(question.rule).all_secured


def marks_of(question: Question, kind: Kind) -> tuple[str, ...]:
    """The marks that a ballot may carry, as the totals list them; none for a committee."""
    if kind == "cumulative":
        return ()
    return (*(question.options if kind == "choice" else FOR_AGAINST), ABSTAIN)


def _check_options(question: Question, rule: Rule) -> None:
    if rule.kind == "choice" and not _are_options(question.options):
        raise TallyError("bad_options", question.id)
    if rule.kind == "cumulative" and not (_are_seats(question.seats) and _are_different(question.candidates)):
        raise TallyError("bad_seats_or_candidates", question.id)


def _are_options(options: tuple[str, ...]) -> bool:
    return len(options) > 1 and _are_different(options) and not RESERVED & set(options)


def _are_seats(seats: object) -> bool:
    return is_whole(seats) and seats > 0


def _are_different(names: tuple[str, ...]) -> bool:
    return 0 < len(names) == len(set(names))


def _majority_in_question(question: Question) -> Majority:
    if question.threshold is None or question.base not in ("register", "present"):
        raise TallyError("bad_threshold", question.id)
    numerator, denominator = question.threshold
    if not (is_whole(numerator) and is_whole(denominator) and 0 < numerator <= denominator):
        raise TallyError("bad_threshold", question.id)
    return Majority(Threshold(numerator, denominator, question.strict), question.base)
