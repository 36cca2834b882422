"""What a dry run says: faults by file, row and column, and what was understood; JSON-ready values without logic of parsing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.meetings.importing import limits, texts

File = Literal["register", "contacts", "agenda", "instructions"]
Severity = Literal["fault", "warning"]


class FileRefused(Exception):
    """The whole file cannot be read; `code` has its text in `texts.FAULTS`."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, in Russian, with its place: row and column of a table, or path of an agenda.

    A `fault` stops the import, a `warning` only asks the reader to look.
    """

    file: File
    severity: Severity
    code: str
    text: str
    row: int | None = None
    column: str | None = None
    path: str | None = None


class Faults:
    """Collects faults of one file in reading order; keeps the first 500 and counts the rest."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._kept: list[Fault] = []
        self.stopping = 0
        self.total = 0

    def stop(self, code: str, *, row: int | None = None, column: str | None = None, **facts: object) -> None:
        """Note a fault: nothing of the file will be imported."""
        self.note("fault", code, facts, row=row, column=column)

    def warn(self, code: str, *, row: int | None = None, column: str | None = None, **facts: object) -> None:
        """Note something to look at; it stops nothing."""
        self.note("warning", code, facts, row=row, column=column)

    def refuse(self, refused: FileRefused) -> None:
        self.note("fault", refused.code, refused.facts)

    def note(
        self,
        severity: Severity,
        code: str,
        facts: Mapping[str, object],
        *,
        row: int | None = None,
        column: str | None = None,
        path: str | None = None,
    ) -> None:
        """`facts` fill the text of `code`."""
        self.total += 1
        self.stopping += severity == "fault"
        if len(self._kept) < limits.FAULTS_SHOWN:
            text = texts.fault(code, facts)
            self._kept.append(Fault(self._file, severity, code, text, row, column, path))

    def kept(self) -> tuple[Fault, ...]:
        return tuple(self._kept)
