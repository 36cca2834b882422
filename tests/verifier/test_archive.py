"""Both editions of a real meeting are accepted; what they show and hide; what the program prints and how it ends."""

import hashlib
import json
from itertools import product
from pathlib import Path

import pytest

from tally.case import count_case, read_case
from tally.digest import canonical
from tests.verifier.archives import CREDITORS, PERSONAL, SNILS, archive_of, zipped
from verifier.__main__ import FAULTY, GOOD, WRONG, main
from verifier.archive import NotAnArchive
from verifier.check import check
from verifier.report import own_sha256

Files = dict[str, bytes]


def test_the_full_edition_is_accepted_and_everything_in_it_is_looked_at(full: Files) -> None:
    findings = check(archive_of(full)).findings

    assert findings.faults == []
    assert {note.code for note in findings.notes} == {
        "ballot_annulled",
        "own_keys",
        "own_trust",
        "demo",
        "owner_by_name",
        "minutes_signed",
        "minutes_unqualified",
    }
    assert findings.counts["ballots"] == 6
    assert findings.counts["counts"] == 2
    assert findings.counts["sealed"] == 3
    assert findings.counts["minutes"] == 7
    assert findings.counts["minutes_signatures"] == 1
    assert findings.counts["signatures"] == 6
    assert findings.counts["shown"] > 10
    assert findings.counts["receipts"] > 20


def test_the_participants_edition_is_accepted_and_says_what_it_does_not_show(participants: Files) -> None:
    findings = check(archive_of(participants)).findings

    assert findings.faults == []
    assert {note.code for note in findings.notes} == {"ballot_annulled", "own_keys", "demo", "count_hidden"}
    assert findings.counts["ballots_hidden"] == 3
    assert findings.counts["hidden"] > 5


def test_the_participants_edition_tells_no_choice_of_a_closed_voting_and_no_person(
    participants: Files,
) -> None:
    everything = b"\n".join(content for path, content in participants.items() if path != "names.json")

    assert "counts/2.json" not in participants
    assert not any(path.endswith(".sig") or path.startswith(("trust/", "answers")) for path in participants)
    assert "ООО «A»".encode() not in participants["events.jsonl"]
    assert everything.count(b'\\"choices\\":{') == 1


def test_choices_of_a_closed_voting_are_not_found_by_trying_them(full: Files, participants: Files) -> None:
    """Whoever knows the register has few outcomes to try against each hash that his edition shows him."""
    hidden = [json.loads(line) for line in participants["events.jsonl"].splitlines()]
    hashes = {event["body_sha256"] for event in hidden if event["body"] is None}
    assert hashes
    case = json.loads(full["counts/2.json"])
    for marks in product(("for", "against", "abstain"), repeat=3):
        said = {creditor: {"choices": [mark]} for creditor, mark in zip(CREDITORS, marks, strict=True)}
        body = canonical({"voting": 2, "part": 0, "choices": said})
        assert hashlib.sha256(body).hexdigest() not in hashes
        for ballot, mark in zip(case["ballots"], marks, strict=True):
            ballot["choices"] = [mark]
        (result,) = count_case(read_case(case)).values()
        assert result.input_hash.encode() not in participants["events.jsonl"]


@pytest.mark.parametrize("text", [*PERSONAL.values(), SNILS])
def test_no_number_address_or_document_of_a_person_stands_in_the_participants_edition(
    text: str, full: Files, participants: Files
) -> None:
    is_in_the_log = text not in (PERSONAL["email"], PERSONAL["phone"])

    assert (text.encode() in full["events.jsonl"]) is is_in_the_log
    assert not [path for path, content in participants.items() if text.encode() in content]


def test_a_receipt_that_a_participant_kept_is_found_in_the_log(
    full: Files, participants: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = next(
        json.loads(json.loads(line)["answer"])["body"]["receipt"]
        for line in full["answers.jsonl"].splitlines()
        if json.loads(line)["actor"] == "p_A"
    )
    good, forged = tmp_path / "good.json", tmp_path / "forged.json"
    good.write_text(json.dumps(receipt))
    forged.write_text(json.dumps({**receipt, "pos": receipt["pos"] + 1}))
    archive = zipped(participants, tmp_path / "archive.zip")

    assert main([str(archive), "--receipt", str(good)]) == GOOD
    assert "Квитанция подлинная" in capsys.readouterr().out
    assert main([str(archive), "--receipt", str(forged)]) == FAULTY


def test_the_report_names_the_head_the_results_and_the_verdict(
    full: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(zipped(full, tmp_path / "archive.zip"))]) == GOOD

    said = capsys.readouterr().out
    assert json.loads(full["manifest.json"])["head"]["mark"] in said
    assert "Решение принято" in said
    assert "Решение не принято" in said
    assert "Внутренних противоречий не найдено" in said
    assert "100,00 %" in said


def test_the_report_says_what_was_not_looked_at_what_happened_and_which_program_this_is(
    full: Files, participants: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(zipped(full, tmp_path / "full.zip"))])
    said = capsys.readouterr().out
    main([str(zipped(participants, tmp_path / "participants.zip"))])
    of_participants = capsys.readouterr().out

    for part in ("Не проверялось", "OCSP", "не указаны (--receipt)", own_sha256(), "Происшествия собрания"):
        assert part in said
    assert said.index("Происшествия") < said.index("бюллетень аннулирован") < said.index("К сведению")
    assert "в издании для участников их нет" in of_participants
    assert "в издании для участников их нет" not in said


def test_refusals_of_the_server_are_told(full: Files) -> None:
    line = canonical({"actor": "p", "command": "ab", "ok": False, "code": "late", "pos": 1, "answer": "{}"})
    findings = check(archive_of({**full, "answers.jsonl": full["answers.jsonl"] + line + b"\n"})).findings

    assert ("refused", "late × 1") in {(note.code, note.details) for note in findings.notes}


def test_an_archive_of_too_many_lines_is_refused(full: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.archive.MOST_LINES", 20)

    with pytest.raises(NotAnArchive, match=r"answers.jsonl has more than 20 lines"):
        archive_of(full)


def test_long_work_says_how_far_it_is(
    full: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("verifier.__main__.TOLD_EVERY", 4)
    main([str(zipped(full, tmp_path / "archive.zip"))])

    assert capsys.readouterr().err == "проверено бюллетеней: 4 из 6\n"


def test_a_folder_of_trust_that_cannot_be_read_is_refused_with_a_sentence(
    full: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = zipped(full, tmp_path / "archive.zip")
    assert main([str(archive), "--trust", str(tmp_path)]) == WRONG
    (tmp_path / "anchors.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")

    assert main([str(archive), "--trust", str(tmp_path)]) == WRONG
    assert "нет читаемых" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04garbage", b"{}"])
def test_what_is_no_archive_is_refused_with_a_sentence(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no.zip"
    path.write_bytes(content)

    assert main([str(path)]) == WRONG
    assert "это не архив собрания" in capsys.readouterr().err


def test_a_missing_manifest_or_another_format_is_refused(full: Files, tmp_path: Path) -> None:
    manifest = json.loads(full["manifest.json"])
    other = json.dumps({**manifest, "format": 1}).encode()

    assert main([str(zipped({"events.jsonl": b""}, tmp_path / "1.zip"))]) == WRONG
    assert main([str(zipped({**full, "manifest.json": other}, tmp_path / "2.zip"))]) == WRONG
    assert main([str(zipped({**full, "manifest.json": b"[]"}, tmp_path / "3.zip"))]) == WRONG
