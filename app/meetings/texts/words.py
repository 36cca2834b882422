"""The words for what a meeting is made of: its states, forms, marks and bases, and the titles of the legal profile."""

from collections.abc import Mapping

from tally import PROFILE

GONE = "данные удалены"
"""Shown where a personal text was destroyed."""

STATUSES = {
    "draft": "Готовится",
    "convened": "Созвано",
    "running": "Идёт",
    "recess": "Перерыв",
    "ended": "Завершено",
    "failed": "Не состоялось",
    "cancelled": "Отменено",
    "postponed": "Отложено",
}
FORMS = {"in_person": "очная", "absentee": "заочная", "mixed": "очно-заочная"}
QUESTION_STATES = {
    "waiting": "Не голосовался",
    "waiting_parent": "Ждёт решения по основному вопросу",
    "voting": "Идёт голосование",
    "closing": "Голосование завершается",
    "counting": "Подсчёт",
    "decided": "Решён",
    "no_quorum": "Нет кворума",
    "withdrawn": "Снят с голосования",
    "barred": "Голосование запрещено судом",
    "not_put_to_vote": "Не ставился на голосование",
}
VOTING_STATES = {
    "open": "открыто",
    "stopped": "остановлено организатором",
    "closed": "закрыто, идёт подсчёт",
    "counted": "подсчитано",
    "cancelled": "отменено",
}
CHANNELS = {"electronic": "электронный", "paper": "бумажный", "none": "не голосовал"}
SECRECY = {"open": "открытое", "closed": "закрытое до подсчёта"}
YES_NO = {"for": "За", "against": "Против", "abstain": "Воздержался"}
MARKS = {
    **YES_NO,
    "invalid": "Недействителен",
    "not_submitted": "Не сдан",
    "cast": "Отдано кандидатам",
    "unused": "Не использовано",
    "damaged": "Бюллетень повреждён, выбор неизвестен",
}
BASES = {"decision": "решение собрания кредиторов", "agreement": "соглашение участников собрания"}
BASIS = "{kind}: {document}"
BARRED = "{court}, дело {case_no}, акт от {act_date}"


def topic_text(topic: str) -> str:
    """How the law calls the topic; a topic that the profile does not name keeps its code."""
    return next((entry.title for entry in PROFILE.topics if entry.code == topic), topic)


def rule_text(rule: str) -> str:
    return PROFILE.rule(rule).title


def outcome_text(outcome: str) -> str:
    return PROFILE.outcome_title(outcome)


def ground_text(ground: str) -> str:
    return PROFILE.ground_title(ground)


def procedure_text(procedure: str) -> str:
    return PROFILE.procedure(procedure).title


def with_names(sentence: str, names: Mapping[str, str]) -> str:
    """A recorded explanation quotes options by id; people read their texts."""
    for id, text in names.items():
        sentence = sentence.replace(f"«{id}»", f"«{text}»")
    return sentence
