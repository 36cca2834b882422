"""Founding a meeting: its card, register, agenda and persons enter the log, part by part, before anything happens.

These commands are the service's own; nobody can send them. `founding` turns a draft into the list of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from app.kernel.canonical import canonical
from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private
from app.meetings.draft import Basis, DraftLine, DraftMeeting, DraftQuestion, SignaturePolicy
from app.meetings.draft import Card as DraftCard
from app.meetings.hashes import line_body, line_of, register_sha256, wording_sha256
from app.meetings.legal import (
    article_of,
    context_of,
    is_article,
    kind_of,
    line_fault,
    profile_version,
    rule_of,
)
from app.meetings.model import Card, Meeting, Person, Question, Register, Role
from app.meetings.refusals import AlreadyConvened, BadAgenda, BadLine, BasisMissing, NotReady, UnknownCreditor
from tally import RegisterLine

LINES_PER_PART = 200
PART_BYTES = 48_000
PERSONS_PER_PART = 200
CREDITORS_PER_PART = 400
"""A part of the persons stays far under 64 KiB, even when one person speaks for thousands of creditors."""


@dataclass(frozen=True, slots=True)
class Found:
    """The first command of a topic."""

    meeting: str
    card: DraftCard
    signature_policy: SignaturePolicy = "off"
    shortest_s: int = 10
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class AddRegisterPart:
    lines: tuple[DraftLine, ...]


@dataclass(frozen=True, slots=True)
class SetRegister:
    """All parts are there: version 1 of the register stands."""


@dataclass(frozen=True, slots=True)
class SetAgenda:
    questions: tuple[DraftQuestion, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """A person with a role; `settlement` lists creditors for whom the power names a settlement (art. 150).

    With `adds` the creditors join those of an earlier entry, else they replace them.
    """

    person: str
    role: Role
    name: str
    creditors: tuple[str, ...] = ()
    settlement: tuple[str, ...] = ()
    adds: bool = False
    snils: str | None = field(default=None, repr=False)
    inn: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AdmitPersons:
    persons: tuple[Admission, ...]


FoundingCommand = Found | AddRegisterPart | SetRegister | SetAgenda | AdmitPersons


def founding(meeting: str, draft: DraftMeeting, persons: Iterable[Admission]) -> list[FoundingCommand]:
    """What the service submits one after another to found a meeting."""
    return [
        Found(meeting, draft.card, draft.signature_policy, draft.shortest_s, draft.basis),
        *(AddRegisterPart(part) for part in line_parts(draft.register)),
        SetRegister(),
        SetAgenda(draft.agenda),
        *(AdmitPersons(part) for part in person_parts(persons)),
    ]


T = TypeVar("T")


def parts(items: tuple[T, ...], size: int) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def line_parts(lines: Iterable[DraftLine]) -> Iterator[tuple[DraftLine, ...]]:
    """At most 200 lines a part, fewer when they are long: an event has 64 KiB."""
    part: list[DraftLine] = []
    size = 0
    for line in lines:
        line_size = len(canonical(line_body(register_line(line))))
        if part and (len(part) == LINES_PER_PART or size + line_size > PART_BYTES):
            yield tuple(part)
            part, size = [], 0
        part.append(line)
        size += line_size
    if part:
        yield tuple(part)


def person_parts(persons: Iterable[Admission]) -> Iterator[tuple[Admission, ...]]:
    """At most 200 persons and 400 creditors a part; a person with more stands in several."""
    part: list[Admission] = []
    creditors = 0
    for person in persons:
        for piece in pieces(person):
            if part and (
                len(part) == PERSONS_PER_PART or creditors + len(piece.creditors) > CREDITORS_PER_PART
            ):
                yield tuple(part)
                part, creditors = [], 0
            part.append(piece)
            creditors += len(piece.creditors)
    if part:
        yield tuple(part)


def pieces(person: Admission) -> Iterator[Admission]:
    """The person with the first creditors, then the rest, added."""
    powers = set(person.settlement)
    for index, mine in enumerate(parts(person.creditors, CREDITORS_PER_PART) if person.creditors else [()]):
        settlement = tuple(creditor for creditor in mine if creditor in powers)
        yield replace(person, creditors=mine, settlement=settlement, adds=person.adds or index > 0)


# --- decisions ---------------------------------------------------------------------------------------------------


def found(meeting: Meeting, actor: str, command: Found, facts: Facts) -> Decision:
    if meeting.id:
        raise AlreadyConvened
    must_have_basis(command.signature_policy, command.basis)
    card, basis = command.card, command.basis
    body = {
        "meeting": command.meeting,
        "procedure": card.procedure,
        "form": card.form,
        "repeated": card.repeated,
        "starts_at": card.starts_at,
        "ends_at": card.ends_at,
        "timezone": card.timezone,
        "signature_policy": command.signature_policy,
        "basis": basis.kind if basis else None,
        "shortest_s": command.shortest_s,
        "profile_version": profile_version(),
    }
    text = {
        "debtor": card.debtor,
        "debtor_inn": card.debtor_inn,
        **({"debtor_address": card.debtor_address} if card.debtor_address else {}),
        "case_no": card.case_no,
        "court": card.court,
        "place": card.place,
        "organizer_name": card.organizer_name,
        "organizer_phone": card.organizer_phone,
        "organizer_email": card.organizer_email,
        **({"basis_document": basis.document} if basis else {}),
    }
    return Decision(
        (NewEvent("meeting_founded", body, 3, private=(Private(f"meeting:{command.meeting}", text),)),)
    )


def must_have_basis(policy: SignaturePolicy, basis: Basis | None) -> None:
    """Law: 63-ФЗ, art. 9: a simple signature binds those who agreed to it, or whom an act subjected to it."""
    if policy == "simple" and (basis is None or not basis.document.strip()):
        raise BasisMissing


def add_register_part(meeting: Meeting, actor: str, command: AddRegisterPart, facts: Facts) -> Decision:
    """At most 200 lines a part; a creditor stands in the register once."""
    must_be_draft(meeting)
    if meeting.registers:
        raise AlreadyConvened
    seen = set(meeting.pending)
    for line in command.lines:
        fault = "duplicate_creditor" if line.creditor in seen else line_fault(register_line(line))
        if fault:
            raise BadLine(creditor=line.creditor, fault=fault)
        seen.add(line.creditor)
    body = {"lines": [line_body(register_line(line)) for line in command.lines]}
    private = tuple(creditor_text(meeting.id, line) for line in command.lines)
    return Decision((NewEvent("register_part_added", body, private=private),))


def set_register(meeting: Meeting, actor: str, command: SetRegister, facts: Facts) -> Decision:
    must_be_draft(meeting)
    if meeting.registers or not meeting.pending:
        raise NotReady
    body = {"version": 1, "lines": len(meeting.pending), "register_sha256": register_sha256(meeting.pending)}
    return Decision((NewEvent("register_fixed", body),))


def set_agenda(meeting: Meeting, actor: str, command: SetAgenda, facts: Facts) -> Decision:
    must_be_draft(meeting)
    if meeting.questions or not command.questions:
        raise NotReady
    ids = list(all_ids(command.questions))
    bad = {id for id in ids if ids.count(id) > 1} | set(loose_articles(command.questions))
    if bad:
        raise BadAgenda(questions=sorted(bad)[:20])
    return Decision(tuple(question_events(meeting, command.questions, None, "")))


def all_ids(questions: tuple[DraftQuestion, ...]) -> Iterator[str]:
    for question in questions:
        yield question.id
        yield from all_ids(question.nested)


def loose_articles(questions: tuple[DraftQuestion, ...]) -> Iterator[str]:
    """Questions whose article is not just a reference to a law."""
    for question in questions:
        if question.article is not None and not is_article(question.article):
            yield question.id
        yield from loose_articles(question.nested)


def admit_persons(meeting: Meeting, actor: str, command: AdmitPersons, facts: Facts) -> Decision:
    """Also later, for whoever is admitted to a running meeting; the same person again replaces the entry."""
    if not meeting.id:
        raise NotReady
    for person in command.persons:
        unknown = [creditor for creditor in person.creditors if creditor not in meeting.creditors]
        if unknown:
            raise UnknownCreditor(creditors=unknown)
    entries = [
        {
            "person": person.person,
            "role": person.role,
            "creditors": list(person.creditors),
            "settlement": list(person.settlement),
            "adds": person.adds,
        }
        for person in command.persons
    ]
    private = tuple(Private(person.person, person_text(person)) for person in command.persons)
    return Decision((NewEvent("persons_admitted", {"persons": entries}, private=private),))


def person_text(person: Admission) -> dict[str, str]:
    """What is personal: it never stands in a body. СНИЛС and ИНН are compared with the owner of a certificate, codes go to the phone."""
    known = {"name": person.name, "snils": person.snils, "inn": person.inn, "phone": person.phone}
    return {name: value for name, value in known.items() if value}


def must_be_draft(meeting: Meeting) -> None:
    if not meeting.id:
        raise NotReady
    if meeting.status != "draft":
        raise AlreadyConvened


def register_line(line: DraftLine) -> RegisterLine:
    return RegisterLine(
        id=line.creditor,
        claim_kopecks=line.claim_kopecks,
        secured_kopecks=line.secured_kopecks,
        penalties_kopecks=line.penalties_kopecks,
        repaid_kopecks=line.repaid_kopecks,
        repaid_secured_kopecks=line.repaid_secured_kopecks,
        order=line.order,
        late=line.late,
        pledge_waived=line.pledge_waived,
        restricted_topics=line.restricted_topics,
    )


def creditor_text(meeting: str, line: DraftLine) -> Private:
    text = {
        "name": line.name,
        "inn": line.inn,
        "representative": line.representative,
        "power_of_attorney": line.power_of_attorney,
    }
    return Private(creditor_subject(meeting, line.creditor), text)


def creditor_subject(meeting: str, creditor: str) -> str:
    """Whose key encrypts a creditor's texts: destroying it makes the creditor of this meeting nameless."""
    return f"{meeting}/{creditor}"


