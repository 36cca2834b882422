"""Ballots: their bytes are those of the log, they name what was put to the vote, their signatures are good."""

import hashlib
from collections.abc import Callable
from typing import Any

from tally.digest import canonical, sha256_of
from verifier.archive import BALLOT, EVENTS, SEALED, SIGNATURE, Archive, Event
from verifier.finding import Findings
from verifier.meeting import Meeting, Voting
from verifier.seal import opened
from verifier.signers import Signers
from verifier.strict_json import loads

Told = Callable[[int, int], None]
SAID = frozenset({"nonce", "choices", "distribution"})
"""What the voter says; the rest of a ballot is what he was asked."""


def check_registers(meeting: Meeting, findings: Findings) -> None:
    """The hash that ballots name is that of the lines in the log."""
    for version, (named, lines) in meeting.registers.items():
        if sha256_of([lines[creditor] for creditor in sorted(lines)]) != named:
            findings.fault("register_differs", str(version))
        findings.add("registers")


def check_ballots(
    archive: Archive, meeting: Meeting, signers: Signers, findings: Findings, told: Told
) -> None:
    if meeting.policy == "off" and any(voting.cast for voting in meeting.votings.values()):
        findings.note("unsigned", EVENTS)
    number, done = sum(len(voting.cast) for voting in meeting.votings.values()), 0
    for voting in meeting.votings.values():
        for event in voting.cast:
            told(done, number)
            done += 1
            content = archive.files.get(BALLOT.format(pos=event.pos))
            if is_unread(voting, event):
                _was_unreadable(archive, meeting, voting, event, findings)
            elif content is None:
                _without_bytes(archive, meeting, voting, event, findings)
            elif hashlib.sha256(content).hexdigest() != event.said["ballot_sha256"]:
                findings.fault("ballot_differs", BALLOT.format(pos=event.pos))
            else:
                _names_what_was_asked(meeting, voting, event, content, findings)
                _is_as_stored(archive, meeting, voting, event, content, findings)
                signers.check(meeting.policy, event, content)


def is_unread(voting: Voting, event: Event) -> bool:
    """The server could not read it, and counted it as a ballot without a mark, or its signer was rejected."""
    creditor = event.said["creditor"]
    is_live = voting.live.get(creditor) is event
    return voting.damaged.get(creditor) == event.pos and (creditor in voting.set_aside or not is_live)


def _was_unreadable(
    archive: Archive, meeting: Meeting, voting: Voting, event: Event, findings: Findings
) -> None:
    """One that can be read now was mended after the count, or was never damaged: the reader is told."""
    findings.add("ballots_unreadable")
    place, sealed = BALLOT.format(pos=event.pos), archive.files.get(SEALED.format(pos=event.pos))
    found = [archive.files.get(place)]
    if sealed is not None and voting.counted:
        secret = bytes.fromhex(voting.counted.said["seal_secret"])
        found += opened(secret, meeting.id, voting.number, event.said["creditor"], sealed) or ()
    sums = {hashlib.sha256(content).hexdigest() for content in found if content is not None}
    if event.said["ballot_sha256"] in sums:
        findings.note("damaged_readable", place, event.said["creditor"])


def _without_bytes(
    archive: Archive, meeting: Meeting, voting: Voting, event: Event, findings: Findings
) -> None:
    """A closed voting's ballots are in the full edition only; what was not counted is in none."""
    is_told = archive.is_full or meeting.questions[voting.question]["secrecy"] == "open"
    if is_told and voting.counted is not None:
        findings.fault("ballot_missing", BALLOT.format(pos=event.pos))
    else:
        findings.add("ballots_hidden")


def _is_as_stored(
    archive: Archive, meeting: Meeting, voting: Voting, event: Event, content: bytes, findings: Findings
) -> None:
    """The log names the stored bytes: ballot and signature, or of a sealed voting both in one, locked."""
    named = event.said.get("blobs")
    if named is None:  # before version 2 an event named the ballot only
        return
    signature = archive.files.get(SIGNATURE.format(pos=event.pos))
    if voting.opened.get("seal_public_key") is None:
        if len(named) > 1 and signature is not None and hashlib.sha256(signature).hexdigest() != named[1]:
            findings.fault("signature_differs", SIGNATURE.format(pos=event.pos))
        return
    place = SEALED.format(pos=event.pos)
    sealed = archive.files.get(place)
    secret = bytes.fromhex(voting.counted.said["seal_secret"]) if voting.counted else b""
    if sealed is None:
        findings.fault("sealed_missing", place)
    elif hashlib.sha256(sealed).hexdigest() != named[0]:
        findings.fault("sealed_differs", place)
    elif opened(secret, meeting.id, voting.number, event.said["creditor"], sealed) != (
        content,
        signature or b"",
    ):
        findings.fault("sealed_other", place)
    else:
        findings.add("sealed")


def _names_what_was_asked(
    meeting: Meeting, voting: Voting, event: Event, content: bytes, findings: Findings
) -> None:
    """Exactly the keys of a ballot, and of this meeting, question, voting, creditor and votes."""
    try:
        ballot = loads(content)
        is_canonical = canonical(ballot) == content
        expected = _asked(meeting, voting, event.said["creditor"])
        differing = [name for name, value in expected.items() if ballot[name] != value]
    except (ValueError, KeyError, TypeError):
        findings.fault("ballot_unreadable", BALLOT.format(pos=event.pos))
        return
    if differing or not is_canonical or ballot.keys() != expected.keys() | SAID:
        findings.fault("ballot_of_another", BALLOT.format(pos=event.pos), ", ".join(differing))
    findings.add("ballots")


def _asked(meeting: Meeting, voting: Voting, creditor: str) -> dict[str, Any]:
    return {
        "meeting": meeting.id,
        "question": voting.question,
        "voting": voting.number,
        "creditor": creditor,
        "weight_kopecks": str(voting.weights.get(creditor)),
        "wording_sha256": meeting.questions[voting.question]["wording_sha256"],
        "register_sha256": voting.opened["register_sha256"],
        "electorate_sha256": voting.opened["electorate_sha256"],
    }
