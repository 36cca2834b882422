"""The dry run: files to values and a report of everything that was wrong; nothing is kept."""

from collections.abc import Mapping as Map
from dataclasses import dataclass

from app.kernel.clock import Micros
from app.meetings.draft import DraftLine, DraftMeeting, DraftQuestion
from app.meetings.importing import agenda as agenda_file
from app.meetings.importing import contacts as contacts_file
from app.meetings.importing import mapping as columns
from app.meetings.importing import register as register_file
from app.meetings.importing import table, telephones
from app.meetings.importing.agenda import Agenda
from app.meetings.importing.mapping import Layout, Mapping
from app.meetings.importing.people import participants
from app.meetings.importing.report import Fault, Faults, FileRefused
from app.meetings.importing.sheet import letter

_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the mapping page shows it: letter, heading, first values, the field it is read as."""

    letter: str
    heading: str
    samples: tuple[str, ...]
    field: str | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Whole kopecks as decimal strings. `claims` is without penalties; `repaid` counts both parts."""

    claims: str
    secured: str
    penalties: str
    repaid: str


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """`ok`: the files can be imported as they are. `faults` are the first 500 of `faults_total`."""

    ok: bool
    faults: tuple[Fault, ...]
    faults_total: int
    columns: tuple[Column, ...]
    mapping: Mapping | None
    mapping_was_remembered: bool
    creditors: int
    links: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class QuestionSummary:
    id: str
    topic: str
    title: str
    secrecy: str
    options: int
    nested: tuple["QuestionSummary", ...]


@dataclass(frozen=True, slots=True)
class AgendaReport:
    ok: bool
    faults: tuple[Fault, ...]
    faults_total: int
    debtor: str | None
    case_no: str | None
    starts_at_ms: int | None
    questions_total: int
    questions: tuple[QuestionSummary, ...]


@dataclass(frozen=True, slots=True)
class RegisterRun:
    """`lines` is None unless the report is ok. `signature` is that of the headings, for remembering the mapping."""

    report: RegisterReport
    lines: tuple[DraftLine, ...] | None
    signature: str | None


@dataclass(frozen=True, slots=True)
class AgendaRun:
    report: AgendaReport
    agenda: Agenda | None


def run_register(
    register: bytes,
    contacts: bytes | None,
    mapping: Mapping | None,
    remembered: Map[str, Mapping],
    *,
    by_code: bool = False,
) -> RegisterRun:
    """Read a register and perhaps contacts. A mapping given wins over a remembered one, that over the guess.

    `by_code`: ballots will be signed by codes from SMS, so telephones must be certain.
    """
    faults, contact_faults = Faults("register"), Faults("contacts")
    layout, used, known = _columns(register, mapping, remembered, faults)
    listed = (
        register_file.read(layout, used, faults) if layout and used and columns.check(used, faults) else ()
    )
    lines = tuple(one.line for one in listed)
    if contacts is not None:
        lines = _joined(contacts, listed, contact_faults, by_code=by_code)
    ok = not faults.stopping and not contact_faults.stopping
    report = RegisterReport(
        ok=ok,
        faults=faults.kept() + contact_faults.kept(),
        faults_total=faults.total + contact_faults.total,
        columns=_shown(layout, used) if layout else (),
        mapping=used,
        mapping_was_remembered=known,
        creditors=len(lines),
        links=len(participants(lines)),
        sums=_sums(lines),
    )
    return RegisterRun(report, lines if ok else None, layout.signature if layout else None)


def run_agenda(data: bytes, now: Micros) -> AgendaRun:
    faults = Faults("agenda")
    agenda = agenda_file.read(data, now, faults)
    questions = agenda.questions if agenda else ()
    report = AgendaReport(
        ok=agenda is not None,
        faults=faults.kept(),
        faults_total=faults.total,
        debtor=agenda.card.debtor if agenda else None,
        case_no=agenda.card.case_no if agenda else None,
        starts_at_ms=agenda.card.starts_at // 1000 if agenda else None,
        questions_total=agenda_file.count(questions),
        questions=tuple(_summary(question) for question in questions),
    )
    return AgendaRun(report, agenda)


def draft(register: RegisterRun, agenda: AgendaRun) -> DraftMeeting | None:
    """What a meeting is founded on, or None if either file has a fault."""
    if register.lines is None or agenda.agenda is None:
        return None
    return DraftMeeting(agenda.agenda.card, agenda.agenda.questions, register.lines, agenda.agenda.observers)


def _columns(
    data: bytes, mapping: Mapping | None, remembered: Map[str, Mapping], faults: Faults
) -> tuple[Layout | None, Mapping | None, bool]:
    try:
        sheets = table.read(data)
    except FileRefused as refused:
        faults.refuse(refused)
        return None, None, False
    if mapping is not None:
        return columns.layout_of(sheets, mapping), mapping, False
    recalled = columns.recalled(sheets, remembered)
    if recalled:
        return *recalled, True
    layout = columns.layout_of(sheets, None)
    return layout, columns.guess(layout, faults), False


def _joined(
    data: bytes, listed: tuple[register_file.Listed, ...], faults: Faults, *, by_code: bool
) -> tuple[DraftLine, ...]:
    try:
        joined = contacts_file.join(table.read(data), listed, faults)
    except FileRefused as refused:
        faults.refuse(refused)
        return tuple(one.line for one in listed)
    telephones.check(joined.lines, joined.rows, faults, by_code=by_code)
    return joined.lines


def _shown(layout: Layout, mapping: Mapping | None) -> tuple[Column, ...]:
    fields = {column: field for field, column in mapping.columns.items()} if mapping else {}
    first = mapping.header_row if mapping else layout.headings.row
    below = [row for row in layout.sheet.rows if row.number > first][:_SAMPLES]
    width = max([len(layout.headings.texts), *(len(row.cells) for row in below)])
    return tuple(
        Column(
            letter(index),
            layout.headings.texts[index] if index < len(layout.headings.texts) else "",
            tuple(row.at(index).text[:60] for row in below),
            fields.get(letter(index)),
        )
        for index in range(width)
    )


def _sums(lines: tuple[DraftLine, ...]) -> Sums:
    return Sums(
        claims=str(sum(line.claim_kopecks for line in lines)),
        secured=str(sum(line.secured_kopecks for line in lines)),
        penalties=str(sum(line.penalties_kopecks for line in lines)),
        repaid=str(sum(line.repaid_kopecks + line.repaid_secured_kopecks for line in lines)),
    )


def _summary(question: DraftQuestion) -> QuestionSummary:
    nested = tuple(_summary(child) for child in question.nested)
    return QuestionSummary(
        question.id, question.topic, question.title, question.secrecy, len(question.options), nested
    )
