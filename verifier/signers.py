"""Who signed: a good signature, by the certificate that the log names, of the person whose ballot it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verifier import texts
from verifier.archive import SIGNATURE, Archive, Event
from verifier.finding import Findings
from verifier.identity import Person, difference, is_by_name_alone
from verifier.trust import Signature, Trust

SECOND = 1_000_000
NAMED = 5
SAME_PERSON = frozenset({"same", "same_name", "review"})
"""What the server accepts: `same_name` had no number to compare, `review` is an equal СНИЛС under another name."""


@dataclass(slots=True)
class Signers:
    """Looks at a signature after the other; `seen` is what each was found to be, by the position of its ballot."""

    archive: Archive
    trust: Trust | None
    persons: Mapping[str, Person]
    findings: Findings
    seen: dict[int, Signature] = field(default_factory=dict)
    _notes: dict[str, list[str]] = field(default_factory=dict)
    _people: dict[str, set[str]] = field(default_factory=dict)

    def check(self, policy: str, event: Event, content: bytes) -> None:
        said: Mapping[str, Any] | None = event.said.get("signature")
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
        elif self.trust is None:
            self.findings.fault("no_trust", place)
        else:
            found = self.trust.examine(content, signature, event.said["received_at"] // SECOND)
            self.seen[event.pos] = found
            self._is_good(found, said, place)
            self._is_owners(found, event, said, place)

    def _was_accepted(self, said: Mapping[str, Any], place: str) -> None:
        """The log's own word: nobody else's certificate and no bad one was taken."""
        match = said["owner_match"]
        if said["verdict"] != "ok" or match not in SAME_PERSON:
            self.findings.fault("signature_refused", place, f"{said['verdict']}, {match}")
        elif match == "review":
            self._noted("owner_review", place)
        if said.get("demo"):
            self._noted("demo", place)

    def _is_good(self, found: Signature, said: Mapping[str, Any], place: str) -> None:
        if found.is_beyond:
            self.findings.beyond("gost_missing", place)
            return
        if found.why:
            self.findings.fault("signature_bad", place, found.why)
        elif found.revocation != "checked":
            was_checked = said.get("revocation") == "checked"
            tell = self.findings.fault if was_checked else self.findings.note
            tell(f"list_{found.revocation}", place, found.details)
        self.findings.add("signatures")

    def _is_owners(self, found: Signature, event: Event, said: Mapping[str, Any], place: str) -> None:
        certificate = found.certificate
        if certificate is None:
            return
        if (certificate.thumbprint, certificate.serial) != (said["thumbprint"], said["serial"]):
            self.findings.fault("signer_other", place)
        person = self.persons.get(str(event.said["person"]))
        if person is None:
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
