"""Agenda files (YAML or JSON, Russian keys) to a card and a tree of questions, with faults by path."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from app.kernel.clock import Micros
from app.meetings.draft import Card, DraftQuestion
from app.meetings.importing import card, limits, texts, topics, tree
from app.meetings.importing.place import Place
from app.meetings.importing.report import Faults, FileRefused
from app.meetings.importing.sheet import folded
from app.meetings.legal import is_article

KEYS = (
    "тема",
    "заголовок",
    "формулировка",
    "голосование",
    "время",
    "варианты",
    "мест",
    "порог",
    "база",
    "строго",
    "статья",
    "вложенные",
)
DEFAULT_DURATION_S = 180

_DURATION = re.compile(r"(\d{1,5}) ?(с|сек|секунд|м|мин|минут|минуты|ч|час|часа|часов)?\.?")
_SECONDS = {"с": 1, "м": 60, "ч": 3600}
_THRESHOLD = re.compile(r"(\d{1,3}) ?/ ?(\d{1,3})")
_COMMITTEE = range(3, 12)


@dataclass(frozen=True, slots=True)
class Agenda:
    card: Card
    questions: tuple[DraftQuestion, ...]
    observers: tuple[str, ...] = ()


def read(data: bytes, now: Micros, faults: Faults) -> Agenda | None:
    """Card and questions, or None with faults; `now` only warns of a start in the past."""
    try:
        top = Place("", tree.read(data), ("собрание", "повестка", "наблюдатели"), faults)
    except FileRefused as refused:
        faults.refuse(refused)
        return None
    found = card.read(top.node("собрание") or {}, now, faults)
    questions = tuple(_question(path, node, "q", 1, faults) for path, node in top.items("повестка"))
    _check_count(questions, top)
    observers = _observers(top)
    return None if faults.stopping else Agenda(found, questions, observers)


def count(questions: tuple[DraftQuestion, ...]) -> int:
    return sum(1 + count(question.nested) for question in questions)


def _check_count(questions: tuple[DraftQuestion, ...], top: Place) -> None:
    if not questions:
        top.stop("повестка", "agenda_no_questions")
    if count(questions) > limits.QUESTIONS:
        top.stop("повестка", "agenda_too_many_questions", limit=limits.QUESTIONS)


def _observers(top: Place) -> tuple[str, ...]:
    names = [node for _, node in top.items("наблюдатели")]
    if len(names) > limits.OBSERVERS:
        top.stop("наблюдатели", "agenda_too_many_observers", limit=limits.OBSERVERS)
    return tuple(_texts(top, "наблюдатели", names, 200, "agenda_observer_twice"))


def _question(path: str, node: Any, prefix: str, depth: int, faults: Faults) -> DraftQuestion:
    """`prefix` and the number in the list make the id: q3, q3.1."""
    place = Place(path, node, KEYS, faults)
    id = f"{prefix}{path.rpartition('.')[2]}"
    if depth > limits.NESTING:
        place.stop(None, "agenda_too_deep", limit=limits.NESTING)
        return DraftQuestion(id, "general", "", "")
    topic = _topic(place)
    options = _options(place, topic)
    nested = place.items("вложенные")
    return DraftQuestion(
        id=id,
        topic=topic,
        title=place.text("заголовок", 300),
        wording=place.text("формулировка", 4000),
        secrecy=cast(Any, place.choice("голосование", texts.SECRECY, default="open")),
        duration_s=_duration(place),
        options=options,
        seats=_seats(place, topic, len(options)),
        threshold=_threshold(place, topic),
        base=_base(place, topic),
        strict=place.choice("строго", texts.YES_NO, default="yes") == "yes",
        article=_article(place),
        nested=tuple(_question(at, child, f"{id}.", depth + 1, faults) for at, child in nested),
    )


def _topic(place: Place) -> str:
    typed = place.text("тема", 100)
    code = topics.code_of(typed)
    if typed and code is None:
        place.stop("тема", "agenda_choose", typed=typed[:60], known=", ".join(texts.TOPICS.values()))
    return code or "general"


def _options(place: Place, topic: str) -> tuple[tuple[str, str], ...]:
    shape = topics.shape_of(topic)
    found = [(path, node) for path, node in place.items("варианты")]
    if found and shape in ("marks", "threshold"):
        place.stop("варианты", "agenda_options_not_for_topic")
    least = {"candidates": 1, "marks_or_options": 2 if found else 0}.get(shape or "", 0)
    if len(found) < least:
        place.stop("варианты", "agenda_options_needed", least=least)
    if len(found) > limits.OPTIONS:
        place.stop("варианты", "agenda_too_many_options", limit=limits.OPTIONS)
    options = _texts(place, "варианты", [node for _, node in found], 500, "agenda_option_twice")
    return tuple((f"o{number}", option) for number, option in enumerate(options, start=1))


def _texts(place: Place, list_key: str, nodes: list[Any], limit: int, twice: str) -> Iterator[str]:
    """The texts of a list; `twice` is the fault of one that stands there already."""
    seen: set[str] = set()
    for number, node in enumerate(nodes, start=1):
        key = f"{list_key}.{number}"
        if not isinstance(node, str) or not node.strip():
            place.stop(key, "agenda_not_text_value")
            continue
        if len(node) > limit:
            place.stop(key, "agenda_too_long", limit=limit)
        if folded(node) in seen:
            place.stop(key, twice, typed=node[:60])
        seen.add(folded(node))
        yield node.strip()


def _seats(place: Place, topic: str, candidates: int) -> int:
    """Places in the committee (art. 18 p. 2); 0 for every other topic."""
    if topics.shape_of(topic) != "candidates":
        if place.has("мест"):
            place.stop("мест", "agenda_seats_not_for_topic")
        return 0
    if not place.has("мест"):
        place.stop("мест", "agenda_seats_needed")
        return 0
    seats = place.whole("мест", 1, limits.OPTIONS) or 0
    if seats > candidates:
        place.stop("варианты", "agenda_few_candidates")
    elif seats and seats not in _COMMITTEE:
        place.warn("мест", "agenda_seats_unusual")
    return seats


def _threshold(place: Place, topic: str) -> tuple[int, int] | None:
    if topics.shape_of(topic) != "threshold":
        for key in ("порог", "база", "строго"):
            if place.has(key):
                place.stop(key, "agenda_threshold_not_for_topic")
        return None
    if not (place.has("порог") and place.has("база") and place.has("статья")):
        place.stop("порог", "agenda_threshold_needed")
        return None
    typed = place.text("порог", 20)
    found = _THRESHOLD.fullmatch(typed)
    numbers = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 < numbers[0] <= numbers[1]:
        place.stop("порог", "agenda_bad_threshold", typed=typed)
    return numbers


def _base(place: Place, topic: str) -> Any:
    if topics.shape_of(topic) != "threshold" or not place.has("база"):
        return None
    return place.choice("база", texts.BASES)


def _article(place: Place) -> str | None:
    """Only a reference: it enters the log openly."""
    typed = place.text_if_any("статья", 200)
    if typed and not is_article(typed):
        place.stop("статья", "agenda_bad_article", typed=typed[:60])
    return typed


def _duration(place: Place) -> int:
    """Seconds for a vote: «3 мин», «90 с», «1 ч»; a bare number is minutes."""
    typed = place.text_if_any("время", 20)
    if typed is None:
        return DEFAULT_DURATION_S
    found = _DURATION.fullmatch(typed.casefold())
    seconds = int(found[1]) * _SECONDS[(found[2] or "м")[0]] if found else 0
    if not 10 <= seconds <= 86_400:
        place.stop("время", "agenda_bad_duration", typed=typed)
        return DEFAULT_DURATION_S
    return seconds
