"""Golden events: one file per kind and version ever written, kept for ever, told as one story that a machine folds.

A story is a folder of `NNN-kind.version.json`, each {"actor", "at", "body"}; a new kind is added at the end with
`tell`. A file never changes: what was written once must be read by every later release.
"""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from app.kernel.canonical import canonical
from app.kernel.log.chain import StoredEvent, next_hash
from app.kernel.log.fold import Fold, evolve
from app.kernel.log.model import Machine, Position

S = TypeVar("S")

EPOCH = b"golden-1"
_NAME = re.compile(r"(\d{3})-(\w+)\.(\d+)\.json")


def read_story(folder: Path) -> tuple[StoredEvent, ...]:
    """The events in the order of their numbers, chained from nothing."""
    mark = bytes(32)
    events: list[StoredEvent] = []
    for path in sorted(folder.glob("*.json")):
        told = json.loads(path.read_bytes())
        named = _NAME.fullmatch(path.name)
        assert named, f"{path.name} is not NNN-kind.version.json"
        event = StoredEvent(
            topic=1,
            pos=len(events) + 1,
            epoch=EPOCH,
            at=told["at"],
            kind=named[2],
            version=int(named[3]),
            actor=told["actor"],
            command=None,
            body=canonical(told["body"]),
            private_hash=None,
            hash=mark,
        )
        mark = next_hash(mark, event)
        events.append(event)
    return tuple(events)


def tell(folder: Path, events: Iterable[StoredEvent]) -> None:
    """Add the events whose kind and version the story lacks; nothing that is there is touched."""
    known = {(event.kind, event.version) for event in read_story(folder)}
    for event in events:
        if (event.kind, event.version) in known:
            continue
        known.add((event.kind, event.version))
        told = {"actor": event.actor, "at": event.at, "body": json.loads(event.body)}
        path = folder / f"{len(known):03}-{event.kind}.{event.version}.json"
        path.write_bytes(canonical(told) + b"\n")


def fold_story(machine: Machine[S], folder: Path) -> Fold[S]:
    """Raises Elsewhere where the machine has forgotten a kind or version."""
    fold = Fold(machine.initial(), Position(EPOCH, 0, bytes(32)))
    for event in read_story(folder):
        fold = evolve(machine, fold, event)
    return fold


def untold(machine: Machine[S], folder: Path) -> set[tuple[str, int]]:
    """Kinds and versions that the machine reads and the story lacks."""
    told = {(event.kind, event.version) for event in read_story(folder)}
    reads = {(kind, version) for kind, last in machine.reads.items() for version in range(1, last + 1)}
    return reads - told


def changed_files(folder: Path) -> list[str]:
    """Golden files that any commit, or the working tree, has changed or removed."""
    log = ["git", "log", "--diff-filter=MDR", "--name-only", "--format=", "--", "."]
    status = ["git", "diff", "--diff-filter=MDR", "--name-only", "HEAD", "--", "."]
    found = [
        subprocess.run(each, cwd=folder, capture_output=True, text=True, check=True) for each in (log, status)
    ]
    return sorted({line for done in found for line in done.stdout.split() if line.endswith(".json")})
