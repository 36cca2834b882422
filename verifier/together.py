"""What must stand together over the whole log: paper with its readings, no ballot twice, the key of a closed voting."""

import json

from verifier.archive import BALLOT, Archive, Event
from verifier.chain import place
from verifier.finding import Findings
from verifier.libcrypto import x25519
from verifier.meeting import Meeting, Voting
from verifier.texts import VOTING_PLACE

BASE = bytes([9]) + bytes(31)
"""The base point of X25519 (RFC 7748): a secret's public half is its product with it."""


def check_papers(archive: Archive, meeting: Meeting, findings: Findings) -> None:
    """A paper ballot is counted as both readings say; of a closed voting the full edition tells."""
    for voting in meeting.votings.values():
        is_open = meeting.questions[voting.question]["secrecy"] == "open"
        if voting.counted is None or not (archive.is_full or is_open):
            continue
        for creditor, event in voting.live.items():
            if event.kind == "paper_received":
                _is_as_read(voting, creditor, event, findings)


def _is_as_read(voting: Voting, creditor: str, event: Event, findings: Findings) -> None:
    mark = voting.papers.get(creditor)
    said = {name: value for name, value in voting.choices.get(creditor, {}).items() if name != "ground"}
    if mark is None:
        findings.fault("paper_unread", place(event), creditor)
    elif mark != said:
        findings.fault("paper_differs", place(event), creditor)
    findings.add("papers")


def check_copies(archive: Archive, meeting: Meeting, findings: Findings) -> None:
    """Every ballot is cast once: neither its bytes nor its nonce stand at two places of the log."""
    seen: set[str] = set()
    for event in (event for voting in meeting.votings.values() for event in voting.cast):
        marks = {f"sha256 {event.said['ballot_sha256']}", *_nonce(archive, event)}
        if marks & seen:
            findings.fault("ballot_copied", place(event))
        seen |= marks


def check_commands_of_ballots(meeting: Meeting, findings: Findings) -> None:
    """Ballots of a command stand together and count down to the last, which the receipt names."""
    together: dict[tuple[str, str], list[Event]] = {}
    for event in (event for voting in meeting.votings.values() for event in voting.cast):
        if event.command is not None:
            together.setdefault((event.actor, event.command), []).append(event)
    for events in together.values():
        last = events[0].pos + len(events) - 1
        for pos, event in enumerate(events, events[0].pos):
            if (event.pos, event.said["more"]) != (pos, last - pos):
                findings.fault("ballots_apart", place(event))


def _nonce(archive: Archive, event: Event) -> set[str]:
    content = archive.files.get(BALLOT.format(pos=event.pos))
    try:
        return set() if content is None else {f"nonce {json.loads(content)['nonce']}"}
    except (ValueError, KeyError, TypeError):
        return set()


def check_keys(meeting: Meeting, findings: Findings) -> None:
    """The secret that a closed voting's count publishes is that of the key which its opening announced."""
    for voting in meeting.votings.values():
        announced = voting.opened["seal_public_key"]
        if voting.counted is None:
            continue
        secret = voting.counted.said.get("seal_secret")
        if (_public(secret) if secret is not None else None) != announced:
            findings.fault("seal_key_other", VOTING_PLACE.format(voting=voting.number))
        if announced is None and meeting.questions[voting.question]["secrecy"] == "closed":
            findings.note("seal_key_never", VOTING_PLACE.format(voting=voting.number))


def _public(secret: str) -> str | None:
    agreed = x25519(bytes.fromhex(secret), BASE)
    return agreed[1].hex() if agreed else None
