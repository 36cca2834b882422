"""Reading an archive: a zip of a manifest and the files that it names. Its format: docs/reference/archive.md."""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from verifier.strict_json import loads

FORMAT = 2
MANIFEST, SEAL = "manifest.json", "manifest.seal.json"
EVENTS, ANSWERS, NAMES, MINUTES = "events.jsonl", "answers.jsonl", "names.json", "minutes.html"
BALLOT, SIGNATURE, SEALED = "ballots/{pos}.json", "ballots/{pos}.sig", "ballots/{pos}.sealed"
MINUTES_PDF, MINUTES_SIGNATURE, MINUTES_FACTS = "minutes.pdf", "minutes.pdf.{number}.sig", "minutes.json"
COUNT, TRUST = "counts/{voting}.json", "trust/"
MOST_FILES = 500_000
MEGABYTE = 1024**2
MOST_BYTES, MOST_FILE_BYTES = 512 * MEGABYTE, 32 * MEGABYTE
"""Unpacked, in all and of one file, so that a small archive cannot fill the memory; the log and the answers may be large."""
LARGE = frozenset({"events.jsonl", "answers.jsonl"})
MOST_LIST_BYTES = 64 * MEGABYTE
"""Of a list of revoked certificates: the server takes none that is longer."""
END_BYTES = 22
"""The end record of a zip without a comment."""
HEADER_BYTES, NAME_LENGTH_AT = 30, 26
SUMS_FOLLOW, SUMS_BYTES = 0x08, (12, 16, 20, 24)
"""Of the header that a zip has before each file, and of what may follow the file."""
MOST_LINES = 1_000_000
WORDS, NUMBERS = ("epoch", "kind", "actor", "hash"), ("pos", "at", "version")


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
    said: Mapping[str, Any] = field(repr=False)
    """What the body says; empty where it is hidden."""
    body_sha256: bytes
    private: tuple[Mapping[str, str], ...] | None = field(repr=False)
    private_hash: bytes | None
    hash: str


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything in memory; `files` are the bytes by path, the manifest and its seal apart."""

    manifest: Mapping[str, Any]
    manifest_bytes: bytes = field(repr=False)
    seal: Mapping[str, Any] | None
    files: Mapping[str, bytes] = field(repr=False)
    sha256: str = ""
    """Of the zip."""

    @property
    def is_full(self) -> bool:
        return str(self.manifest["edition"]) == "full"

    @property
    def topic(self) -> str:
        return str(self.manifest["topic"])

    def json(self, path: str) -> Any:
        """Parsed file, None if this edition does not have it. Raises ValueError."""
        content = self.files.get(path)
        return None if content is None else loads(content)

    def lines(self, path: str) -> Iterator[bytes]:
        return (line for line in _split(self.files.get(path, b"")) if line)


def _split(content: bytes) -> Iterator[bytes]:
    begin = 0
    while (end := content.find(b"\n", begin)) >= 0:
        yield content[begin:end]
        begin = end + 1
    yield content[begin:]


def read(path: Path) -> Archive:
    """Raises NotAnArchive."""
    try:
        with zipfile.ZipFile(path) as packed:
            must_be_plain(path, packed)
            files = dict(_unpacked(packed))
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise NotAnArchive(str(error)) from None
    except Exception as error:  # zlib and struct raise their own on changed bytes
        raise NotAnArchive(f"{type(error).__name__}: {error}") from None
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return replace(opened(files), sha256=sha256)


def opened(files: dict[str, bytes]) -> Archive:
    """An archive of these files. Raises NotAnArchive."""
    if MANIFEST not in files or EVENTS not in files:
        raise NotAnArchive(f"no {MANIFEST} or {EVENTS}")
    try:
        manifest = loads(files[MANIFEST])
        seal = loads(files[SEAL]) if SEAL in files else None
    except ValueError:
        raise NotAnArchive(f"{MANIFEST} or {SEAL} is not JSON") from None
    wanted = {"format": int, "edition": str, "topic": str, "meeting": str, "head": dict, "files": dict}
    if not isinstance(manifest, dict) or not all(
        isinstance(manifest.get(key), kind) for key, kind in {**wanted, "receipt_keys": dict}.items()
    ):
        raise NotAnArchive(f"{MANIFEST} lacks something")
    if manifest["format"] != FORMAT:
        raise NotAnArchive(f"format {manifest['format']}, this program reads {FORMAT}")
    if beyond := [path for path in sorted(LARGE) if files.get(path, b"").count(b"\n") > MOST_LINES]:
        raise NotAnArchive(f"{beyond[0]} has more than {MOST_LINES} lines")
    inside = {path: content for path, content in files.items() if path not in (MANIFEST, SEAL)}
    return Archive(manifest, files[MANIFEST], seal if isinstance(seal, dict) else None, inside)


def _unpacked(packed: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries = packed.infolist()
    if len(entries) > MOST_FILES:
        raise NotAnArchive("too many files")
    left = MOST_BYTES
    seen: set[str] = set()
    for entry in entries:
        if entry.filename in seen:
            raise NotAnArchive(f"{entry.filename} stands in it twice")
        seen.add(entry.filename)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotAnArchive(f"{entry.filename} is packed in an unknown way")
        with packed.open(entry) as file:
            content = _limited(file, min(left, _most(entry.filename)))
        left -= len(content)
        yield entry.filename, content


def _most(path: str) -> int:
    if path in LARGE:
        return MOST_BYTES
    return MOST_LIST_BYTES if path.startswith(TRUST) else MOST_FILE_BYTES


def _limited(file: IO[bytes], most: int) -> bytes:
    """In pieces, whatever size its entry tells."""
    pieces, length = [], 0
    while piece := file.read(MEGABYTE):
        length += len(piece)
        if length > most:
            raise NotAnArchive("too large")
        pieces.append(piece)
    return b"".join(pieces)


def must_be_plain(path: Path, packed: zipfile.ZipFile) -> None:
    """One zip and nothing before, between or after its files: programs that read it from the front shall see the same."""
    offsets = [entry.header_offset for entry in packed.infolist()]
    with path.open("rb") as file:
        begun = file.read(4)
        file.seek(-min(END_BYTES, path.stat().st_size), 2)
        end = file.read()
        is_dense = _is_dense(packed, file)
    if (
        not is_dense
        or not offsets
        or min(offsets) != 0
        or begun != b"PK\x03\x04"
        or packed.comment
        or end[:4] != b"PK\x05\x06"
    ):
        raise NotAnArchive("something stands before, between or after its files")


def _is_dense(packed: zipfile.ZipFile, file: IO[bytes]) -> bool:
    """Each file begins where the one before it ends; what packs on the way may add its size and sum."""
    entries = sorted(packed.infolist(), key=lambda entry: entry.header_offset)
    begins = [*(entry.header_offset for entry in entries), packed.start_dir]
    for entry, begin, after in zip(entries, begins, begins[1:], strict=False):
        file.seek(begin + NAME_LENGTH_AT)
        lengths = file.read(4)
        name, extra = int.from_bytes(lengths[:2], "little"), int.from_bytes(lengths[2:], "little")
        gap = after - (begin + HEADER_BYTES + name + extra + entry.compress_size)
        if gap and not (entry.flag_bits & SUMS_FOLLOW and gap in SUMS_BYTES):
            return False
    return True


def unhex(text: str) -> bytes:
    """Lower-case hex without spaces, as the server writes it; raises ValueError or TypeError for anything else."""
    found = bytes.fromhex(text)
    if found.hex() != text:
        raise ValueError("not lower-case hex")
    return found


def event_of(line: int, text: bytes) -> Event:
    """Raises ValueError, KeyError or TypeError for a line that is not an event."""
    given = loads(text)
    body = None if given["body"] is None else str(given["body"]).encode()
    body_sha256 = hashlib.sha256(body).digest() if body is not None else unhex(given["body_sha256"])
    said = loads(body) if body is not None else {}
    if not isinstance(said, dict) or not all(isinstance(given[name], str) for name in WORDS):
        raise ValueError("the body is not an object, or a name is no text")
    if not all(isinstance(given[name], int) for name in NUMBERS):
        raise ValueError("a number is none")
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
        said=said,
        body_sha256=body_sha256,
        private=None if private is None else tuple(private),
        private_hash=unhex(given["private_hash"]) if given["private_hash"] else None,
        hash=given["hash"],
    )
