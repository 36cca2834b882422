"""Inputs of the count to and from the JSON names of golden files; knows no files, only parsed JSON."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from tally.attendance import Attendance
from tally.ballots import Ballot
from tally.errors import TallyError
from tally.money import is_whole
from tally.question import MeetingContext, Question
from tally.register import RegisterLine

Shaped = TypeVar("Shaped", Question, MeetingContext, RegisterLine, Attendance, Ballot)
Reader = Callable[[Any, str], Any]

NULLABLE = frozenset({"threshold", "base", "article", "deadline", "distribution", "signer", "received_at"})
"""Keys that may be null, which says the same as leaving them out."""

FOR_PEOPLE = frozenset({"name", "note", "title", "description", "why"})
"""Keys that any object may carry for its readers; the count never looks at them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_json(value: Any) -> Any:
    """Values as JSON: fractions as "a/b", kopecks and microseconds as integers, everything else by field name."""
    if isinstance(value, Question):
        return {**_fields_to_json(value), "threshold": _threshold_to_json(value.threshold)}
    if is_dataclass(value):
        return _fields_to_json(value)
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value


def from_json(kind: type[Shaped], value: Any, where: str = "") -> Shaped:
    """A value of `kind` from parsed JSON. Raises `malformed` with the place, for a missing or unknown key too.

    Amounts are taken as they are: the count itself refuses what is not a whole number of kopecks.
    """
    where = where or kind.__name__
    given = object_at(value, where)
    readers = READERS[kind]
    unknown = sorted(given.keys() - readers.keys() - FOR_PEOPLE)
    if unknown:
        raise TallyError("malformed", f"{where} has an unknown key {unknown[0]}")
    known = {
        key: readers[key](given[key], f"{where}.{key}")
        for key in readers
        if key in given and not (key in NULLABLE and given[key] is None)
    }
    missing = REQUIRED[kind] - known.keys()
    if missing:
        raise TallyError("malformed", f"{where} has no {min(missing)}")
    return kind(**known)


def object_at(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TallyError("malformed", f"{where} is not an object")
    return value


def list_at(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise TallyError("malformed", f"{where} is not a list")
    return value


def _fields_to_json(value: Any) -> dict[str, Any]:
    return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}


def _threshold_to_json(threshold: tuple[int, int] | None) -> str | None:
    return None if threshold is None else f"{threshold[0]}/{threshold[1]}"


def _as_it_is(value: Any, where: str) -> Any:
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise TallyError("malformed", f"{where} is not a text")
    return value


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise TallyError("malformed", f"{where} is not true or false")
    return value


def _whole(value: Any, where: str) -> int:
    if not is_whole(value):
        raise TallyError("malformed", f"{where} is not a whole number")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    return tuple(_text(item, where) for item in list_at(value, where))


def _moment(value: Any, where: str) -> int:
    """Microseconds as an integer, or ISO 8601; a time without a zone is read as UTC."""
    if is_whole(value):
        return value
    try:
        moment = datetime.fromisoformat(_text(value, where))
    except ValueError:
        raise TallyError("malformed", f"{where} is not a time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(microseconds=1)


def _threshold(value: Any, where: str) -> tuple[int, int]:
    parts = _text(value, where).split("/")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise TallyError("bad_threshold", f"{where} is not a/b")
    return int(parts[0]), int(parts[1])


READERS: dict[type, dict[str, Reader]] = {
    Question: {
        "id": _text,
        "topic": _text,
        "rule": _text,
        "options": _texts,
        "candidates": _texts,
        "seats": _as_it_is,
        "threshold": _threshold,
        "base": _text,
        "strict": _flag,
        "all_secured": _flag,
        "article": _text,
    },
    MeetingContext: {
        "procedure": _text,
        "form": _text,
        "repeated": _flag,
        "deadline": _moment,
    },
    RegisterLine: {
        "id": _text,
        "claim_kopecks": _as_it_is,
        "secured_kopecks": _as_it_is,
        "penalties_kopecks": _as_it_is,
        "repaid_kopecks": _as_it_is,
        "repaid_secured_kopecks": _as_it_is,
        "order": _whole,
        "late": _flag,
        "pledge_waived": _flag,
        "restricted_topics": _texts,
    },
    Attendance: {"participant": _text, "creditors": _texts, "may_vote_settlement": _flag},
    Ballot: {
        "creditor": _text,
        "choices": _texts,
        "distribution": object_at,
        "signed": _flag,
        "corrected": _flag,
        "signer": _text,
        "received_at": _moment,
    },
}

REQUIRED: dict[type, frozenset[str]] = {
    Question: frozenset({"id", "topic", "rule"}),
    MeetingContext: frozenset({"procedure"}),
    RegisterLine: frozenset({"id", "claim_kopecks"}),
    Attendance: frozenset({"participant"}),
    Ballot: frozenset({"creditor"}),
}
