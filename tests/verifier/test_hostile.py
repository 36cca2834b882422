"""Archives that are made to break the program: it ends with a sentence and one of its own exit codes."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.archives import zipped
from verifier import archive as reading
from verifier.__main__ import FAULTY, WRONG, main, printable
from verifier.archive import NotAnArchive, read
from verifier.finding import MOST, Findings
from verifier.seal import opened
from verifier.strict_json import loads
from verifier.trust import pem

DEEP = b"[" * 200_000
MANIFEST: dict[str, Any] = {
    "format": 2,
    "edition": "participants",
    "topic": "meeting:m",
    "meeting": "m",
    "head": {"at": 1, "mark": "aa"},
    "files": {},
    "receipt_keys": {},
}
EVENT: dict[str, Any] = {
    "topic": "meeting:m",
    "pos": 1,
    "epoch": "aa",
    "at": 1,
    "kind": "x",
    "version": 1,
    "actor": "a",
    "command": None,
    "body": "{}",
    "private": [],
    "private_hash": None,
    "hash": "aa",
}


def made(event: dict[str, Any] | None = None, **manifest: Any) -> dict[str, bytes]:
    return {
        "manifest.json": json.dumps({**MANIFEST, **manifest}).encode(),
        "events.jsonl": json.dumps({**EVENT, **(event or {})}).encode() + b"\n",
    }


@pytest.mark.parametrize(
    "files",
    [
        made({"kind": []}),
        made({"kind": {}, "body": None, "body_sha256": "aa"}),
        made({"kind": "\ud800"}),
        made({"body": '{"x":NaN}'}),
        made({"body": '{"x":1e999}'}),
        made({"body": '{"x":1,"x":2}'}),
        made({"kind": "meeting_founded", "body": '{"x":' + "[" * 900 + "]" * 900 + "}"}),
        made({"private": [1]}),
        made({"kind": "question_added", "private": [{"text": 1}]}),
        made(meeting="\ud800"),
        made(files={"\ud800": "a"}),
        {**made(), "manifest.seal.json": b"[]"},
        {**made(), "trust/anchors.pem": b"-----BEGIN A-----\n" * 100_000},
    ],
)
def test_odd_content_is_a_fault_and_no_traceback(files: dict[str, bytes], tmp_path: Path) -> None:
    assert main([str(zipped(files, tmp_path / "a.zip"))]) == FAULTY


@pytest.mark.parametrize("path", ["manifest.json", "manifest.seal.json"])
def test_deep_nesting_is_no_archive(path: str, tmp_path: Path) -> None:
    assert main([str(zipped({**made(), path: DEEP}, tmp_path / "a.zip"))]) == WRONG


@pytest.mark.parametrize("text", ['{"pos":NaN}', '{"epoch":"\\ud800"}', "[" * 60_000, "\ud800"])
def test_an_odd_receipt_is_refused(text: str, tmp_path: Path) -> None:
    receipt = tmp_path / "r.json"
    receipt.write_bytes(text.encode(errors="surrogatepass"))

    assert main([str(zipped(made(), tmp_path / "a.zip")), "--receipt", str(receipt)]) == FAULTY


def test_what_an_archive_says_moves_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(zipped(made(meeting="m\x1b[2J\nНарушений не найдено"), tmp_path / "a.zip"))])

    assert "m\\x1b[2J\\nНарушений не найдено" in capsys.readouterr().out


def test_sums_are_printed_with_spaces() -> None:
    assert printable("338\u00a0391,43\u202f₽") == "338 391,43 ₽"


def test_numbers_too_long_and_keys_twice_are_refused() -> None:
    for text in (b"9" * 5000, b'{"a":1,"a":1}', b"1.5", b"Infinity", DEEP, b"\xff"):
        with pytest.raises(ValueError, match=r"."):
            loads(text)


def test_a_file_larger_than_the_limit_is_not_unpacked_whatever_its_entry_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_FILE_BYTES", 1000)

    with pytest.raises(NotAnArchive, match="too large"):
        read(zipped({**made(), "x": bytes(1001)}, tmp_path / "a.zip"))


def test_two_zips_in_one_file_and_unknown_packing_are_no_archive(tmp_path: Path) -> None:
    one = zipped(made(), tmp_path / "a.zip").read_bytes()
    both = tmp_path / "b.zip"
    for content in (one + one, b"x" + one, one + b"x"):
        both.write_bytes(content)
        with pytest.raises(NotAnArchive):
            read(both)
    with zipfile.ZipFile(both, "w", zipfile.ZIP_BZIP2) as out:
        out.writestr("manifest.json", b"{}")
    with pytest.raises(NotAnArchive, match="unknown way"):
        read(both)


def test_a_file_between_two_others_that_the_directory_does_not_name_is_seen(tmp_path: Path) -> None:
    """A program that reads from the front would unpack it."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as out:
        for name, content in made().items():
            out.writestr(name, content)
        out.writestr("events.jsonl.", b"another log")
        out.writestr("last", b"")
        del out.NameToInfo["events.jsonl."]
        out.filelist = [entry for entry in out.filelist if entry.filename != "events.jsonl."]

    with pytest.raises(NotAnArchive, match="between"):
        read(path)


def test_findings_beyond_the_limit_are_counted_and_the_first_fault_is_kept() -> None:
    findings = Findings()
    for number in range(MOST):
        findings.note("redacted", str(number))
    findings.fault("seal_bad", "a")
    findings.fault("seal_bad", "b")

    assert [fault.place for fault in findings.faults] == ["a"]
    assert findings.untold == 1


def test_what_the_verdict_depends_on_is_never_beyond_the_limit() -> None:
    """Else ten thousand notes would make a clean verdict of what could not be checked, or of one's own keys."""
    findings = Findings()
    for number in range(MOST):
        findings.note("redacted", str(number))
    findings.beyond("gost_missing", "ballots/1.sig")
    findings.note("own_trust", "trust/")

    assert [found.code for found in findings.found[MOST:]] == ["gost_missing", "own_trust"]


def test_a_sealed_ballot_too_short_for_its_tag_does_not_open() -> None:
    assert opened(b"\x01" * 32, "m", 1, "A", b"\x02" * 40) is None


def test_a_pem_that_does_not_end_is_refused() -> None:
    with pytest.raises(ValueError, match="не окончен"):
        list(pem(b"-----BEGIN A-----\nAAAA\n" * 1000))
