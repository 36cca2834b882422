"""Golden cases: worked examples of the count, compared with what the count says; parsed JSON in, differences out.

Only the fields that stand in `expected` are compared, and `why` never: it is for people. An error case expects
{error: code}, a packet {packet: {question id: fields}}.
"""

from dataclasses import dataclass
from typing import Any

from tally.case import Case, count_case, read_case
from tally.digest import canonical
from tally.errors import TallyError
from tally.shape import list_at, object_at

FORMAT = 1
FOR_PEOPLE = "why"
MISSING = "<no such field>"


@dataclass(frozen=True, slots=True)
class Report:
    """`differences` are sentences "case: field: expected …, counted …"; equal files have none."""

    cases: int
    differences: tuple[str, ...]


def run(document: Any) -> Report:
    """Run a whole file. Raises `malformed` if it is not {format: 1, cases: [at least one]} with different ids."""
    given = object_at(document, "the file")
    if given.get("format") != FORMAT:
        raise TallyError("malformed", f"the file is not of format {FORMAT}")
    cases = [object_at(case, "a case") for case in list_at(given.get("cases"), "cases")]
    ids = [case.get("id") for case in cases]
    if not ids or not all(isinstance(case_id, str) for case_id in ids) or len(set(ids)) < len(ids):
        raise TallyError("malformed", "cases need different ids, and there must be one at least")
    found = tuple(f"{case['id']}: {difference}" for case in cases for difference in differences(case))
    return Report(len(cases), found)


def differences(raw: dict[str, Any]) -> tuple[str, ...]:
    """How the count differs from the case's `expected`; empty when it does not."""
    expected = raw.get("expected")
    if not isinstance(expected, dict) or not expected.keys() - {FOR_PEOPLE}:
        return ("the case expects nothing",)
    try:
        case = read_case(raw)
        counted, generated = _counted(case), case.checksum
    except TallyError as error:
        counted, generated = {"error": error.code, "detail": error.detail}, None
    found = _compared({key: expected[key] for key in expected if key != FOR_PEOPLE}, counted, "")
    if generated is not None:
        found += _compared(raw.get("generator_check", {}), generated, "generator_check")
    return tuple(found)


def _counted(case: Case) -> dict[str, Any]:
    """What the count says, in the shape of `expected`."""
    results = {code: result.to_json() for code, result in count_case(case).items()}
    return {"packet": results} if case.is_packet else results[case.id]


def _compared(expected: Any, counted: Any, path: str) -> list[str]:
    """Compare what is expected, objects field by field; true is not 1 here."""
    if isinstance(expected, dict) and isinstance(counted, dict):
        pairs = ((key, expected[key], counted.get(key, MISSING)) for key in expected)
        return [
            line
            for key, left, right in pairs
            for line in _compared(left, right, f"{path}.{key}".removeprefix("."))
        ]
    if canonical(expected) == canonical(counted):
        return []
    return [f"{path}: expected {_shown(expected)}, counted {_shown(counted)}"]


def _shown(value: Any) -> str:
    return canonical(value).decode()