def question_events(
    meeting: Meeting, questions: tuple[DraftQuestion, ...], parent: str | None, prefix: str
) -> Iterator[NewEvent]:
    """One event a question, depth first: the order of the agenda."""
    for index, question in enumerate(questions, 1):
        number = f"{prefix}{index}"
        yield question_event(meeting, question, parent, number)
        yield from question_events(meeting, question.nested, question.id, f"{number}.")


def question_event(meeting: Meeting, question: DraftQuestion, parent: str | None, number: str) -> NewEvent:
    rule = rule_of(question, context_of(meeting.the_card))
    body: dict[str, Any] = {
        "id": question.id,
        "number": number,
        "topic": question.topic,
        "rule": rule,
        "kind": kind_of(rule),
        "article": question.article or article_of(rule),
        "parent": parent,
        "nested": [nested.id for nested in question.nested],
        "options": [option for option, _ in question.options],
        "seats": question.seats,
        "threshold": list(question.threshold) if question.threshold else None,
        "base": question.base,
        "strict": question.strict,
        "secrecy": question.secrecy,
        "duration_s": max(question.duration_s, meeting.the_card.shortest_s),
        "wording_sha256": wording_sha256(question.wording, question.options),
    }
    text = {
        "title": question.title,
        "wording": question.wording,
        "options": [{"id": option, "text": text} for option, text in question.options],
    }
    return NewEvent("question_added", body, private=(Private(f"meeting:{meeting.id}", text),))


