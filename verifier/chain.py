"""The hash chain of the log, repeated from its bytes: leaf, mark, salted private parts."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tally.digest import canonical
from verifier.archive import EVENTS, Archive, Event, event_of, unhex
from verifier.finding import Findings
from verifier.texts import EVENT_PLACE, LINE_PLACE

GENESIS = b"kvorum/log/1"
REDACTED, RESTORED = "redacted", "history_restored"


def read_events(archive: Archive, findings: Findings) -> list[Event]:
    """Lines that cannot be read are named and left out."""
    events = []
    for number, line in enumerate(archive.lines(EVENTS), 1):
        try:
            events.append(event_of(number, line))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            findings.fault("event_unreadable", LINE_PLACE.format(file=EVENTS, line=number))
    return events


def check_chain(archive: Archive, events: Sequence[Event], findings: Findings) -> None:
    """Every event follows the one before it, and the last one is the head of the manifest."""
    first = events[0].epoch if events else ""
    mark = hashlib.sha256(GENESIS + archive.topic.encode() + _bytes(first)).digest()
    for pos, event in enumerate(events, 1):
        mark = hashlib.sha256(b"\x02" + mark + leaf(event)).digest()
        if (event.pos, event.hash) != (pos, mark.hex()):
            findings.fault("chain_broken", place(event))
            mark = _bytes(event.hash)  # go on from what is written, so that one change is named once
    findings.add("events", len(events))
    head = archive.manifest["head"]
    if (head.get("at"), head.get("mark")) != (len(events), mark.hex()):
        findings.fault("head_differs", EVENTS)


def leaf(event: Event) -> bytes:
    header = {
        "topic": event.topic,
        "epoch": event.epoch,
        "pos": event.pos,
        "at": event.at,
        "kind": event.kind,
        "version": event.version,
        "actor": event.actor,
        "command": event.command,
    }
    parts = (b"\x00", canonical(header), event.body_sha256, event.private_hash or bytes(32))
    return hashlib.sha256(b"".join(parts)).digest()


def check_private(events: Sequence[Event], findings: Findings) -> None:
    """Private parts are shown with their salt, hidden by their hash, or redacted by an act that is in the log."""
    redacted = redacted_places(events)
    for event in events:
        if event.private is None:
            findings.note("redacted", place(event))
            if event.pos not in redacted:
                findings.note("redacted_elsewhere", place(event))
        elif (event.private or event.private_hash) and _private_hash(event.private) != event.private_hash:
            findings.fault("private_differs", place(event))
        for part in event.private or ():
            findings.add("shown" if "text" in part else "hidden")


def redacted_places(events: Sequence[Event]) -> frozenset[int]:
    """Where an act of this log destroyed a text."""
    acts = (event.said.get("places", ()) for event in events if event.kind == REDACTED)
    return frozenset(pos for places in acts for pos, _ in places)


def _private_hash(parts: Sequence[Mapping[str, Any]]) -> bytes | None:
    """None when a part is not what a part must be."""
    try:
        return hashlib.sha256(b"".join(_part_hash(part) for part in parts)).digest()
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _part_hash(part: Mapping[str, Any]) -> bytes:
    if "text" in part:
        return hashlib.sha256(unhex(part["salt"]) + part["text"].encode()).digest()
    return unhex(part["sha256"])


def place(event: Event) -> str:
    return EVENT_PLACE.format(pos=event.pos, kind=event.kind)


def _bytes(text: str) -> bytes:
    try:
        return unhex(text)
    except (ValueError, TypeError):
        return b""
