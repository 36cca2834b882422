"""What is decided and at which meeting: values that the count is given."""

from dataclasses import dataclass
from typing import Literal, get_args

from tally.errors import TallyError

Form = Literal["in_person", "absentee", "mixed"]
Base = Literal["register", "present"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question with the rule it is decided by (`rule_for_topic` chooses the rule).

    `options` are the variants of a choice, `candidates` and `seats` belong to `cumulative`; `threshold` (a, b),
    `base`, `strict` and `article` belong to the rule `threshold`. With `all_secured` every creditor with an
    outstanding secured claim must vote «за» as well.
    """

    id: str
    topic: str
    rule: str
    options: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    seats: int = 0
    threshold: tuple[int, int] | None = None
    base: Base | None = None
    strict: bool = True
    all_secured: bool = False
    article: str | None = None


@dataclass(frozen=True, slots=True)
class MeetingContext:
    """The meeting around a question. `deadline` is in microseconds since 1970-01-01 UTC, itself still in time."""

    procedure: str
    form: Form = "in_person"
    repeated: bool = False
    deadline: int | None = None


def check_form(context: MeetingContext) -> None:
    if context.form not in get_args(Form):
        raise TallyError("unknown_form", str(context.form))
