"""Instructions of principals in a table: whose vote, on which question, which answer. Read in memory, kept nowhere."""

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from app.meetings.importing import headings as heading
from app.meetings.importing import inn, table, texts
from app.meetings.importing.columns import Columns
from app.meetings.importing.contacts import normal_name
from app.meetings.importing.report import Fault, Faults, FileRefused
from app.meetings.importing.sheet import Row, Sheet, folded

HEADINGS: heading.Patterns = (
    (r"\bинн\b", "inn"),
    (r"^(ответ|голос|решени|вариант|выбор|как голосовать)", "answer"),
    (r"вопрос|пункт", "question"),
    (r"кредитор|доверител|наименование|фио|ф\. ?и\. ?о|фамилия", "name"),
)
WITHOUT_HEADINGS = {"name": 0, "question": 1, "answer": 2}


@dataclass(frozen=True, slots=True)
class Principal:
    id: str
    name: str = field(repr=False)
    inn: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the texts of its options by id."""

    id: str
    number: str
    options: Map[str, str]


@dataclass(frozen=True, slots=True)
class Principals:
    """For whom one person votes, and on what: nobody else's creditor can be found in a file of his."""

    creditors: tuple[Principal, ...]
    questions: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Instruction:
    """A row as it was understood; `fault` is the code of the first thing that was not, `text` says it in Russian."""

    row: int
    creditor: str | None = None
    question: str | None = None
    typed: str = field(default="", repr=False)
    option: str | None = field(default=None, repr=False)
    fault: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class InstructionsReport:
    """`faults` are about the whole file or its cells, such as formulas; a row with a fault of its own has it itself."""

    rows: tuple[Instruction, ...]
    faults: tuple[Fault, ...]


def read(data: bytes, principals: Principals) -> InstructionsReport:
    """Reads XLSX or CSV with the limits of every import; a file that is none is a report with a fault."""
    faults = Faults("instructions")
    try:
        sheet, first, columns = _layout(table.read(data), faults)
    except FileRefused as refused:
        faults.refuse(refused)
        return InstructionsReport((), faults.kept())
    if sheet.too_many_rows:
        faults.stop("too_many_instructions")
    reader = _Reader(columns, principals)
    rows = [reader.take(row) for row in sheet.rows if row.number > first and not columns.has_formula(row)]
    return InstructionsReport(tuple(rows), faults.kept())


def _layout(sheets: tuple[Sheet, ...], faults: Faults) -> tuple[Sheet, int, Columns]:
    """The sheet, its row of headings (0: none, then three columns in their order) and the columns."""
    for sheet in sheets:
        found = heading.find(sheet, HEADINGS)
        if found is not None:
            guessed = heading.guessed(found, HEADINGS)
            heading.refuse_twins(found, guessed, faults)
            indexes = {name: columns[0] for name, columns in guessed.items()}
            return sheet, found.row, Columns(indexes, faults)
    return sheets[0], 0, Columns(WITHOUT_HEADINGS, faults)


class _Unclear(Exception):
    """What a row says cannot be followed; `code` has its text."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class _Reader:
    def __init__(self, columns: Columns, principals: Principals) -> None:
        self._columns = columns
        self._questions = principals.questions
        self._creditors = principals.creditors
        self._seen: set[tuple[str, str]] = set()

    def take(self, row: Row) -> Instruction:
        typed = self._columns.cell(row, "answer").text
        creditor = question = option = code = None
        try:
            creditor = self._creditor(row).id
            asked = self._question(self._columns.cell(row, "question").text)
            question = asked.id
            self._must_be_first(creditor, question)
            option = _option(asked, typed)
        except _Unclear as unclear:
            code = unclear.code
        text = texts.fault(code, {}) if code else None
        return Instruction(row.number, creditor, question, typed[:200], option, code, text)

    def _creditor(self, row: Row) -> Principal:
        """By ИНН in its column or instead of the name, else by the name."""
        numbers = {inn.of_cell(self._columns.cell(row, name))[0] for name in ("inn", "name")} - {None}
        name = normal_name(self._columns.cell(row, "name").text)
        found = [one for one in self._creditors if one.inn in numbers]
        found = found or [one for one in self._creditors if name and normal_name(one.name) == name]
        if len(found) != 1:
            raise _Unclear("instruction_of_which" if found else "instruction_of_nobody")
        return found[0]

    def _question(self, typed: str) -> Asked:
        number = re.sub(r"^(вопрос )?(№ ?)?|\.$", "", folded(typed))
        for asked in self._questions:
            if number in (asked.number, asked.id.casefold()):
                return asked
        raise _Unclear("instruction_for_no_question")

    def _must_be_first(self, creditor: str, question: str) -> None:
        if (creditor, question) in self._seen:
            raise _Unclear("instruction_twice")
        self._seen.add((creditor, question))


def _option(asked: Asked, typed: str) -> str:
    """The one option that the answer names, by its text or id."""
    answer = folded(typed)
    found = [id for id, text in asked.options.items() if answer and answer in (folded(text), id.casefold())]
    if len(found) != 1:
        raise _Unclear("instruction_without_answer")
    return found[0]
