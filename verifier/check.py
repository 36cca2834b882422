"""All checks of an archive, one after another; each names what it found and goes on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from verifier.archive import MANIFEST, TRUST, Archive, Event
from verifier.ballots import check_ballots, check_registers
from verifier.chain import check_chain, check_private, place, read_events
from verifier.counts import check_counts
from verifier.finding import Findings
from verifier.libcrypto import Trust
from verifier.meeting import Meeting, Unreadable, read_meeting
from verifier.receipts import check_answers, check_seal


@dataclass(frozen=True, slots=True)
class Checked:
    """What was read on the way; `meeting` is None when its events cannot be understood."""

    events: Sequence[Event]
    meeting: Meeting | None
    findings: Findings


def check(archive: Archive, trusted: Path | None = None) -> Checked:
    """`trusted` is a folder of roots and lists of one's own choice; without it those of the archive are taken."""
    findings = Findings()
    check_files(archive, findings)
    check_seal(archive, findings)
    events = read_events(archive, findings)
    check_chain(archive, events, findings)
    check_private(events, findings)
    try:
        meeting = read_meeting(events)
    except Unreadable as unreadable:
        findings.fault("event_unreadable", place(unreadable.event))
        return Checked(events, None, findings)
    check_registers(meeting, findings)
    check_ballots(archive, meeting, trust_of(archive, trusted, findings), findings)
    check_counts(archive, meeting, findings)
    check_answers(archive, events, findings)
    return Checked(events, meeting, findings)


def check_files(archive: Archive, findings: Findings) -> None:
    """Exactly the files that the manifest names, byte for byte."""
    named = archive.manifest["files"]
    for path in sorted(named.keys() | archive.files.keys()):
        if path not in archive.files:
            findings.fault("file_missing", path)
        elif path not in named:
            findings.fault("file_unnamed", path)
        elif hashlib.sha256(archive.files[path]).hexdigest() != named[path]:
            findings.fault("file_differs", path)
    findings.add("files", len(named))
    if not isinstance(archive.manifest["meeting"], str):
        findings.fault("file_differs", MANIFEST)


def trust_of(archive: Archive, trusted: Path | None, findings: Findings) -> Trust | None:
    """Whose word is taken for certificates; a reader is told when it is the archive's own."""
    names = ("anchors.pem", "intermediates.pem", "crls.pem")
    if trusted is not None:
        given = [path.read_bytes() if (path := trusted / name).exists() else b"" for name in names]
        return Trust(*given)
    if f"{TRUST}anchors.pem" not in archive.files:
        return None
    findings.note("own_trust", TRUST, hashlib.sha256(archive.files[f"{TRUST}anchors.pem"]).hexdigest())
    return Trust(*(archive.files.get(TRUST + name, b"") for name in names))
