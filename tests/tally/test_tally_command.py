"""The command line: golden and count, with clear words about bad files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tally.__main__ import main

GOLDEN = Path(__file__).with_name("golden.json")


def a_case(code: str) -> dict[str, Any]:
    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
    return next(dict(case) for case in cases if case["id"] == code)


def written(folder: Path, value: Any) -> str:
    file = folder / "file.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(file)


def test_the_golden_file_is_all_equal_from_the_command_line() -> None:
    root = Path(__file__).parents[2]

    done = subprocess.run(
        [sys.executable, "-m", "tally", "golden", str(GOLDEN)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "59 cases: all equal\n", "")


def test_a_planted_difference_makes_the_run_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = a_case("p01")
    case["expected"]["totals"]["for"] += 1

    status = main(["golden", written(tmp_path, {"format": 1, "cases": [case, a_case("p02")]})])

    assert status == 1
    assert capsys.readouterr().out == (
        "p01: totals.for: expected 70001, counted 70000\n2 cases: 1 differences\n"
    )


def test_a_right_file_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["golden", written(tmp_path, {"format": 1, "cases": [a_case("p49")]})]) == 0
    assert capsys.readouterr().out == "1 cases: all equal\n"


def test_an_exported_question_is_counted_and_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = a_case("p04")
    del case["expected"]

    status = main(["count", written(tmp_path, case)])

    printed, _, explanation = capsys.readouterr().out.rpartition("\n\n")
    result = json.loads(printed)["p04"]
    assert status == 0
    assert (result["outcome"], result["totals"]["abstain"]) == ("not_adopted", 50000)
    assert explanation == result["explanation_ru"] + "\n"
    assert "Решение не принято" in printed
    assert printed.startswith('{\n  "p04": {\n    "question": "p04",')


def test_a_packet_is_explained_question_by_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["count", written(tmp_path, a_case("p50"))]) == 0

    _, *explanations = capsys.readouterr().out.split("\n\n")
    assert [text.split(".")[0] for text in explanations] == ["Вопрос root", "Вопрос n1", "Вопрос n11"]


def test_data_that_the_count_refuses_is_named_by_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, a_case("p40"))

    assert main(["count", file]) == 1
    assert capsys.readouterr() == (
        "",
        f"{file}: duplicate_ballot: A (a creditor has two ballots on one question)\n",
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON in UTF-8: Expecting property name"),
        ('{"id": NaN}', "is not JSON in UTF-8: Out of range float values are not JSON compliant"),
        ('{"id": "\\ud800"}', "is not JSON in UTF-8: 'utf-8' codec can't encode"),
        ("9" * 5000, "is not JSON in UTF-8: Exceeds the limit"),
        ('{"id": "a", "id": "b"}', "has the same key twice in one object"),
        ("[" * 200_000, "is nested too deeply"),
        ("[]", "malformed: the case is not an object (the JSON does not have the shape of a case)"),
        ('{"id": "a"}', "malformed: the case has no procedure"),
    ],
)
def test_a_bad_file_gets_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    file = written(tmp_path, content)

    assert main(["count", file]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"{file}: {words}")
    assert shown.err.count("\n") == 1


def test_bytes_that_are_not_utf_8_and_a_missing_file_get_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe{}")

    assert main(["golden", str(binary)]) == 2
    assert main(["golden", str(tmp_path / "none.json")]) == 2
    shown = capsys.readouterr().err.splitlines()
    assert shown[0].startswith(f"{binary}: is not JSON in UTF-8: 'utf-8' codec")
    assert shown[1] == f"{tmp_path / 'none.json'}: No such file or directory"


@pytest.mark.parametrize("arguments", [[], ["golden"], ["recount", "x"], ["count", "x", "y"]])
def test_a_wrong_call_is_told_how_to_call(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "python -m tally golden FILE" in shown.err
