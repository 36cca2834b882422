"""The archive of a meeting that is over: everything that `python -m verifier` needs to repeat it without this server.

The full edition is the organizer's. The participants' edition has no certificates and no personal texts but those of the
meeting itself (their salted hashes prove that nothing was changed), and nothing of a closed voting's choices.
Format: docs/reference/archive.md.
"""

import hashlib
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from app.documents.model import Document, Signature
from app.kernel.canonical import canonical
from app.kernel.clock import Micros, millis
from app.kernel.crypto import ReceiptKeys, Unreadable, unseal
from app.kernel.log.batch import DONE, BlobRow, PrivateRow
from app.kernel.log.chain import StoredEvent
from app.kernel.log.draft import private_place
from app.kernel.log.fold import REDACTED
from app.kernel.log.model import Body
from app.kernel.log.subjects import SubjectKeys
from app.kernel.log.verify import Records
from app.kernel.sealed import open_ballot
from app.meetings.joins import Texts, creditor_name
from app.meetings.minutes import minutes
from app.meetings.model import Meeting, Role, Voting
from app.meetings.recount import recount
from app.meetings.texts.archive import ARCHIVE_README

Edition = Literal["full", "participants"]
FORMAT = 2
MINUTES, STAMPED, OPEN_MINUTES = "minutes", "minutes_stamped", "minutes_participants"
"""Kinds of the documents that are the minutes: the whole edition, with the stamp of a sole signer, the participants'."""
STAFF: frozenset[Role] = frozenset({"organizer", "registrar"})
CHOICES = frozenset({"ballots_opened", "secured_listed", "paper_read"})
"""Kinds of events that tell how somebody voted."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The minutes as a file, and the signatures under them."""

    document: Document
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """What an archive is made of, read beforehand; `trust` are files by name (`app.signatures.kept`)."""

    records: Records = field(repr=False)
    subject_keys: SubjectKeys = field(repr=False)
    receipts: ReceiptKeys = field(repr=False)
    meeting: Meeting
    texts: Texts = field(repr=False)
    trust: Mapping[str, bytes] = field(repr=False)
    paper: Paper | None
    made_at: Micros


def may_take(meeting: Meeting, role: Role, edition: Edition) -> bool:
    """Nobody before the end: an archive of a running voting would tell its choices."""
    return meeting.is_over and role != "screen" and (edition == "participants" or role in STAFF)


def pack(material: Material, edition: Edition, out: Path) -> None:
    """Writes the zip. For a thread: a meeting of a thousand has tens of thousands of files."""
    sums: dict[str, str] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for path, content in files(material, edition):
            packed.writestr(path, content)
            sums[path] = hashlib.sha256(content).hexdigest()
        manifest = canonical(manifest_of(material, edition, sums))
        packed.writestr("manifest.json", manifest)
        packed.writestr("manifest.seal.json", canonical(seal_of(material.receipts, manifest)))


def manifest_of(material: Material, edition: Edition, sums: Mapping[str, str]) -> dict[str, Any]:
    head = material.records.head
    return {
        "format": FORMAT,
        "edition": edition,
        "meeting": material.meeting.id,
        "topic": material.records.name,
        "head": {"at": head.at, "mark": head.mark.hex()},
        "made_at_ms": millis(material.made_at),
        "receipt_keys": {name: key.hex() for name, key in material.receipts.public().items()},
        "files": dict(sums),
    }


def seal_of(receipts: ReceiptKeys, manifest: bytes) -> dict[str, str]:
    return {"key": receipts.current, "signature": receipts.sign(manifest).hex()}


