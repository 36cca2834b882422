"""Receipts: signed by the server's key, and about an event of this log."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tally.digest import canonical
from verifier.archive import ANSWERS, MANIFEST, Archive, Event, unhex
from verifier.finding import Findings
from verifier.libcrypto import is_ed25519
from verifier.strict_json import loads
from verifier.texts import LINE_PLACE

ServerKeys = frozenset[str]
"""Public halves in hex that a reader knows to be the server's; empty: the archive's own are taken, and he is told."""
KEY_BYTES = 32
FIELDS = ("topic", "epoch", "pos", "hash", "key")


def check_seal(archive: Archive, keys: ServerKeys, findings: Findings) -> None:
    """The manifest is signed; by the server's key only where a reader brought that key, else by a key of its own list."""
    seal = archive.seal or {}
    if not _is_signed(archive, seal, archive.manifest_bytes):
        findings.fault("seal_bad", MANIFEST)
    elif not _is_expected(archive, seal, keys):
        findings.fault("seal_other_key", MANIFEST, str(seal["key"]))
    if not keys:
        listed = archive.manifest["receipt_keys"].values()
        findings.note("own_keys", MANIFEST, ", ".join(fingerprint(str(key)) for key in listed))


def check_answers(archive: Archive, events: Sequence[Event], keys: ServerKeys, findings: Findings) -> None:
    """Every answer of the full edition: its receipt is genuine and about the event that it names."""
    hashes = {event.pos: (event.epoch, event.hash) for event in events}
    for number, line in enumerate(archive.lines(ANSWERS), 1):
        place = LINE_PLACE.format(file=ANSWERS, line=number)
        try:
            given = loads(line)
            receipt = loads(given["answer"])["body"].get("receipt")
            pos = given["pos"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            findings.fault("answer_unreadable", place)
            continue
        if receipt is not None:
            if why_not(archive, hashes, receipt, keys) is not None or receipt["pos"] != pos:
                findings.fault("receipt_contradicts", place)
            findings.add("receipts")


def why_not(
    archive: Archive, hashes: Mapping[int, tuple[str, str]], receipt: Mapping[str, Any], keys: ServerKeys
) -> str | None:
    """A key of `texts.RECEIPTS`: what is wrong with a participant's receipt; None when the log holds its event.

    Where the server's keys are known it is judged by them: an archive of another key must not discredit it.
    """
    if not isinstance(receipt, dict) or not all(name in receipt for name in (*FIELDS, "signature")):
        return "not_a_receipt"
    if receipt["topic"] != archive.topic:
        return "of_another_meeting"
    message = canonical({name: receipt[name] for name in FIELDS})
    if not any(_is_by(key, receipt, message) for key in keys or _named_key(archive, receipt)):
        return "not_signed_by_us" if keys else "not_signed_by_its_key"
    if hashes.get(receipt["pos"]) != (receipt["epoch"], receipt["hash"]):
        return "not_in_the_log"
    return None


def _is_expected(archive: Archive, given: Mapping[str, Any], keys: ServerKeys) -> bool:
    return not keys or archive.manifest["receipt_keys"][given["key"]] in keys


def server_keys(given: Iterable[str]) -> ServerKeys:
    """Each is a key in hex or a file of such lines. Raises ValueError or OSError."""
    words = [word for one in given for word in _hex_or_file(one).lower().split()]
    if not all(len(unhex(word)) == KEY_BYTES for word in words):
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return frozenset(words)


def _hex_or_file(given: str) -> str:
    if len(given) == 2 * KEY_BYTES and not Path(given).exists():
        return given
    return Path(given).read_text("ascii")


def fingerprint(key: str) -> str:
    """SHA-256 of a public key that is given in hex."""
    try:
        return hashlib.sha256(unhex(key)).hexdigest()
    except (ValueError, TypeError):
        return "?"


def _is_signed(archive: Archive, given: Mapping[str, Any], message: bytes) -> bool:
    return any(_is_by(key, given, message) for key in _named_key(archive, given))


def _named_key(archive: Archive, given: Mapping[str, Any]) -> tuple[str, ...]:
    """That which the archive has under the name; none, if there is none."""
    try:
        return (archive.manifest["receipt_keys"][given["key"]],)
    except (KeyError, TypeError):
        return ()


def _is_by(key: str, given: Mapping[str, Any], message: bytes) -> bool:
    try:
        return is_ed25519(unhex(key), message, unhex(given["signature"]))
    except (KeyError, ValueError, TypeError):
        return False
