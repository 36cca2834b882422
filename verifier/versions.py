"""The trust that signatures were judged by, by the version that the log names: a hash of its contents, so it proves itself."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from verifier.archive import TRUST, Archive, Event
from verifier.certificate import authority_name
from verifier.finding import Findings
from verifier.trust import Brought, Trust, pem

CONTENTS = ".txt"
FILES = {"anchor": ".pem", "intermediate": ".pem", "list": ".crl"}


@dataclass(slots=True)
class Versions:
    """`own` is what the reader of the archive trusts: then roots are his, and the archive's lists are looked at too."""

    archive: Archive
    own: Brought | None
    findings: Findings
    _known: dict[str, Trust | None] = field(default_factory=dict)
    _roots: dict[str, str] = field(default_factory=dict)

    def of(self, version: str) -> Trust | None:
        """None if the archive does not hold it and the reader brought nothing: nothing can be said then."""
        if version not in self._known:
            self._known[version] = self._made(version)
        return self._known[version]

    def _made(self, version: str) -> Trust | None:
        parts = self._parts(version)
        if self.own is None:
            if not parts["anchor"]:
                return None
            trust = self._trust(version, parts["anchor"], parts["intermediate"], parts["list"])
            for root in trust.anchors if trust else ():
                self._roots[root.thumbprint] = authority_name(root)
            return trust
        between = dict.fromkeys((*self.own.between, *parts["intermediate"]))
        lists = dict.fromkeys((*self.own.lists, *parts["list"]))
        return self._trust(version, list(self.own.anchors), list(between), list(lists))

    def _trust(
        self, version: str, anchors: list[bytes], between: list[bytes], lists: list[bytes]
    ) -> Trust | None:
        try:
            return Trust(anchors, between, lists)
        except ValueError as error:
            self.findings.fault("not_understood", TRUST + version, str(error))
            return None

    def _parts(self, version: str) -> dict[str, list[bytes]]:
        """DER by kind; of lists only those that some signature was looked up in are kept."""
        found: dict[str, list[bytes]] = {kind: [] for kind in FILES}
        path = TRUST + version + CONTENTS
        contents = self.archive.files.get(path)
        if contents is None:
            return found
        if hashlib.sha256(contents).hexdigest() != version:
            self.findings.fault("trust_differs", path)
            return found
        for kind, name in _named(contents):
            der = self._part(kind, name)
            if der is not None:
                found[kind].append(der)
        return found

    def _part(self, kind: str, name: str) -> bytes | None:
        path = TRUST + name + FILES.get(kind, "")
        content = self.archive.files.get(path)
        if content is None:
            if kind != "list":
                self.findings.fault("trust_part_missing", path)
            return None
        try:
            der = content if kind == "list" else next(pem(content), b"")
        except ValueError:
            der = b""
        if hashlib.sha256(der).hexdigest() != name:
            self.findings.fault("trust_differs", path)
            return None
        return der

    def conclude(self, events: Sequence[Event]) -> None:
        """Every file of trust belongs to a version that was asked for or that the log names; whose roots these are is told, of each."""
        paths = {TRUST + version + CONTENTS for version in {*self._known, *_told_by(events)}}
        asked = paths & self.archive.files.keys()
        named = asked | {
            TRUST + name + FILES[kind] for path in asked for kind, name in _named(self.archive.files[path])
        }
        for path in self.archive.files:
            if path.startswith(TRUST) and path not in named:
                self.findings.fault("trust_stray", path)
        if self._roots:
            told = [f"{name}: {thumbprint}" for thumbprint, name in sorted(self._roots.items())]
            self.findings.note("own_trust", TRUST, "; ".join(told))
        if found := sum(trust is not None for trust in self._known.values()):
            self.findings.add("trusts", found)


def _told_by(events: Sequence[Event]) -> Iterator[str]:
    """Versions that ballots and settled revocations were judged by; a ballot of an uncounted voting may lie hidden."""
    for event in events:
        for said in (event.said, event.said.get("signature")):
            if isinstance(said, Mapping) and "trust_version" in said:
                yield str(said["trust_version"])


def _named(contents: bytes) -> Iterator[tuple[str, str]]:
    """Kind and SHA-256 of each part; what is no such line is passed over."""
    for line in contents.decode("ascii", "replace").splitlines():
        kind, _, name = line.partition(" ")
        if kind in FILES:
            yield kind, name
