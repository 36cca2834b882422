"""The checker: what clients were told against what the server kept. Pure: evidence in, verdict out.

A ballot counts as promised when its command was answered «ok», at once or when asked afterwards by its id.
    lost            promised, but not among the saved ballots or not in the table
    changed         in the table with another choice than the client made (as far as the table is visible)
    doubled         two promised ballots of one creditor in one voting, or a creditor counted twice
    phantom         refused or never heard of, yet saved
    gaps            patches that began after the client's position
    stale           clients whose map differs from a fresh one
    sums            totals that do not come to the kopeck from the promised ballots
    contradictions  two different final answers to one command
    forged          receipts whose signature does not fit
    faults          frames against the contract, doors closed without reason
Annulled ballots and cancelled votings promise nothing to the count.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from load.ballot import Ballot
from load.history import Operation, Outcome
from load.receipt import is_genuine

YES_NO = frozenset({"for", "against", "abstain"})


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
class Record:
    """The server's record: values of `voting/…`, `result/…`, `question/…`, tables by voting, public receipt keys."""

    votings: Mapping[int, Mapping[str, Any]]
    results: Mapping[int, Mapping[str, Any]]
    questions: Mapping[str, Mapping[str, Any]]
    tables: Mapping[int, list[Mapping[str, Any]]]
    keys: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    findings: tuple[Finding, ...]
    ballots: int
    unknown: int
    unknown_resolved: int
    receipts_verified: int

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
    findings += _missing_in_tables(live, record)
    findings += _changed(live, record)
    findings += _doubled(live, record)
    findings += _sums(live, record)
    unknown = [op for witness in witnesses for op in witness.operations if op.outcome is Outcome.UNKNOWN]
    resolved = sum(op.command in witness.later for witness in witnesses for op in witness.operations)
    receipts = sum(op.receipt is not None for witness in witnesses for op in witness.operations)
    return Verdict(tuple(findings), len(promised), len(unknown), resolved, receipts if record.keys else 0)


def _promised(witness: Witness) -> Iterator[Ballot]:
    for operation in witness.operations:
        if operation.outcome is Outcome.OK or witness.later.get(operation.command) is True:
            yield from operation.ballots


# --- one client ---


def _of_witness(witness: Witness, record: Record) -> Iterator[Finding]:
    who = witness.person
    yield from _not_saved(witness)
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


def _not_saved(witness: Witness) -> Iterator[Finding]:
    for ballot in _promised(witness):
        if witness.saved is not None and ballot.sha256 not in witness.saved:
            yield Finding("lost", f"{witness.person}: {_named(ballot)} is not saved")


def _phantoms(witness: Witness) -> Iterator[Finding]:
    unpromised = (witness.saved or {}).keys() - {ballot.sha256 for ballot in _promised(witness)}
    for operation in witness.operations:
        for ballot in operation.ballots:
            if ballot.sha256 in unpromised:
                yield Finding(
                    "phantom", f"{witness.person}: {_named(ballot)} is saved, but {operation.outcome}"
                )


def _differing(held: Maps, fresh: Maps) -> Iterator[str]:
    for mine, theirs in ((held.view, fresh.view), (held.me, fresh.me)):
        for key in mine.keys() | theirs.keys():
            if key not in mine or key not in theirs or mine[key] != theirs[key]:
                yield key


# --- the count ---


def _missing_in_tables(live: tuple[Ballot, ...], record: Record) -> Iterator[Finding]:
    for ballot in live:
        rows = record.tables.get(ballot.voting)
        if rows is not None and not any(_is_row_of(row, ballot) for row in rows):
            yield Finding("lost", f"{_named(ballot)} is not in the table")


def _is_row_of(row: Mapping[str, Any], ballot: Ballot) -> bool:
    return bool(row["creditor"] == ballot.creditor and row["channel"] != "none")


def _changed(live: tuple[Ballot, ...], record: Record) -> Iterator[Finding]:
    """A table names the option; distributions stand there in words, and are checked by their sums."""
    for ballot in live:
        for row in record.tables.get(ballot.voting, ()):
            expected = ballot.choice.choices
            if expected is not None and _is_row_of(row, ballot) and row["mark"] != expected[0]:
                yield Finding("changed", f"{_named(ballot)} cast {expected[0]}, stands as {row['mark']}")


def _doubled(live: tuple[Ballot, ...], record: Record) -> Iterator[Finding]:
    for place, times in Counter((ballot.voting, ballot.creditor) for ballot in live).items():
        yield from (Finding("doubled", f"{place} was promised again") for _ in range(times - 1))
    for voting, rows in record.tables.items():
        for creditor, times in Counter(row["creditor"] for row in rows).items():
            yield from (
                Finding("doubled", f"{creditor} stands again in voting {voting}") for _ in range(times - 1)
            )
    for voting, result in record.results.items():
        totals = [total for total in result["totals"] if total["id"] in YES_NO]
        counted, voted = sum(total["creditors"] for total in totals), record.votings[voting]["voted"]
        if counted > voted:
            yield Finding("doubled", f"voting {voting}: {counted} counted, {voted} voted")


def _sums(live: tuple[Ballot, ...], record: Record) -> Iterator[Finding]:
    """Equal to the kopeck where every voter is one of ours; where others vote too, ours are a part of it.

    A voting without its quorum has no totals.
    """
    for voting, result in record.results.items():
        if not result["totals"]:
            continue
        ours: Counter[str] = Counter()
        voters = set()
        for ballot in live:
            if ballot.voting == voting:
                ours.update(ballot.kopecks())
                voters.add(ballot.creditor)
        totals = {total["id"]: int(total["kopecks"]) for total in result["totals"]}
        is_complete = len(voters) == record.votings[voting]["voted"]
        for option in (option["id"] for option in record.questions[result["question"]]["options"]):
            counted, known = totals.get(option, 0), ours[option]
            if counted < known or (is_complete and counted != known):
                yield Finding("sums", f"voting {voting}, {option}: {counted} counted, {known} cast by us")


def _named(ballot: Ballot) -> str:
    return f"voting {ballot.voting}, {ballot.creditor}"
