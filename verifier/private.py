"""Private texts: as many as the event writes, hidden or destroyed only where that may be, and what was put to the vote."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tally.digest import sha256_of
from verifier.archive import NAMES, Archive, Event
from verifier.chain import place, redacted_places
from verifier.finding import Findings
from verifier.meeting import Meeting

PERSONAL = frozenset(
    {"register_part_added", "persons_admitted", "creditors_registered", "owner_doubted", "phone_changed"}
)
"""Kinds whose texts are about people: the participants' edition has only their hashes."""

ABOUT_ONE = frozenset({"persons_admitted", "owner_doubted", "phone_changed"})
"""Texts under the key of a person, which an act of another meeting may destroy."""

PARTS: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
    "meeting_founded": lambda said: 1,
    "question_added": lambda said: 1,
    "question_withdrawn": lambda said: 1,
    "question_barred": lambda said: 1,
    "register_part_added": lambda said: len(said["lines"]),
    "register_corrected": lambda said: 1,
    "persons_admitted": lambda said: len(said["persons"]),
    "phone_changed": lambda said: 1,
    "creditors_registered": lambda said: len(said["creditors"]) if said["by"] == "desk" else 0,
    "ballot_annulled": lambda said: 1,
    "owner_doubted": lambda said: 1,
    "owner_reviewed": lambda said: 1,
    "damaged_set_aside": lambda said: 1,
    "minutes_hurried": lambda said: 1,
    "voting_cancelled": lambda said: 1 if said["cause"] == "organizer" else 0,
    "recess_called": lambda said: 1,
    "meeting_postponed": lambda said: 1,
    "meeting_cancelled": lambda said: 1,
}
"""How many texts an event has: reasons, names, wordings; other kinds have none."""


def check_parts(archive: Archive, events: Sequence[Event], findings: Findings) -> None:
    """No text is left out; a person's may have been destroyed by an act elsewhere, the meeting's own only by one here."""
    redacted = redacted_places(events)
    for event in events:
        if event.private is None:
            if event.pos not in redacted and event.kind not in ABOUT_ONE:
                findings.fault("redacted_without_act", place(event))
            continue
        expected = PARTS[event.kind](event.said) if event.kind in PARTS else 0
        if len(event.private) != expected:
            findings.fault("private_missing", place(event))
        is_hidden = any("text" not in part for part in event.private)
        if is_hidden and (archive.is_full or event.kind not in PERSONAL):
            findings.fault("private_hidden", place(event))


def check_wordings(events: Sequence[Event], findings: Findings) -> None:
    """The hash that every ballot names is that of the wording shown here, with its options in their order."""
    for event in events:
        if event.kind != "question_added":
            continue
        for text in _texts(event):
            options = [[option["id"], option["text"]] for option in text["options"]]
            shown = sha256_of({"wording": text["wording"], "options": options})
            ids = [id for id, _ in options]
            if shown != event.said["wording_sha256"] or ids != event.said["options"]:
                findings.fault("wording_differs", place(event))
            findings.add("wordings")


def check_names(archive: Archive, events: Sequence[Event], meeting: Meeting, findings: Findings) -> None:
    """Every creditor of the register has a name, in the full edition the one that the log proves."""
    given = archive.json(NAMES)
    if given is None:  # a missing file is named already
        return
    names = given["creditors"]
    if names.keys() != meeting.lines.keys() or given.keys() != {"creditors"}:
        findings.fault("names_differ", NAMES)
    for event in events:
        if event.kind == "register_part_added" and event.private is not None:
            for line, part in zip(event.said["lines"], event.private, strict=False):
                if "text" in part and json.loads(part["text"])["name"] != names.get(line["id"]):
                    findings.fault("names_differ", NAMES, line["id"])


def _texts(event: Event) -> list[Any]:
    return [json.loads(part["text"]) for part in event.private or () if "text" in part]