# --- what the events mean ----------------------------------------------------------------------------------------


def meeting_founded_2(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 1 was written before a countdown had to leave time to sign."""
    return {**body, "shortest_s": 10}


def meeting_founded_3(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Version 2 was written before ballots could be signed by codes."""
    return {**body, "basis": None}


def on_meeting_founded(meeting: Meeting, event: Event) -> Meeting:
    body = event.body if event.version > 1 else meeting_founded_2(event.body)
    body = body if event.version > 2 else meeting_founded_3(body)
    card = Card(
        procedure=body["procedure"],
        form=body["form"],
        repeated=body["repeated"],
        starts_at=body["starts_at"],
        ends_at=body["ends_at"],
        timezone=body["timezone"],
        signature_policy=body["signature_policy"],
        basis=body["basis"],
        shortest_s=body["shortest_s"],
        profile_version=body["profile_version"],
        text=(event.pos, 0),
    )
    return replace(meeting, id=body["meeting"], card=card)


def on_register_part_added(meeting: Meeting, event: Event) -> Meeting:
    lines = {line["id"]: line_of(line) for line in event.body["lines"]}
    texts = {line["id"]: (event.pos, part) for part, line in enumerate(event.body["lines"])}
    return replace(meeting, pending={**meeting.pending, **lines}, creditors={**meeting.creditors, **texts})


def on_register_fixed(meeting: Meeting, event: Event) -> Meeting:
    version = event.body["version"]
    register = Register(version, event.body["register_sha256"], meeting.pending)
    return replace(meeting, pending={}, registers={**meeting.registers, version: register})


def on_question_added(meeting: Meeting, event: Event) -> Meeting:
    question = question_of(event.body, (event.pos, 0))
    return replace(meeting, questions={**meeting.questions, question.id: question})


def question_of(body: Mapping[str, Any], text: tuple[int, int]) -> Question:
    threshold = body["threshold"]
    return Question(
        id=body["id"],
        number=body["number"],
        topic=body["topic"],
        rule=body["rule"],
        kind=body["kind"],
        article=body["article"],
        parent=body["parent"],
        nested=tuple(body["nested"]),
        options=tuple(body["options"]),
        seats=body["seats"],
        threshold=(threshold[0], threshold[1]) if threshold else None,
        base=body["base"],
        strict=body["strict"],
        secrecy=body["secrecy"],
        duration_s=body["duration_s"],
        wording_sha256=body["wording_sha256"],
        text=text,
    )


def on_persons_admitted(meeting: Meeting, event: Event) -> Meeting:
    persons = dict(meeting.persons)
    for part, entry in enumerate(event.body["persons"]):
        before = persons.get(entry["person"]) if entry["adds"] else None
        persons[entry["person"]] = Person(
            id=entry["person"],
            role=entry["role"],
            creditors=(*(before.creditors if before else ()), *entry["creditors"]),
            settlement=(before.settlement if before else frozenset()).union(entry["settlement"]),
            text=(event.pos, part),
            phone=(event.pos, part),
        )
    return replace(meeting, persons=persons)
