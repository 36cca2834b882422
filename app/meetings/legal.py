"""The bridge to `tally`: a meeting's question, context and register in the words of the count."""

import re
from collections.abc import Mapping
from functools import lru_cache

from app.meetings.draft import DraftQuestion
from app.meetings.model import Card, Meeting, Question, Register
from app.meetings.view_types import QuestionKind
from tally import PROFILE, MeetingContext, RegisterLine, TallyError, electorate, rule_for_topic
from tally import Question as TallyQuestion
from tally.register import check_register

KINDS: dict[str, QuestionKind] = {
    "choice_register": "choice",
    "choice_present": "choice",
    "cumulative": "cumulative",
}

_LAW_WORDS = (
    "ст статья статьи статье п пп пункт пункта пункты подп подпункт подпункта ч часть части абз абзац абзаца "
    "гл глава главы разд раздел раздела и о фз гк апк рф закон закона федерального несостоятельности банкротстве"
)
_REFERENCE = re.compile(
    rf"(?:(?:{_LAW_WORDS.replace(' ', '|')})\.?|[§№])?(?:\d{{1,4}}(?:[.\-–/]\d{{1,4}})*(?:-?фз)?\.?|[ivx]{{1,6}}\.?)?"
)


def is_article(text: str) -> bool:
    """Only a reference, «ст. 201.10 п. 3 127-ФЗ»: an article stands in the log openly, so it must not hold a name."""
    words = [word for word in re.split(r"[\s,;()]+", text.casefold()) if word]
    return bool(words) and len(text) <= 200 and all(_REFERENCE.fullmatch(word) for word in words)


def profile_version() -> str:
    """The legal profile that meetings founded now are counted by."""
    return PROFILE.version


def rule_of(question: DraftQuestion, context: MeetingContext) -> str:
    """The law's rule for the topic; only a question that brings its own threshold differs (гл. IX § 7)."""
    if question.threshold is not None:
        return "threshold"
    return rule_for_topic(question.topic, context, PROFILE, len(question.options))


def kind_of(rule: str) -> QuestionKind:
    return KINDS.get(rule, "yes_no")


def article_of(rule: str) -> str:
    return PROFILE.rule(rule).article


def line_fault(line: RegisterLine) -> str | None:
    """The count's own code for what is wrong with the sums of a line, if anything is."""
    try:
        check_register((line,))
    except TallyError as error:
        return error.code
    return None


def context_of(card: Card, deadline: int | None = None) -> MeetingContext:
    return MeetingContext(card.procedure, card.form, card.repeated, deadline)


def tally_question(question: Question) -> TallyQuestion:
    """Of a committee the options are candidates."""
    committee = question.kind == "cumulative"
    return TallyQuestion(
        id=question.number,
        topic=question.topic,
        rule=question.rule,
        options=question.options if question.kind == "choice" else (),
        candidates=question.options if committee else (),
        seats=question.seats if committee else 0,
        threshold=question.threshold,
        base=question.base,
        strict=question.strict,
        all_secured=is_all_secured(question.topic),
        article=question.article,
    )


def is_all_secured(topic: str) -> bool:
    return any(entry.code == topic and entry.all_secured for entry in PROFILE.topics)


def weights_of(meeting: Meeting, question: Question) -> dict[str, int]:
    """Kopecks by creditor on this question by the current register; creditors without a vote are not in it."""
    return weights_by_topic(meeting.register, question.topic, question.rule, context_of(meeting.the_card))


@lru_cache(maxsize=256)
def weights_by_topic(register: Register, topic: str, rule: str, context: MeetingContext) -> dict[str, int]:
    """Questions of one topic share an electorate; computed once a register version. Not to be changed."""
    secured = is_all_secured(topic)
    asked = TallyQuestion(id=topic, topic=topic, rule=rule, all_secured=secured)
    return electorate(register.lines.values(), asked, context, PROFILE)


def general_weights(meeting: Meeting, version: int | None = None) -> Mapping[str, int]:
    """Votes on an ordinary question by the current or an earlier register; other questions show their own weights."""
    register = meeting.register if version is None else meeting.registers[version]
    return weights_by_topic(register, "general", "simple_present", context_of(meeting.the_card))


def general_total(meeting: Meeting) -> int:
    """All votes on an ordinary question by the current register."""
    return _general_total(meeting.register, context_of(meeting.the_card))


@lru_cache(maxsize=64)
def _general_total(register: Register, context: MeetingContext) -> int:
    return sum(weights_by_topic(register, "general", "simple_present", context).values())
