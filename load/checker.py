"""The checker: what clients were told against what the server kept. Pure: evidence in, verdict out.

A ballot counts as promised when its command was answered «ok», at once or when asked afterwards by its id.
    lost            promised, but not among the saved ballots, in the table, the input of the count or the minutes
    unsigned        signed with a certificate that the minutes do not name under it
    changed         in one of these with another choice than the client made
    doubled         two promised ballots of one creditor in one voting, or a creditor counted or named twice
    phantom         refused or never heard of, yet saved; a ballot in the table or the count that nobody cast who may vote
    gaps            patches that began after the client's position
    stale           clients whose map differs from a fresh one
    sums            totals that do not come to the kopeck from the promised ballots, or differ in the minutes; another
                    number of voters
    contradictions  two different final answers to one command
    forged          votes acknowledged without a receipt; receipts whose signature does not fit, or that belong to another
                    meeting, another place in the log or another vote
    faults          frames against the contract, doors closed without reason
    unproved        where our bot leads: no vote, no key, a voting that is not shown where it must stand. Where a human
                    leads and much is not shown, this fails nothing, but nothing is called passed either
Annulled ballots and cancelled votings promise nothing to the count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from load import texts
from load.ballot import Ballot
from load.company import ALONE, Company
from load.counted import Finding, Record, against_the_count, named, uninvited
from load.history import Operation, Outcome
from load.proof import missing
from load.receipt import examine


@dataclass(frozen=True, slots=True)
class Maps:
    view: Mapping[str, Any]
    me: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Witness:
    """One client's evidence, also of one who never had a whole map. `later` is what the server said afterwards of commands without an answer: done, refused,
    or (missing) never heard of. `saved` are the voter's ballots as the server shows them, SHA-256 → annulled?;
    None where it does not show old ones.
    """

    person: str
    operations: tuple[Operation, ...]
    held: Maps
    fresh: Maps
    gaps: int = 0
    contradictions: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    later: Mapping[bytes, bool] = field(default_factory=dict)
    saved: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    findings: tuple[Finding, ...]
    ballots: int
    unknown: int
    unknown_resolved: int
    receipts_verified: int
    seen: Mapping[str, int] = field(default_factory=dict)
    not_proved: tuple[str, ...] = ()
    """What a human's meeting does not show to our clients."""

    @property
    def failed(self) -> bool:
        return bool(self.findings)

    def count(self, kind: str) -> int:
        return sum(finding.kind == kind for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        counts = {kind: self.count(kind) for kind in KINDS}
        return counts | {
            "ballots": self.ballots,
            "unknown": self.unknown,
            "unknown_resolved": self.unknown_resolved,
            "receipts_verified": self.receipts_verified,
            "votings_seen": dict(self.seen),
            "not_proved": list(self.not_proved[:100]),
            "findings": [f"{finding.kind}: {finding.text}" for finding in self.findings[:100]],
        }


KINDS = (
    "lost",
    "doubled",
    "gaps",
    "changed",
    "unsigned",
    "phantom",
    "stale",
    "sums",
    "contradictions",
    "forged",
    "faults",
    "unproved",
)


def without_evidence(reason: str) -> Verdict:
    """The server did not show what it keeps: nothing can be said, so nothing is passed."""
    return Verdict((Finding("unproved", texts.NO_EVIDENCE.format(reason=reason)),), 0, 0, 0, 0)


def check(witnesses: tuple[Witness, ...], record: Record, company: Company = ALONE) -> Verdict:
    """Judge the whole run. The order of witnesses does not matter."""
    promised = tuple(ballot for witness in witnesses for ballot in _promised(witness))
    annulled = {sha256 for witness in witnesses for sha256, gone in (witness.saved or {}).items() if gone}
    live = tuple(ballot for ballot in promised if ballot.sha256 not in annulled)
    operations = tuple(operation for witness in witnesses for operation in witness.operations)
    receipts = tuple(examine(operations, record.topic, record.keys))
    missed = tuple(missing(live, _hidden(witnesses), record))
    findings = [finding for witness in witnesses for finding in _of_witness(witness)]
    findings += against_the_count(live, _unsaved(witnesses), record, company)
    findings += uninvited(promised, _ours(witnesses), record, company)
    findings += (
        Finding("forged", f"{r.operation.person}: {r.operation.op}: {r.wrong}") for r in receipts if r.wrong
    )
    findings += (Finding("unproved", text) for text in missed if company.leads)
    return Verdict(
        findings=tuple(findings),
        ballots=len(promised),
        unknown=sum(op.outcome is Outcome.UNKNOWN for op in operations),
        unknown_resolved=sum(
            op.command in witness.later for witness in witnesses for op in witness.operations
        ),
        receipts_verified=sum(receipt.is_verified for receipt in receipts),
        seen=_seen(record),
        not_proved=() if company.leads else missed,
    )


def _ours(witnesses: tuple[Witness, ...]) -> frozenset[str]:
    """Creditors for whom our clients vote."""
    keys = (key for witness in witnesses for key in witness.fresh.me if key.startswith("creditor/"))
    asked = (ballot.creditor for witness in witnesses for op in witness.operations for ballot in op.ballots)
    return frozenset(asked).union(key.removeprefix("creditor/") for key in keys)


def _hidden(witnesses: tuple[Witness, ...]) -> tuple[str, ...]:
    return tuple(witness.person for witness in witnesses if witness.saved is None and any(_promised(witness)))


def _seen(record: Record) -> dict[str, int]:
    """How many votings the checker could look at in each place, so that a check that saw nothing is not taken for a pass."""
    minuted = record.minutes or {}
    return {
        "results": len(record.results),
        "tables": len(record.tables),
        "counts": len(record.counts),
        "minutes": len(minuted),
    }


def _promised(witness: Witness) -> Iterator[Ballot]:
    for operation in witness.operations:
        if operation.outcome is Outcome.OK or witness.later.get(operation.command) is True:
            yield from operation.ballots


def _unsaved(witnesses: tuple[Witness, ...]) -> frozenset[str]:
    """Promised, but not shown to the voter among the own ballots."""
    return frozenset(
        ballot.sha256
        for witness in witnesses
        if witness.saved is not None
        for ballot in _promised(witness)
        if ballot.sha256 not in witness.saved
    )


# --- one client ---


def _of_witness(witness: Witness) -> Iterator[Finding]:
    who = witness.person
    yield from _phantoms(witness)
    yield from (Finding("gaps", who) for _ in range(witness.gaps))
    yield from (Finding("contradictions", f"{who}: {text}") for text in witness.contradictions)
    yield from (Finding("faults", f"{who}: {text}") for text in witness.faults)
    differing = sorted(_differing(witness.held, witness.fresh))
    if differing:
        yield Finding("stale", f"{who}: {', '.join(differing[:5])}")


def _phantoms(witness: Witness) -> Iterator[Finding]:
    unpromised = (witness.saved or {}).keys() - {ballot.sha256 for ballot in _promised(witness)}
    for operation in witness.operations:
        for ballot in operation.ballots:
            if ballot.sha256 in unpromised:
                said = texts.SAVED_UNPROMISED.format(ballot=named(ballot), outcome=operation.outcome)
                yield Finding("phantom", f"{witness.person}: {said}")


def _differing(held: Maps, fresh: Maps) -> Iterator[str]:
    for mine, theirs in ((held.view, fresh.view), (held.me, fresh.me)):
        for key in mine.keys() | theirs.keys():
            if key not in mine or key not in theirs or mine[key] != theirs[key]:
                yield key
