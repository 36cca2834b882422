"""Private texts joined to the state: names, options, reasons; a destroyed text reads «данные удалены»."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from app.kernel.log.model import Body
from app.meetings.model import Card, Meeting, Person, Question, Ref, Review, Voting
from app.meetings.phones import masked, mobile_of
from app.meetings.texts.words import BARRED, BASES, BASIS, GONE, YES_NO

Texts = Mapping[Ref, Body]


def text_of(texts: Texts, ref: Ref) -> Body:
    """A private text, empty when it was destroyed."""
    return texts.get(ref, {})


def creditor_name(meeting: Meeting, texts: Texts, creditor: str) -> str:
    name: str = text_of(texts, meeting.creditors[creditor]).get("name", GONE)
    return name


def person_name(meeting: Meeting, texts: Texts, person: str) -> str:
    """Also of somebody whose admission was lost with the rest."""
    admitted = meeting.persons.get(person)
    name: str = text_of(texts, admitted.text).get("name", GONE) if admitted else GONE
    return name


def phone_of(texts: Texts, person: Person) -> str | None:
    """Where this person's codes go; None: nowhere, also when his texts were destroyed."""
    return mobile_of(text_of(texts, person.phone).get("phone"))


def shown_phone(texts: Texts, person: Person) -> str | None:
    """The end of the number that his codes go to."""
    phone = phone_of(texts, person)
    return masked(phone) if phone else None


def masked_phone(texts: Texts, ref: Ref) -> str | None:
    """Of any number that was ever given, its end."""
    phone = text_of(texts, ref).get("phone")
    return masked(phone) if phone else None


def reason_of(texts: Texts, ref: Ref | None) -> str | None:
    """Why something happened: the organizer's words, or the court act that barred a question."""
    if ref is None:
        return None
    text = text_of(texts, ref)
    if "court" in text:
        return BARRED.format(**text)
    reason: str = text.get("reason", GONE)
    return reason


def basis_of(card: Card, texts: Texts) -> str | None:
    """On what ground codes may sign here."""
    if card.basis is None:
        return None
    document = text_of(texts, card.text).get("basis_document", GONE)
    return BASIS.format(kind=BASES[card.basis], document=document)


def option_names(texts: Texts, question: Question) -> dict[str, str]:
    """Options by id in the order of the ballot."""
    if question.kind == "yes_no":
        return dict(YES_NO)
    names = {option["id"]: option["text"] for option in text_of(texts, question.text).get("options", [])}
    options = {id: names.get(id, GONE) for id in question.options}
    return {**options, "abstain": YES_NO["abstain"]} if question.kind == "choice" else options


def text_refs(meeting: Meeting, before: Meeting | None = None) -> Iterator[Ref]:
    """Every private text that a view or the minutes may join; with `before` only of the parts that are others than there."""
    for part, refs in PARTS:
        now = getattr(meeting, part)
        if before is None or getattr(before, part) is not now:
            yield from refs(now)


def _of_questions(questions: Mapping[str, Question]) -> Iterator[Ref]:
    for question in questions.values():
        yield question.text
        if question.reason:
            yield question.reason


def _of_reviews(reviews: Mapping[str, Review]) -> Iterator[Ref]:
    for review in reviews.values():
        yield review.text
        yield from (decided.reason for decided in review.decisions)


def _of_votings(votings: Mapping[int, Voting]) -> Iterator[Ref]:
    for voting in votings.values():
        yield from (annulled.reason for annulled in voting.annulled)
        yield from (damage.reason for damage in voting.damaged.values() if damage.reason)
        if voting.reason:
            yield voting.reason


PARTS: tuple[tuple[str, Callable[[Any], Iterable[Ref]]], ...] = (
    ("card", lambda card: () if card is None else (card.text,)),
    ("creditors", lambda creditors: creditors.values()),
    ("persons", lambda persons: (ref for person in persons.values() for ref in (person.text, person.phone))),
    ("phone_changes", lambda changes: (ref for one in changes for ref in (one.before, one.text))),
    ("corrections", lambda corrections: (correction.reason for correction in corrections)),
    ("recesses", lambda recesses: (taken.reason for taken in recesses)),
    ("journal", lambda journal: (act.text for act in journal if act.text)),
    ("questions", _of_questions),
    ("votings", _of_votings),
    ("reviews", _of_reviews),
    ("hurried", lambda hurried: (hurried.reason,) if hurried else ()),
    ("reason", lambda reason: (reason,) if reason else ()),
)
"""Parts of a meeting, each replaced when it changes, and the texts that they name."""
