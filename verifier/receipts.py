"""Receipts: signed by the server's key, and about an event of this log."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tally.digest import canonical
from verifier.archive import ANSWERS, MANIFEST, Archive, Event, unhex
from verifier.finding import Findings
from verifier.libcrypto import is_ed25519
from verifier.texts import LINE_PLACE

FIELDS = ("topic", "epoch", "pos", "hash", "key")


def check_seal(archive: Archive, findings: Findings) -> None:
    """The manifest is signed by one of the keys whose public halves it lists: a wrong byte, not a wrong server."""
    seal = archive.seal or {}
    if not _is_signed(archive, seal, archive.manifest_bytes):
        findings.fault("seal_bad", MANIFEST)


def check_answers(archive: Archive, events: Sequence[Event], findings: Findings) -> None:
    """Every answer of the full edition: its receipt is genuine and about the event that it names."""
    hashes = {event.pos: (event.epoch, event.hash) for event in events}
    for number, line in enumerate(archive.lines(ANSWERS), 1):
        place = LINE_PLACE.format(file=ANSWERS, line=number)
        try:
            given = json.loads(line)
            receipt = json.loads(given["answer"])["body"].get("receipt")
            pos = given["pos"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            findings.fault("answer_unreadable", place)
            continue
        if receipt is not None:
            if why_not(archive, hashes, receipt) is not None or receipt["pos"] != pos:
                findings.fault("receipt_contradicts", place)
            findings.add("receipts")


def why_not(
    archive: Archive, hashes: Mapping[int, tuple[str, str]], receipt: Mapping[str, Any]
) -> str | None:
    """A key of `texts.RECEIPTS`: what is wrong with a participant's receipt; None when the log holds its event."""
    if not isinstance(receipt, dict) or not all(name in receipt for name in (*FIELDS, "signature")):
        return "not_a_receipt"
    if receipt["topic"] != archive.topic:
        return "of_another_meeting"
    if not _is_signed(archive, receipt, canonical({name: receipt[name] for name in FIELDS})):
        return "not_signed_by_us"
    if hashes.get(receipt["pos"]) != (receipt["epoch"], receipt["hash"]):
        return "not_in_the_log"
    return None


def _is_signed(archive: Archive, given: Mapping[str, Any], message: bytes) -> bool:
    try:
        key = unhex(archive.manifest["receipt_keys"][given["key"]])
        return is_ed25519(key, message, unhex(given["signature"]))
    except (KeyError, ValueError, TypeError):
        return False