def files(material: Material, edition: Edition) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of everything but the manifest."""
    meeting, texts, is_full = material.meeting, material.texts, edition == "full"
    yield "README.txt", ARCHIVE_README.encode()
    yield "events.jsonl", lines(event_lines(material, is_full))
    for voting in counted_votings(meeting, is_full):
        yield f"counts/{voting.number}.json", canonical(recount(meeting, voting.number))
    yield from ballot_files(material, is_full)
    names = {creditor: creditor_name(meeting, texts, creditor) for creditor in meeting.creditors}
    yield "names.json", canonical({"creditors": names})
    role: Role = "organizer" if is_full else "participant"
    yield "minutes.html", minutes(meeting, texts, role, head=material.records.head).encode()
    if material.paper is not None:
        yield from paper_files(material.paper, is_full)
    if is_full:
        yield "answers.jsonl", lines(answer_lines(material.records))
        yield from ((f"trust/{name}", content) for name, content in material.trust.items())


def paper_files(paper: Paper, is_full: bool) -> Iterator[tuple[str, bytes]]:
    yield "minutes.pdf", paper.document.content
    if not is_full:
        return
    signed = []
    for number, signature in enumerate(paper.signatures, 1):
        yield f"minutes.pdf.{number}.sig", signature.body
        signed.append({"received_at": signature.received_at, "trust_version": signature.trust_version})
    yield "minutes.json", canonical({"made_at": paper.document.made_at, "signatures": signed})


def trust_versions(events: Iterable[StoredEvent], paper: Paper | None) -> frozenset[str]:
    """By which the signatures of ballots were judged, now and again later, and those of the minutes."""
    found = {signature.trust_version for signature in paper.signatures} if paper else set()
    for event in events:
        if event.kind == "ballot_cast":
            found.add((json.loads(event.body).get("signature") or {}).get("trust_version", ""))
        elif event.kind == "revocations_settled":
            found |= {one.get("trust_version", "") for one in json.loads(event.body)["ballots"]}
    return frozenset(found - {""})


def lines(values: Iterator[Mapping[str, Any]]) -> bytes:
    return b"".join(canonical(value) + b"\n" for value in values)


def counted_votings(meeting: Meeting, is_full: bool) -> Iterator[Voting]:
    """Whose choices this edition tells."""
    for voting in meeting.votings.values():
        if voting.number in meeting.results and (is_full or is_open(meeting, voting.number)):
            yield voting


def is_open(meeting: Meeting, voting: int) -> bool:
    return meeting.questions[meeting.votings[voting].question].secrecy == "open"


# --- events and their private parts ------------------------------------------------------------------------------------


def event_lines(material: Material, is_full: bool) -> Iterator[dict[str, Any]]:
    erased = erased_places(material.records.events)
    privates: dict[int, list[PrivateRow]] = defaultdict(list)
    for row in sorted(material.records.privates, key=lambda row: (row.pos, row.part)):
        privates[row.pos].append(row)
    for event in material.records.events:
        body = event.body.decode()
        is_hidden = not is_full and tells_a_choice(material.meeting, event)
        yield {
            "topic": event.topic,
            "pos": event.pos,
            "epoch": event.epoch.hex(),
            "at": event.at,
            "kind": event.kind,
            "version": event.version,
            "actor": event.actor,
            "command": event.command.hex() if event.command else None,
            "body": None if is_hidden else body,
            **({"body_sha256": hashlib.sha256(event.body).hexdigest()} if is_hidden else {}),
            "private": None
            if event.pos in erased
            else private_parts(material, event, privates[event.pos], is_full),
            "private_hash": event.private_hash.hex() if event.private_hash else None,
            "hash": event.hash.hex(),
        }


def erased_places(events: tuple[StoredEvent, ...]) -> frozenset[int]:
    """Where an act of this log destroyed a private part."""
    acts = (json.loads(event.body) for event in events if event.kind == REDACTED)
    return frozenset(pos for act in acts for pos, _ in act["places"])


def tells_a_choice(meeting: Meeting, event: StoredEvent) -> bool:
    return event.kind in CHOICES and not is_open(meeting, json.loads(event.body)["voting"])


def private_parts(
    material: Material, event: StoredEvent, rows: list[PrivateRow], is_full: bool
) -> list[dict[str, str]] | None:
    """Shown with their salt, or only their hash; None when the key of one of them was destroyed."""
    parts = []
    for row in rows:
        key = material.subject_keys.get(row.subject)
        if key is None:
            return None
        try:
            text = unseal(key, row.body, private_place(event.topic, row.pos, row.part))
        except Unreadable:
            return None
        if is_full or row.subject == f"meeting:{material.meeting.id}":
            parts.append({"salt": row.salt.hex(), "text": text.decode()})
        else:
            parts.append({"sha256": hashlib.sha256(row.salt + text).hexdigest()})
    return parts


# --- ballots and answers ---------------------------------------------------------------------------------------------------


def ballot_files(material: Material, is_full: bool) -> Iterator[tuple[str, bytes]]:
    """Ballots of counted votings, annulled ones too, with their signatures in the full edition."""
    told = {voting.number for voting in counted_votings(material.meeting, is_full)}
    cast, secrets = cast_and_secrets(material.records.events)
    for blob in sorted(material.records.blobs, key=lambda blob: (blob.pos, blob.part)):
        said = cast.get(blob.pos)
        if said is None or said["voting"] not in told:
            continue
        if said["voting"] in secrets:
            yield f"ballots/{blob.pos}.sealed", blob.body
        for part, content in enumerate(opened(material.meeting, said, secrets, blob), blob.part):
            if part == 0:
                yield f"ballots/{blob.pos}.json", content
            elif is_full:
                yield f"ballots/{blob.pos}.sig", content


def cast_and_secrets(events: tuple[StoredEvent, ...]) -> tuple[dict[int, Body], dict[int, bytes]]:
    """What was said of each ballot by position; what the ballots of closed votings are opened with."""
    cast: dict[int, Body] = {}
    secrets: dict[int, bytes] = {}
    for event in events:
        if event.kind == "ballot_cast":
            cast[event.pos] = json.loads(event.body)
        if event.kind == "voting_counted":
            said = json.loads(event.body)
            if said.get("seal_secret"):
                secrets[said["voting"]] = bytes.fromhex(said["seal_secret"])
    return cast, secrets


def opened(meeting: Meeting, said: Body, secrets: Mapping[int, bytes], blob: BlobRow) -> tuple[bytes, ...]:
    """Ballot and CMS of a closed voting lie in one blob; what does not open is given as it lies, and so found."""
    secret = secrets.get(said["voting"])
    if secret is None:
        return (blob.body,)
    try:
        content, cms = open_ballot(secret, meeting.id, said["voting"], said["creditor"], blob.body)
    except Unreadable:
        return (blob.body,)
    return (content,) if cms is None else (content, cms)


def answer_lines(records: Records) -> Iterator[dict[str, Any]]:
    for row in sorted(records.commands, key=lambda row: (row.pos, row.actor, row.command)):
        yield {
            "actor": row.actor,
            "command": row.command.hex(),
            "ok": row.outcome == DONE,
            "code": row.code,
            "pos": row.pos,
            "answer": row.answer.decode(),
        }
