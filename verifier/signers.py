"""Who signed: a good signature, by the certificate that the log names, of the person whose ballot it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from verifier import texts
from verifier.archive import SIGNATURE, Archive, Event
from verifier.finding import Findings
from verifier.identity import Person, difference, is_by_name_alone
from verifier.signature import Asked, Signature, examine
from verifier.trust import REVOKED
from verifier.versions import Versions

NAMED = 5
SAME_PERSON = frozenset({"same", "same_name", "review"})
"""What the server accepts: `same_name` had no number to compare, `review` is an equal СНИЛС under another name."""
Said = Mapping[str, Any]


@dataclass(slots=True)
class Signers:
    """Looks at a signature after the other; `seen` is what each was found to be, by the position of its ballot."""

    archive: Archive
    versions: Versions
    persons: Mapping[str, Person]
    settled: Mapping[int, Said]
    """What was found when lists that had been in trouble were there, by the position of the ballot."""
    findings: Findings
    seen: dict[int, Signature] = field(default_factory=dict)
    _notes: dict[str, list[str]] = field(default_factory=dict)
    _people: dict[str, set[str]] = field(default_factory=dict)

    def check(self, policy: str, event: Event, content: bytes) -> None:
        said: Said | None = event.said.get("signature")
        place = SIGNATURE.format(pos=event.pos)
        if said is None:
            by_code = policy == "simple" and event.said.get("code") is not None
            if policy != "off" and not by_code:
                self.findings.fault("signature_absent", place)
            return
        self._people.setdefault(str(said["thumbprint"]), set()).add(str(event.said["person"]))
        self._was_accepted(said, place)
        signature = self.archive.files.get(place)
        if signature is None and self.archive.is_full:
            self.findings.fault("signature_missing", place)
        elif signature is None:
            self.findings.add("signatures_hidden")
        else:
            self._examine(event, said, content, signature, place)

    def _was_accepted(self, said: Said, place: str) -> None:
        """The log's own word: nobody else's certificate and no bad one was taken."""
        match = said["owner_match"]
        if said["verdict"] != "ok" or match not in SAME_PERSON:
            self.findings.fault("signature_refused", place, f"{said['verdict']}, {match}")
        elif match == "review":
            self._noted("owner_review", place)
        if said.get("demo"):
            self._noted("demo", place)
        if said["revocation"] == "deferred":
            self._noted("deferred", place)

    def _examine(self, event: Event, said: Said, content: bytes, signature: bytes, place: str) -> None:
        """By the trust of the vote, and where its lists were in trouble, by that which settled it."""
        asked = Asked(event.said["received_at"], is_qualified=not said.get("demo"))
        found = self._by(str(said["trust_version"]), content, signature, asked, place)
        if found is None:
            return
        self.seen[event.pos] = found
        if found.is_beyond:
            self.findings.beyond("gost_missing", place)
            return
        later = self.settled.get(event.pos) if said["revocation"] == "deferred" else None
        self._is_good(found, said, place, later)
        if later is not None:
            self._is_settled(later, content, signature, asked, place)
        self._is_owners(found, event, said, place)
        self.findings.add("signatures")

    def _by(
        self, version: str, content: bytes, signature: bytes, asked: Asked, place: str
    ) -> Signature | None:
        trust = self.versions.of(version)
        if trust is None:
            self.findings.fault("trust_missing", place, version)
            return None
        return examine(content, signature, asked, trust)

    def _is_good(self, found: Signature, said: Said, place: str, later: Said | None) -> None:
        is_known = later is not None and later["found"] == "revoked"
        if found.verdict in REVOKED and is_known and self.versions.own:
            return  # the reader's own list says now what the log says of later
        if found.verdict != "ok":
            self.findings.fault("signature_bad", place, texts.verdict(found.verdict, found.details))
            return
        was_checked = said.get("revocation") == "checked"
        if found.doubt and was_checked:
            self.findings.fault(texts.DOUBTS[found.doubt], place, found.details)
            return
        if found.doubt and later is None:
            self._noted(texts.DOUBTS[found.doubt], place)
        is_as_said = list(found.numbers) == said["crl_numbers"] and was_checked is not bool(found.doubt)
        if self.versions.own is None and not is_as_said:
            self.findings.fault("lists_other", place, ", ".join(found.numbers))

    def _is_settled(self, later: Said, content: bytes, signature: bytes, asked: Asked, place: str) -> None:
        version = later.get("trust_version")
        if version is None:
            self._noted("settled_unproved", place)
            return
        found = self._by(str(version), content, signature, asked, place)
        if found is None or found.is_beyond:
            return
        is_revoked = found.verdict in REVOKED
        is_checked = found.verdict == "ok" and not found.doubt
        if not (is_revoked if later["found"] == "revoked" else is_checked):
            self.findings.fault("settled_other", place, texts.verdict(found.verdict, found.details))
        self.findings.add("settled")

    def _is_owners(self, found: Signature, event: Event, said: Said, place: str) -> None:
        certificate = found.certificate
        if certificate is None:
            return
        if (certificate.thumbprint, certificate.serial) != (said["thumbprint"], said["serial"]):
            self.findings.fault("signer_other", place)
        person = self.persons.get(str(event.said["person"]))
        if person is None:
            self._noted("owner_unknown", place)
            return
        differing = difference(certificate.owner, person)
        if differing and not (
            differing == "name" and said["owner_match"] == "review" and person.get("snils")
        ):
            self.findings.fault("owner_other", place, differing)
        elif is_by_name_alone(person):
            self._noted("owner_by_name", place)

    def _noted(self, code: str, place: str) -> None:
        self._notes.setdefault(code, []).append(place)

    def conclude(self) -> None:
        """One certificate, one person; what was said of many signatures is told once."""
        for code, places in self._notes.items():
            rest = texts.AND_MORE.format(number=len(places) - NAMED) if len(places) > NAMED else ""
            self.findings.note(code, ", ".join(places[:NAMED]) + rest)
        for thumbprint, people in self._people.items():
            if len(people) > 1:
                self.findings.fault("certificate_shared", thumbprint, ", ".join(sorted(people)))


def settled_by(events: Sequence[Event]) -> dict[int, Said]:
    """By the position of the ballot."""
    settled = (event for event in events if event.kind == "revocations_settled")
    return {int(one["pos"]): one for event in settled for one in event.said.get("ballots", ())}
