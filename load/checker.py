"""The checker: what clients were told against what the server kept. Pure: evidence in, verdict out.

A ballot counts as promised when its command was answered «ok», at once or when asked afterwards by its id.
    lost            promised, but not among the saved ballots, in the table, the input of the count or the minutes
    changed         in one of these with another choice than the client made
    doubled         two promised ballots of one creditor in one voting, or a creditor counted or named twice
    phantom         refused or never heard of, yet saved
    gaps            patches that began after the client's position
    stale           clients whose map differs from a fresh one
    sums            totals that do not come to the kopeck from the promised ballots, or differ in the minutes
    contradictions  two different final answers to one command
    forged          receipts whose signature does not fit
    faults          frames against the contract, doors closed without reason
Annulled ballots and cancelled votings promise nothing to the count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from load.ballot import Ballot
from load.counted import Finding, Record, against_the_count, named
from load.history import Operation, Outcome
from load.receipt import is_genuine


@dataclass(frozen=True, slots=True)
class Maps:
    view: Mapping[str, Any]
    me: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Witness:
    """One client's evidence. `later` is what the server said afterwards of commands without an answer: done, refused,
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
            "findings": [f"{finding.kind}: {finding.text}" for finding in self.findings[:100]],
        }


KINDS = (
    "lost",
    "doubled",
    "gaps",
    "changed",
    "phantom",
    "stale",
    "sums",
    "contradictions",
    "forged",
    "faults",
)


def without_evidence(reason: str) -> Verdict:
    """The server did not show what it keeps: nothing can be said, so nothing is passed."""
    return Verdict((Finding("faults", f"no evidence: {reason}"),), 0, 0, 0, 0)


def check(witnesses: tuple[Witness, ...], record: Record) -> Verdict:
    """Judge the whole run. The order of witnesses does not matter."""
    promised = tuple(ballot for witness in witnesses for ballot in _promised(witness))
    annulled = {sha256 for witness in witnesses for sha256, gone in (witness.saved or {}).items() if gone}
    live = tuple(ballot for ballot in promised if ballot.sha256 not in annulled)
    findings = [finding for witness in witnesses for finding in _of_witness(witness, record)]
    findings += against_the_count(live, _unsaved(witnesses), record)
    unknown = [op for witness in witnesses for op in witness.operations if op.outcome is Outcome.UNKNOWN]
    resolved = sum(op.command in witness.later for witness in witnesses for op in witness.operations)
    receipts = sum(op.receipt is not None for witness in witnesses for op in witness.operations)
    verified = receipts if record.keys else 0
    return Verdict(tuple(findings), len(promised), len(unknown), resolved, verified, _seen(record))


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


def _of_witness(witness: Witness, record: Record) -> Iterator[Finding]:
    who = witness.person
    yield from _phantoms(witness)
    yield from (Finding("gaps", who) for _ in range(witness.gaps))
    yield from (Finding("contradictions", f"{who}: {text}") for text in witness.contradictions)
    yield from (Finding("faults", f"{who}: {text}") for text in witness.faults)
    differing = sorted(_differing(witness.held, witness.fresh))
    if differing:
        yield Finding("stale", f"{who}: {', '.join(differing[:5])}")
    for operation in witness.operations:
        if record.keys and operation.receipt and not is_genuine(operation.receipt, record.keys):
            yield Finding("forged", f"{who}: {operation.op} {operation.command.hex()}")


def _phantoms(witness: Witness) -> Iterator[Finding]:
    unpromised = (witness.saved or {}).keys() - {ballot.sha256 for ballot in _promised(witness)}
    for operation in witness.operations:
        for ballot in operation.ballots:
            if ballot.sha256 in unpromised:
                yield Finding(
                    "phantom", f"{witness.person}: {named(ballot)} is saved, but {operation.outcome}"
                )


def _differing(held: Maps, fresh: Maps) -> Iterator[str]:
    for mine, theirs in ((held.view, fresh.view), (held.me, fresh.me)):
        for key in mine.keys() | theirs.keys():
            if key not in mine or key not in theirs or mine[key] != theirs[key]:
                yield key
