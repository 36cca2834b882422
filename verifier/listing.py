"""A list of all ballots with what is known of their signers, for an expert's table (`--report`)."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from verifier.archive import Event
from verifier.check import Checked
from verifier.meeting import Voting
from verifier.report import moment_of, state_of
from verifier.signature import Signature

BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Line:
    """A ballot; what is not shown or not known is empty. `verdict` is the log's, `found` is what this program found."""

    pos: int
    voting: int
    creditor: str
    person: str
    received_at: str
    state: str
    name: str = ""
    inn: str = ""
    serial: str = ""
    issuer: str = ""
    not_before: str = ""
    not_after: str = ""
    algorithm: str = ""
    demo: bool = False
    verdict: str = ""
    found: str = ""
    revocation: str = ""


def written(path: Path, checked: Checked) -> None:
    """As CSV for a spreadsheet, or as JSON by the name of the file. Raises OSError."""
    lines = [asdict(line) for line in listed(checked)]
    if path.suffix.lower() == ".json":
        path.write_text(json.dumps(lines, ensure_ascii=True, indent=1), "ascii")
        return
    out = io.StringIO()
    table = csv.DictWriter(out, list(Line.__dataclass_fields__), delimiter=";")
    table.writeheader()
    table.writerows({name: _harmless(value) for name, value in line.items()} for line in lines)
    path.write_text(BOM + out.getvalue(), "utf-8", errors="backslashreplace", newline="")


def _harmless(value: object) -> object:
    """A spreadsheet shall not take a name for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def listed(checked: Checked) -> Iterator[Line]:
    for voting in checked.meeting.votings.values() if checked.meeting else ():
        for event in voting.cast:
            yield _line(checked, voting, event)


def _line(checked: Checked, voting: Voting, event: Event) -> Line:
    said = event.said.get("signature") or {}
    found = checked.signatures.get(event.pos, Signature())
    certificate = found.certificate
    owner = certificate.owner if certificate else {}
    full = f"{owner.get('surname', '')} {owner.get('given_name', '')}".strip()
    return Line(
        pos=event.pos,
        voting=voting.number,
        creditor=str(event.said["creditor"]),
        person=str(event.said.get("person", "")),
        received_at=moment_of(event.said["received_at"]),
        state=state_of(checked, voting, event),
        name=full or owner.get("common_name", ""),
        inn=owner.get("inn_le") or owner.get("inn", ""),
        serial=certificate.serial if certificate else str(said.get("serial", "")),
        issuer=certificate.issuer.get("common_name", "") if certificate else "",
        not_before=certificate.not_before if certificate else "",
        not_after=certificate.not_after if certificate else "",
        algorithm=certificate.algorithm if certificate else str(said.get("algorithm", "")),
        demo=bool(said.get("demo")),
        verdict=str(said.get("verdict", "")),
        found="not checked" if event.pos not in checked.signatures or found.is_beyond else found.verdict,
        revocation=found.doubt or "checked"
        if event.pos in checked.signatures
        else str(said.get("revocation", "")),
    )
