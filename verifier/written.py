"""How the archive is written: its files, its one meeting, one reading of every text, time, epochs, hidden bodies."""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Never

from tally.digest import canonical
from verifier.archive import (
    ANSWERS,
    BALLOT,
    COUNT,
    EVENTS,
    MANIFEST,
    MINUTES,
    MINUTES_FACTS,
    MINUTES_PDF,
    MINUTES_SIGNATURE,
    NAMES,
    SEALED,
    SIGNATURE,
    TRUST,
    Archive,
    Event,
)
from verifier.chain import RESTORED, place
from verifier.finding import Findings
from verifier.meeting import CHOICES, Meeting
from verifier.texts import LINE_PLACE

EDITIONS = ("full", "participants")
ALWAYS = ("README.txt", MINUTES, NAMES)
CLOCK_BACK = 1_000_000
"""The clock of a server may have been set back by as much between the receipt of a ballot and its event."""


def check_whole(archive: Archive, meeting: Meeting, events: Sequence[Event], findings: Findings) -> None:
    """One of two editions, with the files that it always has, of one meeting: that which was founded."""
    manifest = archive.manifest
    if manifest["edition"] not in EDITIONS:
        findings.fault("edition_unknown", MANIFEST, str(manifest["edition"]))
    for path in (*ALWAYS, ANSWERS) if archive.is_full else ALWAYS:
        if path not in archive.files:
            findings.fault("required_missing", path)
    if manifest["meeting"] != meeting.id or archive.topic != f"meeting:{meeting.id}":
        findings.fault("meeting_other", MANIFEST)
    for event in events:
        if event.topic != events[0].topic:
            findings.fault("topic_other", place(event))


def check_stray(archive: Archive, meeting: Meeting, findings: Findings) -> None:
    """Nothing but what the server writes: a file that no check looks at proves nothing, whatever its name promises."""
    known = {"README.txt", EVENTS, NAMES, MINUTES, MINUTES_PDF, *_of_votings(archive, meeting)}
    if archive.is_full:
        known |= {ANSWERS, MINUTES_FACTS}
        facts = archive.json(MINUTES_FACTS)
        signed = facts["signatures"] if facts else ()
        known |= {MINUTES_SIGNATURE.format(number=number) for number, _ in enumerate(signed, 1)}
    for path in sorted(archive.files.keys() - known):
        if not (archive.is_full and path.startswith(TRUST)):  # those are named by their versions
            findings.fault("file_stray", path)


def _of_votings(archive: Archive, meeting: Meeting) -> Iterator[str]:
    """What the edition tells of votings that were counted."""
    for voting in meeting.votings.values():
        is_closed = _is_closed(meeting, voting.number)
        if voting.counted is None or (is_closed and not archive.is_full):
            continue
        yield COUNT.format(voting=voting.number)
        for event in voting.cast:
            yield BALLOT.format(pos=event.pos)
            if archive.is_full and event.said.get("signature") is not None:
                yield SIGNATURE.format(pos=event.pos)
            if archive.is_full and is_closed:
                yield SEALED.format(pos=event.pos)


def check_written(archive: Archive, events: Sequence[Event], findings: Findings) -> None:
    """Whoever reads a text reads the same: canonical JSON has no double keys, no fractions, no two forms."""
    for number, line in enumerate(archive.files[EVENTS].removesuffix(b"\n").split(b"\n"), 1):
        if not is_canonical(line):
            findings.fault("not_canonical", LINE_PLACE.format(file=EVENTS, line=number))
    for event in events:
        texts = [part["text"].encode() for part in event.private or () if "text" in part]
        if not all(is_canonical(text) for text in (*texts, event.body or b"{}")):
            findings.fault("not_canonical", place(event))
    told = [path for path in archive.files if path == NAMES or path.startswith("counts/")]
    for path, content in (
        (MANIFEST, archive.manifest_bytes),
        *((path, archive.files[path]) for path in told),
    ):
        if not is_canonical(content):
            findings.fault("not_canonical", path)


def is_canonical(text: bytes) -> bool:
    try:
        return canonical(json.loads(text, parse_float=_refused, parse_constant=_refused)) == text
    except (ValueError, RecursionError):
        return False


def _refused(number: str) -> Never:
    raise ValueError(number)


def check_times(events: Sequence[Event], findings: Findings) -> None:
    """Time never falls, nothing is received after its event, and no kind goes back to an older form."""
    before, versions = 0, dict[str, int]()
    for event in events:
        received: Any = event.said.get("received_at", event.at)
        if event.at < before or received > event.at + CLOCK_BACK:
            findings.fault("time_falls", place(event))
        if event.version < versions.get(event.kind, 0):
            findings.fault("version_falls", place(event))
        before, versions[event.kind] = event.at, event.version


def check_epochs(events: Sequence[Event], findings: Findings) -> None:
    """The lineage of the log changes exactly where it says that an older copy was put back."""
    for earlier, event in pairwise(events):
        if (event.epoch != earlier.epoch) != (event.kind == RESTORED):
            findings.fault("epoch_broken", place(event))


def check_hidden(archive: Archive, meeting: Meeting, events: Sequence[Event], findings: Findings) -> None:
    """Only what tells the choices of a closed voting may be hidden, and only in the participants' edition."""
    awaited: set[int] = set()
    for event in events:
        if event.body is None:
            if archive.is_full or event.kind not in CHOICES or not awaited:
                findings.fault("body_hidden", place(event))
        elif event.kind == "voting_closed" and _is_closed(meeting, event.said["voting"]):
            awaited.add(event.said["voting"])
        elif event.kind in ("voting_counted", "voting_cancelled"):
            awaited.discard(event.said["voting"])


def _is_closed(meeting: Meeting, number: int) -> bool:
    voting = meeting.votings.get(number)
    return voting is not None and meeting.questions[voting.question]["secrecy"] == "closed"
