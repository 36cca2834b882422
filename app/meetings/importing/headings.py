"""Finds the headings of a table and guesses what each column holds from the words people use."""

import re
from collections.abc import Mapping as Map
from dataclasses import dataclass

from app.meetings.importing import texts
from app.meetings.importing.report import Faults
from app.meetings.importing.sheet import Row, Sheet, folded, letter

_LOOKED_AT = 20

Patterns = tuple[tuple[str, str | None], ...]
"""(regular expression over a folded heading, field or None for a column that is of no use); the first match wins."""

REGISTER: Patterns = (
    (r"^(№|n|номер|#)( ?п\.?/?п\.?)?$|^№", None),
    (r"\bинн\b", "inn"),
    (r"отказ.*(залог|реализац)", "pledge_waived"),
    (r"зареестр|за реестр|после закрытия реестра|опоздавш", "late"),
    (r"(погаш|удовлетвор|выплач|оплачен).*(залог|обеспеч)|(залог|обеспеч).*(погаш|удовлетвор|выплач|оплачен)", "repaid_secured"),
    (r"погаш|удовлетвор|выплач|оплачен", "repaid"),
    (r"процент.*(просроч|395|неустой)", "penalties"),
    (r"^процент|процент.*(пользован|кредит|займ|договор)", "interest"),
    (r"остаток|доля|%|дата|основание|определение|адрес|телефон|почт|e-?mail|представит|огрн|примеч", None),
    (r"(всего|общ|итог).*(неустой|штраф|пени|санкци)|(с|включая) (учетом )?(неустой|штраф|пен)", "total"),
    (r"неустой|штраф|\bпени\b|\bпеней\b|санкци", "penalties"),
    (r"без (залог|обеспеч)|не ?обеспеч", None),
    (r"залог|обеспеч", "secured"),
    (r"очеред", "order"),
    (r"основн\w* (долг|сумм|требован)|^основной$", "claim"),
    (r"(общ|всего|итого).*(сумм|размер|требован|долг)|(сумм|размер|требован|долг).*(всего|общ|итого)", "total"),
    (r"(сумм|размер)\w*( требован| долг| задолжен)?|требования, ?руб|задолженность", "claim"),
    (r"кредитор|наименование|фио|ф\. ?и\. ?о|фамилия|заявитель", "name"),
)  # fmt: skip

CONTACTS: Patterns = (
    (r"^(№|n|номер|#)( ?п\.?/?п\.?)?$", None),
    (r"\bинн\b", "inn"),
    (r"миров", "may_vote_settlement"),
    (r"\bснилс\b", "snils"),
    (r"почт\w*$|e-?mail|электрон", "email"),
    (r"\bтел", "phone"),
    (r"доверенн|полномочи|основание", "power_of_attorney"),
    (r"представит", "representative"),
    (r"кредитор|наименование|фио|ф\. ?и\. ?о|фамилия|участник", "name"),
)


@dataclass(frozen=True, slots=True)
class Headings:
    """`row` is the last row of headings (people's number, 0 for none); `texts` one per column, two rows joined."""

    row: int
    texts: tuple[str, ...]


def field_of(heading: str, patterns: Patterns) -> str | None:
    words = folded(heading)
    if not words:
        return None
    return next((field for pattern, field in patterns if re.search(pattern, words)), None)


def guessed(headings: Headings, patterns: Patterns) -> Map[str, tuple[int, ...]]:
    """Fields and the columns that look like them; more than one column is for a person to decide."""
    found: dict[str, tuple[int, ...]] = {}
    for index, text in enumerate(headings.texts):
        field = field_of(text, patterns)
        if field:
            found[field] = (*found.get(field, ()), index)
    return found


def refuse_twins(headings: Headings, guessed: Map[str, tuple[int, ...]], faults: Faults) -> None:
    """Two columns that look alike: only a person knows which one is meant."""
    for field, columns in guessed.items():
        if len(columns) > 1:
            letters = ", ".join(letter(column) for column in columns)
            faults.stop("two_columns", row=headings.row, field=texts.field(field), letters=letters)


def find(sheet: Sheet, patterns: Patterns) -> Headings | None:
    """The heading of the table: among the first rows the one (or two, with merged cells) naming most fields."""
    candidates = [_one(row) for row in sheet.rows[:_LOOKED_AT]]
    pairs = zip(sheet.rows, sheet.rows[1:_LOOKED_AT], strict=False)
    candidates += [_two(upper, lower) for upper, lower in pairs if _is_words(lower)]
    scored = [(len(guessed(candidate, patterns)), candidate) for candidate in candidates]
    best = max((score for score, _ in scored), default=0)
    return next((candidate for score, candidate in scored if score == best), None) if best >= 2 else None


def at(sheet: Sheet, row: int) -> Headings:
    """The headings a person pointed at; the row above is joined where `find` would join it."""
    found = find(sheet, REGISTER)
    if found and found.row == row:
        return found
    return next((_one(candidate) for candidate in sheet.rows if candidate.number == row), Headings(row, ()))


def _one(row: Row) -> Headings:
    return Headings(row.number, tuple(_text(row, index) for index in range(len(row.cells))))


def _two(upper: Row, lower: Row) -> Headings:
    """A merged cell has its text in the leftmost place only: it is carried to the right over the named columns."""
    texts: list[str] = []
    carried = ""
    for index in range(max(len(upper.cells), len(lower.cells))):
        above, below = _text(upper, index), _text(lower, index)
        carried = above or (carried if below else "")
        texts.append(" ".join(part for part in (carried, below) if part))
    return Headings(lower.number, tuple(texts))


def _is_words(row: Row) -> bool:
    """Headings hold no numbers; a row of creditors does."""
    return all(cell.kind == "text" and not re.search(r"\d{2}", cell.text) for cell in row.filled)


def _text(row: Row, index: int) -> str:
    cell = row.at(index)
    return cell.text if cell.kind == "text" else ""
