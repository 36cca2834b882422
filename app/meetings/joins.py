"""Private texts joined to the state: names, options, reasons; a destroyed text reads «данные удалены»."""

from collections.abc import Iterator, Mapping

from app.kernel.log.model import Body
from app.meetings.model import Meeting, Question, Ref
from app.meetings.texts import BARRED, GONE, YES_NO

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


def reason_of(texts: Texts, ref: Ref | None) -> str | None:
    """Why something happened: the organizer's words, or the court act that barred a question."""
    if ref is None:
        return None
    text = text_of(texts, ref)
    if "court" in text:
        return BARRED.format(**text)
    reason: str = text.get("reason", GONE)
    return reason


def option_names(texts: Texts, question: Question) -> dict[str, str]:
    """Options by id in the order of the ballot."""
    if question.kind == "yes_no":
        return dict(YES_NO)
    names = {option["id"]: option["text"] for option in text_of(texts, question.text).get("options", [])}
    options = {id: names.get(id, GONE) for id in question.options}
    return {**options, "abstain": YES_NO["abstain"]} if question.kind == "choice" else options


def text_refs(meeting: Meeting) -> Iterator[Ref]:
    """Every private text that a view or the minutes may join."""
    if meeting.card is not None:
        yield meeting.card.text
    yield from meeting.creditors.values()
    yield from (person.text for person in meeting.persons.values())
    yield from (correction.reason for correction in meeting.corrections)
    yield from (taken.reason for taken in meeting.recesses)
    yield from (act.text for act in meeting.journal if act.text)
    for question in meeting.questions.values():
        yield question.text
        if question.reason:
            yield question.reason
    for voting in meeting.votings.values():
        yield from (annulled.reason for annulled in voting.annulled)
        if voting.reason:
            yield voting.reason
    if meeting.reason:
        yield meeting.reason
