"""P18: whatever byte of an archive is changed, the verifier names the place; and forgeries that a flip does not show."""

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from app.kernel.canonical import canonical
from tests.verifier.archives import archive_of, with_new_sums
from verifier.archive import NotAnArchive
from verifier.check import check
from verifier.finding import Finding

Files = dict[str, bytes]
FLIPS = 8
OF_THE_LOG = ("events.jsonl", "ballots/", "counts/")
"""What is found without the manifest too: another with new sums can be written by anybody, but not sealed."""


def flipped(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def faults(files: Files) -> list[Finding]:
    try:
        return check(archive_of(files)).findings.faults
    except NotAnArchive as refused:
        return [Finding("not_an_archive", str(refused))]


@pytest.mark.parametrize("edition", ["full", "participants"])
def test_any_changed_byte_is_named(edition: Any, editions: dict[Any, Files]) -> None:
    files = editions[edition]
    rng = random.Random(18)
    for path in files:
        for _ in range(FLIPS):
            found = faults({**files, path: flipped(files[path], rng)})
            assert found, path
            assert any(path in (fault.place, *fault.place.split(",")) for fault in found) or path.startswith(
                "manifest"
            )


def test_a_changed_byte_of_the_log_is_named_even_under_a_manifest_with_new_sums(full: Files) -> None:
    rng = random.Random(181)
    for path in (path for path in full if path.startswith(OF_THE_LOG)):
        for _ in range(FLIPS):
            found = faults(with_new_sums({**full, path: flipped(full[path], rng)}))
            assert [fault for fault in found if fault.code != "seal_bad"], path


def test_a_changed_event_is_named_by_its_place(full: Files) -> None:
    lines = full["events.jsonl"].splitlines(keepends=True)
    lines[13] = lines[13].replace(b'p_A\\"', b'p_B\\"')
    found = faults(with_new_sums({**full, "events.jsonl": b"".join(lines)}))

    assert [(fault.code, fault.place) for fault in found if fault.code == "chain_broken"] == [
        ("chain_broken", "запись 14 журнала (ballot_cast)")
    ]


def cut(full: Files) -> Files:
    lines = full["events.jsonl"].splitlines(keepends=True)
    return {**full, "events.jsonl": b"".join(lines[:-1])}


def swapped(full: Files) -> Files:
    return {**full, "ballots/25.json": full["ballots/26.json"], "ballots/26.json": full["ballots/25.json"]}


def resealed(full: Files) -> Files:
    return {**full, "ballots/25.sealed": full["ballots/26.sealed"]}


def hidden(full: Files) -> Files:
    """An annulment that nobody shall read."""
    lines = [json.loads(line) for line in full["events.jsonl"].splitlines()]
    line = next(line for line in lines if line["kind"] == "ballot_annulled")
    line["body_sha256"], line["body"] = hashlib.sha256(line["body"].encode()).hexdigest(), None
    return {**full, "events.jsonl": b"".join(canonical(line) + b"\n" for line in lines)}


def counted_otherwise(full: Files) -> Files:
    case = json.loads(full["counts/1.json"])
    case["ballots"][0]["choices"] = ["against"]
    return {**full, "counts/1.json": canonical(case)}


def other_register(full: Files) -> Files:
    case = json.loads(full["counts/1.json"])
    case["register"][0]["claim_kopecks"] += 1
    return {**full, "counts/1.json": canonical(case)}


def without(path: str) -> Callable[[Files], Files]:
    return lambda full: {name: content for name, content in full.items() if name != path}


FORGERIES: list[tuple[Callable[[Files], Files], str]] = [
    (cut, "head_differs"),
    (swapped, "ballot_differs"),
    (resealed, "sealed_differs"),
    (without("ballots/25.sealed"), "sealed_missing"),
    (hidden, "body_hidden"),
    (counted_otherwise, "count_choice"),
    (counted_otherwise, "result_differs"),
    (other_register, "count_register"),
    (without("ballots/25.json"), "ballot_missing"),
    (without("counts/2.json"), "count_missing"),
    (without("manifest.seal.json"), "seal_bad"),
]


@pytest.mark.parametrize(("forge", "code"), FORGERIES, ids=[code for _, code in FORGERIES])
def test_a_forgery_is_named(forge: Callable[[Files], Files], code: str, full: Files) -> None:
    found = faults(with_new_sums(forge(full)))

    assert code in {fault.code for fault in found}


def test_a_whole_log_written_anew_contradicts_the_receipts(full: Files) -> None:
    """Whoever holds the database can link any events anew; what he has given out he cannot take back."""
    lines = [json.loads(line) for line in full["events.jsonl"].splitlines()]
    body = json.loads(lines[13]["body"])
    lines[13]["body"] = canonical({**body, "received_at": body["received_at"] + 1}).decode()
    files = with_new_sums(
        {**full, "events.jsonl": b"".join(canonical(line) + b"\n" for line in relinked(lines))}
    )
    manifest = json.loads(files["manifest.json"])
    manifest["head"]["mark"] = relinked(lines)[-1]["hash"]
    found = faults({**files, "manifest.json": canonical(manifest)})

    assert not {"chain_broken", "head_differs"} & {fault.code for fault in found}
    assert "receipt_contradicts" in {fault.code for fault in found}


def relinked(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    mark = hashlib.sha256(b"kvorum/log/1meeting:m" + bytes.fromhex(lines[0]["epoch"])).digest()
    names = ("topic", "epoch", "pos", "at", "kind", "version", "actor", "command")
    for line in lines:
        header = canonical({name: line[name] for name in names})
        private = bytes.fromhex(line["private_hash"]) if line["private_hash"] else bytes(32)
        leaf = hashlib.sha256(b"\x00" + header + hashlib.sha256(line["body"].encode()).digest() + private)
        mark = hashlib.sha256(b"\x02" + mark + leaf.digest()).digest()
        line["hash"] = mark.hex()
    return lines
