"""The count from the command line; the only module here that reads files.

    python -m tally golden FILE    run golden cases; name every difference
    python -m tally count FILE     count one exported question or packet; print the results as JSON, then explained

Exit status: 0 all right; 1 the cases differ, or the data is refused with a code; 2 the file or the call is wrong.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tally.case import count_case, read_case
from tally.digest import canonical
from tally.errors import CODES, TallyError
from tally.explain import explain
from tally.golden import run

EQUAL, DIFFERENT, WRONG = 0, 1, 2


class BadFile(Exception):
    """The file cannot be read as JSON."""


def main(arguments: list[str]) -> int:
    commands = {"golden": _golden, "count": _count}
    if len(arguments) != 2 or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return WRONG
    command, file = arguments
    try:
        return commands[command](_read(Path(file)))
    except BadFile as error:
        print(f"{file}: {error}", file=sys.stderr)
        return WRONG
    except TallyError as error:
        print(f"{file}: {error} ({CODES[error.code]})", file=sys.stderr)
        return WRONG if error.code == "malformed" else DIFFERENT


def _golden(document: Any) -> int:
    report = run(document)
    for difference in report.differences:
        print(difference)
    verdict = f"{len(report.differences)} differences" if report.differences else "all equal"
    print(f"{report.cases} cases: {verdict}")
    return DIFFERENT if report.differences else EQUAL


def _count(document: Any) -> int:
    results = count_case(read_case(document))
    print(
        json.dumps({code: result.to_json() for code, result in results.items()}, ensure_ascii=False, indent=2)
    )
    for code, result in results.items():
        print()
        print(explain(result, code))
    return EQUAL


def _read(path: Path) -> Any:
    """Parsed JSON that has a canonical form too: no NaN, no halves of surrogate pairs."""
    try:
        value = json.loads(path.read_bytes().decode(), object_pairs_hook=_without_repeats)
        canonical(value)
        return value
    except OSError as error:
        raise BadFile(str(error.strerror)) from None
    except RecursionError:
        raise BadFile("is nested too deeply") from None
    except ValueError as error:
        raise BadFile(f"is not JSON in UTF-8: {error}") from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise BadFile("has the same key twice in one object")
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
