"""All checks of an archive, one after another; each names what it found and goes on."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from verifier.answers import check_commands
from verifier.archive import (
    ANSWERS,
    EVENTS,
    MANIFEST,
    MINUTES,
    MINUTES_PDF,
    NAMES,
    SEAL,
    TRUST,
    Archive,
    Event,
)
from verifier.ballots import Told, check_ballots, check_registers
from verifier.chain import check_chain, check_private, read_events
from verifier.codes import check_codes
from verifier.counts import check_counts
from verifier.finding import Findings
from verifier.fold import read_meeting
from verifier.identity import admitted
from verifier.meeting import Meeting
from verifier.minutes import check_page, check_signed, since_the_end
from verifier.notes import note_asked, note_refused
from verifier.private import check_names, check_parts, check_wordings
from verifier.receipts import ServerKeys, check_answers, check_seal
from verifier.signature import Signature
from verifier.signers import Signers, settled_by
from verifier.together import check_commands_of_ballots, check_copies, check_keys, check_papers
from verifier.trust import Brought, brought
from verifier.versions import Versions
from verifier.written import (
    check_epochs,
    check_hidden,
    check_stray,
    check_times,
    check_whole,
    check_written,
)

Key = TypeVar("Key")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checked:
    """What was read on the way."""

    events: Sequence[Event]
    meeting: Meeting | None
    findings: Findings
    signatures: Mapping[int, Signature]
    """By the position of their ballots."""


def check(
    archive: Archive,
    trusted: Path | None = None,
    keys: ServerKeys = frozenset(),
    head: str = "",
    told: Told = lambda _, __: None,
) -> Checked:
    """`trusted` is a folder of roots and lists of one's own choice, `keys` the server's, `head` the mark of the minutes.

    `told` hears how many ballots of how many are done.

    Without the first two those of the archive are taken, and the reader is told. Raises OSError or ValueError for a
    folder that cannot be read; of the archive nothing is raised.
    """
    findings = Findings()
    own: Brought | None = None if trusted is None else brought(trusted)
    _understood(findings, MANIFEST, check_files, archive, findings)
    _understood(findings, SEAL, check_seal, archive, keys, findings)
    events = read_events(archive, findings)
    check_head(head, events, findings)
    _understood(findings, EVENTS, check_chain, archive, events, findings)
    _understood(findings, EVENTS, check_private, events, findings)
    meeting = read_meeting(events, findings)
    versions = Versions(archive, own, findings)
    signers = Signers(archive, versions, _told(admitted, events), _told(settled_by, events), findings)
    _understood(findings, EVENTS, check_registers, meeting, findings)
    _understood(findings, EVENTS, check_ballots, archive, meeting, signers, findings, told)
    signers.conclude()
    _understood(findings, EVENTS, check_codes, meeting, findings)
    _check_meaning(archive, events, meeting, findings)
    _understood(findings, EVENTS, check_counts, archive, meeting, findings)
    _understood(findings, ANSWERS, check_answers, archive, events, keys, findings)
    _understood(findings, MINUTES, check_page, archive, meeting, events, findings)
    _understood(findings, MINUTES_PDF, check_signed, archive, events, versions, findings)
    _understood(findings, TRUST, versions.conclude, events)
    return Checked(events, meeting, findings, signers.seen)


def _check_meaning(archive: Archive, events: Sequence[Event], meeting: Meeting, findings: Findings) -> None:
    """That the parts of the archive tell one and the same; what an event says by itself `read_meeting` has judged."""
    _understood(findings, EVENTS, check_whole, archive, meeting, events, findings)
    _understood(findings, EVENTS, check_stray, archive, meeting, findings)
    _understood(findings, EVENTS, check_written, archive, events, findings)
    _understood(findings, EVENTS, check_times, events, findings)
    _understood(findings, EVENTS, check_epochs, events, findings)
    _understood(findings, EVENTS, check_hidden, archive, meeting, events, findings)
    _understood(findings, EVENTS, check_parts, archive, events, findings)
    _understood(findings, EVENTS, check_wordings, events, findings)
    _understood(findings, NAMES, check_names, archive, events, meeting, findings)
    _understood(findings, EVENTS, check_copies, archive, meeting, findings)
    _understood(findings, EVENTS, check_commands_of_ballots, meeting, findings)
    _understood(findings, EVENTS, check_papers, archive, meeting, findings)
    _understood(findings, EVENTS, check_keys, meeting, findings)
    _understood(findings, ANSWERS, check_commands, archive, events, findings)
    _understood(findings, EVENTS, note_asked, events, findings)
    _understood(findings, ANSWERS, note_refused, archive, findings)


def _understood(findings: Findings, place: str, check: Callable[..., None], *given: Any) -> None:
    """What makes no sense is a fault of the archive, never the end of the program; its own place was named before."""
    try:
        check(*given)
    except Exception as error:  # an edge: every byte comes from outside
        findings.fault("not_understood", place, f"{type(error).__name__}: {error}")


def _told(read: Callable[[Sequence[Event]], dict[Key, T]], events: Sequence[Event]) -> dict[Key, T]:
    """Texts that are not what was written were named before."""
    try:
        return read(events)
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


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


def check_head(head: str, events: Sequence[Event], findings: Findings) -> None:
    """The mark that somebody typed from the signed minutes: of the last event, or of one since the end of the meeting."""
    typed = "".join(head.split()).lower()
    if not typed:
        return
    at = next((event.pos for event in since_the_end(events) if event.hash == typed), None)
    if at is None:
        findings.fault("head_not_of_minutes", MANIFEST)
    elif at < len(events):
        findings.note("head_earlier", EVENTS, str(len(events) - at))
