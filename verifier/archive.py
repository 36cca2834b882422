"""Reading an archive: a zip of a manifest and the files that it names. Its format: docs/reference/archive.md."""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.seal.json"
EVENTS, ANSWERS, NAMES, MINUTES = "events.jsonl", "answers.jsonl", "names.json", "minutes.html"
BALLOT, SIGNATURE, SEALED = "ballots/{pos}.json", "ballots/{pos}.sig", "ballots/{pos}.sealed"
COUNT, TRUST = "counts/{voting}.json", "trust/"
MOST_FILES = 500_000
MOST_BYTES = 2 * 1024**3
"""Unpacked, so that a small file cannot fill the memory."""


class NotAnArchive(Exception):
    """Not a zip, too large, or without what every archive has; the message says which."""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log as bytes. `body` is None where this edition hides it and only its hash is given."""

    line: int
    topic: int
    pos: int
    epoch: str
    at: int
    kind: str
    version: int
    actor: str
    command: str | None
    body: bytes | None = field(repr=False)
    body_sha256: bytes
    private: tuple[Mapping[str, str], ...] | None = field(repr=False)
    private_hash: bytes | None
    hash: str

    @property
    def said(self) -> Mapping[str, Any]:
        """What the body says; empty where it is hidden."""
        found: Mapping[str, Any] = json.loads(self.body) if self.body is not None else {}
        return found


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything in memory; `files` are the bytes by path, the manifest and its seal apart."""

    manifest: Mapping[str, Any]
    manifest_bytes: bytes = field(repr=False)
    seal: Mapping[str, Any] | None
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def is_full(self) -> bool:
        return str(self.manifest["edition"]) == "full"

    @property
    def topic(self) -> str:
        return str(self.manifest["topic"])

    def json(self, path: str) -> Any:
        """Parsed file, None if this edition does not have it. Raises ValueError."""
        content = self.files.get(path)
        return None if content is None else json.loads(content)

    def lines(self, path: str) -> Iterator[bytes]:
        return (line for line in self.files.get(path, b"").split(b"\n") if line)


def read(path: Path) -> Archive:
    """Raises NotAnArchive."""
    try:
        with zipfile.ZipFile(path) as packed:
            files = dict(_unpacked(packed))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise NotAnArchive(str(error)) from None
    except Exception as error:  # zlib and struct raise their own on changed bytes
        raise NotAnArchive(f"{type(error).__name__}: {error}") from None
    return opened(files)


def opened(files: dict[str, bytes]) -> Archive:
    """An archive of these files. Raises NotAnArchive."""
    if MANIFEST not in files or EVENTS not in files:
        raise NotAnArchive(f"no {MANIFEST} or {EVENTS}")
    try:
        manifest = json.loads(files[MANIFEST])
        seal = json.loads(files[SEAL]) if SEAL in files else None
    except ValueError:
        raise NotAnArchive(f"{MANIFEST} or {SEAL} is not JSON") from None
    wanted = {"format": int, "edition": str, "topic": str, "meeting": str, "head": dict, "files": dict}
    if not isinstance(manifest, dict) or not all(
        isinstance(manifest.get(key), kind) for key, kind in {**wanted, "receipt_keys": dict}.items()
    ):
        raise NotAnArchive(f"{MANIFEST} lacks something")
    if manifest["format"] != FORMAT:
        raise NotAnArchive(f"format {manifest['format']}, this program reads {FORMAT}")
    inside = {path: content for path, content in files.items() if path not in (MANIFEST, SEAL)}
    return Archive(manifest, files[MANIFEST], seal if isinstance(seal, dict) else None, inside)


def _unpacked(packed: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries = packed.infolist()
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise NotAnArchive("too large")
    seen: set[str] = set()
    for entry in entries:
        if entry.filename in seen:
            raise NotAnArchive(f"{entry.filename} stands in it twice")
        seen.add(entry.filename)
        yield entry.filename, packed.read(entry)


def unhex(text: str) -> bytes:
    """Lower-case hex without spaces, as the server writes it; raises ValueError or TypeError for anything else."""
    found = bytes.fromhex(text)
    if found.hex() != text:
        raise ValueError("not lower-case hex")
    return found


def event_of(line: int, text: bytes) -> Event:
    """Raises ValueError, KeyError or TypeError for a line that is not an event."""
    given = json.loads(text)
    body = None if given["body"] is None else str(given["body"]).encode()
    body_sha256 = hashlib.sha256(body).digest() if body is not None else unhex(given["body_sha256"])
    if body is not None and not isinstance(json.loads(body), dict):
        raise ValueError("the body is not an object")
    private = given["private"]
    return Event(
        line=line,
        topic=given["topic"],
        pos=given["pos"],
        epoch=given["epoch"],
        at=given["at"],
        kind=given["kind"],
        version=given["version"],
        actor=given["actor"],
        command=given["command"],
        body=body,
        body_sha256=body_sha256,
        private=None if private is None else tuple(private),
        private_hash=unhex(given["private_hash"]) if given["private_hash"] else None,
        hash=given["hash"],
    )
