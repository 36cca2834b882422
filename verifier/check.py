"""All checks of an archive, one after another; each names what it found and goes on."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifier.answers import check_commands
from verifier.archive import ANSWERS, EVENTS, MANIFEST, NAMES, SEAL, TRUST, Archive, Event
from verifier.ballots import check_ballots, check_registers
from verifier.chain import check_chain, check_private, read_events
from verifier.codes import check_codes
from verifier.counts import check_counts
from verifier.finding import Findings
from verifier.fold import read_meeting
from verifier.identity import Person, admitted
from verifier.meeting import Meeting
from verifier.notes import note_asked
from verifier.private import check_names, check_parts, check_wordings
from verifier.receipts import ServerKeys, check_answers, check_seal
from verifier.signers import Signers
from verifier.together import check_copies, check_keys, check_papers
from verifier.trust import Signature, Trust
from verifier.written import check_epochs, check_hidden, check_times, check_whole, check_written


@dataclass(frozen=True, slots=True)
class Checked:
    """What was read on the way."""

    events: Sequence[Event]
    meeting: Meeting | None
    findings: Findings
    signatures: Mapping[int, Signature]
    """By the position of their ballots."""


def check(
    archive: Archive, trusted: Path | None = None, keys: ServerKeys = frozenset(), head: str = ""
) -> Checked:
    """`trusted` is a folder of roots and lists of one's own choice, `keys` the server's, `head` the mark of the minutes.

    Without the first two those of the archive are taken, and the reader is told.
    """
    findings = Findings()
    _understood(findings, MANIFEST, check_files, archive, findings)
    _understood(findings, SEAL, check_seal, archive, keys, findings)
    check_head(archive, head, findings)
    events = read_events(archive, findings)
    _understood(findings, EVENTS, check_chain, archive, events, findings)
    _understood(findings, EVENTS, check_private, events, findings)
    meeting = read_meeting(events, findings)
    signers = Signers(archive, _trust(archive, trusted, findings), _admitted(events), findings)
    _understood(findings, EVENTS, check_registers, meeting, findings)
    _understood(findings, EVENTS, check_ballots, archive, meeting, signers, findings)
    signers.conclude()
    _understood(findings, EVENTS, check_codes, meeting, findings)
    _check_meaning(archive, events, meeting, findings)
    _understood(findings, EVENTS, check_counts, archive, meeting, findings)
    _understood(findings, ANSWERS, check_answers, archive, events, keys, findings)
    return Checked(events, meeting, findings, signers.seen)


def _check_meaning(archive: Archive, events: Sequence[Event], meeting: Meeting, findings: Findings) -> None:
    """That the parts of the archive tell one and the same; what an event says by itself `read_meeting` has judged."""
    _understood(findings, EVENTS, check_whole, archive, meeting, events, findings)
    _understood(findings, EVENTS, check_written, archive, events, findings)
    _understood(findings, EVENTS, check_times, events, findings)
    _understood(findings, EVENTS, check_epochs, events, findings)
    _understood(findings, EVENTS, check_hidden, archive, meeting, events, findings)
    _understood(findings, EVENTS, check_parts, archive, events, findings)
    _understood(findings, EVENTS, check_wordings, events, findings)
    _understood(findings, NAMES, check_names, archive, events, meeting, findings)
    _understood(findings, EVENTS, check_copies, archive, meeting, findings)
    _understood(findings, EVENTS, check_papers, archive, meeting, findings)
    _understood(findings, EVENTS, check_keys, meeting, findings)
    _understood(findings, ANSWERS, check_commands, archive, events, findings)
    _understood(findings, EVENTS, note_asked, events, findings)


def _understood(findings: Findings, place: str, check: Callable[..., None], *given: Any) -> None:
    """What makes no sense is a fault of the archive, never the end of the program; its own place was named before."""
    try:
        check(*given)
    except Exception as error:  # an edge: every byte comes from outside
        findings.fault("not_understood", place, f"{type(error).__name__}: {error}")


def _admitted(events: Sequence[Event]) -> dict[str, Person]:
    """Texts that are not what was written were named before."""
    try:
        return admitted(events)
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


def check_head(archive: Archive, head: str, findings: Findings) -> None:
    """The mark that somebody typed from the signed minutes."""
    if head and "".join(head.split()).lower() != archive.manifest["head"].get("mark"):
        findings.fault("head_not_of_minutes", MANIFEST)


def _trust(archive: Archive, trusted: Path | None, findings: Findings) -> Trust | None:
    """Whose word is taken for certificates; a reader is told when it is the archive's own."""
    names = ("anchors.pem", "intermediates.pem", "crls.pem")
    if trusted is not None:
        if not (trusted / names[0]).is_file():
            raise ValueError(names[0])
        return Trust(*(path.read_bytes() if (path := trusted / name).exists() else b"" for name in names))
    given = [archive.files.get(TRUST + name, b"") for name in names]
    if not given[0]:
        return None
    findings.note("own_trust", TRUST, hashlib.sha256(given[0]).hexdigest())
    try:
        return Trust(*given)
    except ValueError as error:
        findings.fault("not_understood", TRUST, str(error))
        return None
