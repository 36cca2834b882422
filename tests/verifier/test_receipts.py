"""What the program says of a participant's receipt: which ballot it is about, and what became of it."""

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.verifier.archives import archive_of, zipped
from verifier.__main__ import GOOD, main
from verifier.chain import read_events
from verifier.finding import Findings
from verifier.meeting import Meeting, Voting
from verifier.together import check_commands_of_ballots

Files = dict[str, bytes]


def a_receipt(files: Files, pos: int, folder: Path) -> str:
    answers = (json.loads(line) for line in files["answers.jsonl"].splitlines())
    answer = next(json.loads(each["answer"]) for each in answers if each["pos"] == pos)
    path = folder / f"{pos}.json"
    path.write_text(json.dumps(answer["body"]["receipt"]))
    return str(path)


def positions(files: Files, kind: str) -> list[int]:
    events = (json.loads(line) for line in files["events.jsonl"].splitlines())
    return [event["pos"] for event in events if event["kind"] == kind]


def test_a_receipt_tells_whether_its_ballot_stands_or_was_annulled(
    full: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = positions(full, "ballot_cast")[:2]
    (annulment,) = positions(full, "ballot_annulled")
    archive = str(zipped(full, tmp_path / "archive.zip"))
    receipts = [a_receipt(full, pos, tmp_path) for pos in (first, second, 1)]

    assert main([archive, *(word for path in receipts for word in ("--receipt", path))]) == GOOD
    stands, annulled, other = capsys.readouterr().out.splitlines()[-3:]
    assert "голосование 1, кредитор A, бюллетень стоит" in stands
    assert f"кредитор B, бюллетень аннулирован записью {annulment}" in annulled
    assert "meeting_founded" in other
    assert "бюллетень" not in other


def test_json_stays_json_with_receipts_in_it(
    full: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = str(zipped(full, tmp_path / "archive.zip"))

    assert main([archive, "--json", "--receipt", a_receipt(full, 1, tmp_path)]) == GOOD
    (receipt,) = json.loads(capsys.readouterr().out)["receipts"]
    assert receipt["is_good"] is True


@pytest.mark.parametrize("name", ["report.csv", "report.json"])
def test_a_list_of_ballots_tells_the_signers(name: str, full: Files, tmp_path: Path) -> None:
    report = tmp_path / name

    assert main([str(zipped(full, tmp_path / "archive.zip")), "--report", str(report)]) == GOOD
    if name.endswith("json"):
        lines = json.loads(report.read_text())
    else:
        lines = list(csv.DictReader(report.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert [line["name"] for line in lines[:2]] == ["Петров Пётр", "Орлова Анна"]
    assert lines[1]["state"].startswith("аннулирован записью")
    assert {(line["found"], line["verdict"], line["revocation"]) for line in lines} == {
        ("ok", "ok", "checked")
    }


def test_the_report_names_the_debtor_the_questions_and_the_file(
    full: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = zipped(full, tmp_path / "archive.zip")
    main([str(archive)])

    said = capsys.readouterr().out
    assert hashlib.sha256(archive.read_bytes()).hexdigest() in said
    for word in ("АО «Должник»", "А40-1/2026", "Решение по вопросу q1", "OpenSSL 3"):
        assert word in said


def test_ballots_of_one_command_count_down_to_the_one_that_the_receipt_names(full: Files) -> None:
    cast = next(event for event in read_events(archive_of(full), Findings()) if event.kind == "ballot_cast")

    def faults(*more: tuple[int, int]) -> int:
        """Places and how many follow."""
        events = [replace(cast, pos=pos, said={**cast.said, "more": left}) for pos, left in more]
        findings = Findings()
        voting = Voting(1, "q1", {}, 0, 0, {}, {}, cast=events)
        check_commands_of_ballots(Meeting(votings={1: voting}), findings)
        return len(findings.faults)

    assert faults((5, 1), (6, 0)) == 0
    assert faults((5, 1)) == 1
    assert faults((5, 1), (7, 0)) == 1
    assert faults((5, 0), (6, 0)) == 1
