"""Whose archive it is: the server's key and the head of the minutes come from outside, or the reader is told."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.kernel.canonical import canonical
from tests.verifier.archives import archive_of, zipped
from tests.verifier.forging import Forgery
from verifier.__main__ import FAULTY, GOOD, WRONG, main
from verifier.check import check
from verifier.receipts import FIELDS

Files = dict[str, bytes]


def key_of(files: Files) -> str:
    (key,) = json.loads(files["manifest.json"])["receipt_keys"].values()
    return str(key)


def sealed_by_an_outsider(files: Files) -> Files:
    """Receipts and seal made anew with a key of his own, which the manifest lists."""
    key = Ed25519PrivateKey.generate()
    answers = []
    for line in files["answers.jsonl"].splitlines():
        given = json.loads(line)
        answer = json.loads(given["answer"])
        receipt = answer["body"]["receipt"]
        receipt["signature"] = key.sign(canonical({name: receipt[name] for name in FIELDS})).hex()
        answers.append(canonical({**given, "answer": canonical(answer).decode()}) + b"\n")
    changed = {**files, "answers.jsonl": b"".join(answers)}
    manifest = json.loads(files["manifest.json"])
    manifest["receipt_keys"] = {"receipt-1": key.public_key().public_bytes_raw().hex()}
    manifest["files"]["answers.jsonl"] = hashlib.sha256(changed["answers.jsonl"]).hexdigest()
    changed["manifest.json"] = canonical(manifest)
    signature = key.sign(changed["manifest.json"]).hex()
    changed["manifest.seal.json"] = canonical({"key": "receipt-1", "signature": signature})
    return changed


def test_an_archive_of_an_outsiders_own_key_is_a_fault_to_who_knows_the_servers(full: Files) -> None:
    forged = archive_of(sealed_by_an_outsider(full))
    with_key = check(forged, keys=frozenset([key_of(full)])).findings
    without = check(forged).findings

    assert {fault.code for fault in with_key.faults} == {"seal_other_key", "receipt_contradicts"}
    assert without.faults == []
    (note,) = (note for note in without.notes if note.code == "own_keys")
    (own,) = forged.manifest["receipt_keys"].values()
    assert note.details == hashlib.sha256(bytes.fromhex(own)).hexdigest()


def test_the_servers_own_key_settles_the_doubt(full: Files, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{key_of(full).upper()}\n{'ab' * 32}\n")
    archive = str(zipped(full, tmp_path / "archive.zip"))

    codes = [note.code for note in check(archive_of(full), keys=frozenset([key_of(full)])).findings.found]
    assert codes == [
        "demo",
        "owner_by_name",
        "ballot_annulled",
        "minutes_unqualified",
        "minutes_signed",
        "own_trust",
    ]
    assert main([archive, "--server-key", key_of(full)]) == GOOD
    assert main([archive, "--server-key", str(file)]) == GOOD
    assert main([archive, "--server-key", "ab" * 32]) == FAULTY


@pytest.mark.parametrize("key", ["ab", "zz" * 32, "nowhere"])
def test_a_key_that_is_none_is_refused_with_a_sentence(
    key: str, full: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(zipped(full, tmp_path / "archive.zip")), "--server-key", key]) == WRONG
    assert "Ключ сервера" in capsys.readouterr().err


def test_a_head_typed_from_the_minutes_is_compared(full: Files, tmp_path: Path) -> None:
    mark = json.loads(full["manifest.json"])["head"]["mark"]
    archive = str(zipped(full, tmp_path / "archive.zip"))

    assert main([archive, "--head", f"{mark[:32].upper()} {mark[32:]}"]) == GOOD
    assert main([archive, "--head", mark[:-1] + ("0" if mark[-1] != "0" else "1")]) == FAULTY


def test_a_head_of_the_minutes_is_good_though_the_log_went_on(full: Files) -> None:
    mark = json.loads(full["manifest.json"])["head"]["mark"]
    before_the_end = json.loads(full["events.jsonl"].splitlines()[-2])["hash"]
    forgery = Forgery(full)
    last = forgery.events[-1]["was"]
    forgery.add(last, "receipt_without_record", {"person": "p_A", "epoch": "00", "pos": 3, "hash": "0"})
    forgery.add(last, "redacted", {"places": []})
    archive = archive_of(forgery.sealed())

    def codes(head: str) -> set[str]:
        return {found.code for found in check(archive, head=head).findings.found} & {
            "head_not_of_minutes",
            "head_earlier",
        }

    assert codes(mark) == {"head_earlier"}
    assert codes(archive.manifest["head"]["mark"]) == set()
    assert codes(before_the_end) == {"head_not_of_minutes"}


def test_a_genuine_receipt_is_not_discredited_by_an_archive_of_another_key(
    full: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an operator who wrote the log anew: the receipt in hand is the proof against him."""
    answers = [json.loads(line) for line in full["answers.jsonl"].splitlines()]
    receipt = next(json.loads(a["answer"])["body"]["receipt"] for a in answers if a["actor"] == "p_A")
    (tmp_path / "receipt.json").write_text(json.dumps(receipt))
    forgery = Forgery(full)
    forgery.events[0]["at"] -= 1
    archive = str(zipped(forgery.sealed(), tmp_path / "archive.zip"))
    asked = [archive, "--receipt", str(tmp_path / "receipt.json")]

    assert main([*asked, "--server-key", key_of(full)]) == FAULTY
    assert "квитанция подлинная, а записи" in capsys.readouterr().out
    assert main(asked) == FAULTY
    assert "в архиве чужой ключ" in capsys.readouterr().out


def test_nothing_is_called_good_while_keys_and_roots_are_the_archives_own(
    full: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = str(zipped(full, tmp_path / "archive.zip"))
    (contents,) = (content for path, content in full.items() if path.endswith(".txt") and "trust/" in path)
    (root,) = (line.split()[1] for line in contents.decode().splitlines() if line.startswith("anchor"))
    (tmp_path / "anchors.pem").write_bytes(full[f"trust/{root}.pem"])

    assert main([archive]) == GOOD
    assert "Нарушений не найдено" not in capsys.readouterr().out
    assert main([archive, "--server-key", key_of(full)]) == GOOD
    assert "Нарушений не найдено" not in capsys.readouterr().out
    assert main([archive, "--server-key", key_of(full), "--trust", str(tmp_path)]) == GOOD
    assert "Нарушений не найдено" in capsys.readouterr().out
