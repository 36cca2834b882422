"""What is no fault but what a court asks about: annulments, prolongations, corrections, lost history, votes not saved."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from verifier.archive import ANSWERS, Archive, Event
from verifier.chain import RESTORED, place
from verifier.finding import Findings
from verifier.strict_json import loads
from verifier.texts import DECIDED

Said = Mapping[str, Any]

ASKED: Mapping[str, Callable[[Said], str]] = {
    RESTORED: lambda said: str(said["pos"]),
    "receipt_without_record": lambda said: f"{said['person']}, {said['pos']}",
    "ballot_missed": lambda said: f"{said['voting']}: {', '.join(said['creditors'])}",
    "ballot_annulled": lambda said: f"{said['voting']}: {said['creditor']}",
    "owner_reviewed": lambda said: f"{said['person']}, {said['thumbprint']}: {DECIDED[said['accepted']]}",
    "ballots_damaged": lambda said: (
        f"{said['voting']}: {', '.join(one['creditor'] for one in said['ballots'])}"
    ),
    "damaged_set_aside": lambda said: f"{said['voting']}: {said['creditor']}",
    "minutes_hurried": lambda said: str(said["ballots"]),
    "voting_prolonged": lambda said: str(said["voting"]),
    "voting_stopped": lambda said: str(said["voting"]),
    "voting_cancelled": lambda said: str(said["voting"]),
    "register_corrected": lambda said: said["line"]["id"],
    "phone_changed": lambda said: str(said["person"]),
    "question_withdrawn": lambda said: str(said["question"]),
    "question_barred": lambda said: str(said["question"]),
    "meeting_postponed": lambda said: "",
}
"""Kind → what its note names; the kind is the code of the note."""


INCIDENTS = frozenset(ASKED) | {
    "closing_uncertain",
    "revoked_later",
    "review_absent",
    "damaged_readable",
    "deferred",
    "list_missing",
    "list_stale",
    "list_invalid",
    "settled_unproved",
    "voting_uncounted",
    "redacted",
    "redacted_elsewhere",
    "refused",
}
"""Codes of notes on what went otherwise at the meeting than a court may suppose."""


def note_asked(events: Sequence[Event], findings: Findings) -> None:
    for event in events:
        if event.kind in ASKED:
            findings.note(event.kind, place(event), ASKED[event.kind](event.said))
        elif event.kind == "voting_closed":
            _note_closing(event, findings)
        elif event.kind == "revocations_settled":
            for one in event.said["ballots"]:
                if one["found"] == "revoked":
                    told = f"{one['voting']}: {one['creditor']}"
                    findings.note("revoked_later", place(event), told)


def _note_closing(event: Event, findings: Findings) -> None:
    """Not every worker had answered, or one was gone, or was slow: votes that came in time may be missing."""
    said = event.said
    troubles = {name: said[name] for name in ("undrained", "workers_lost") if said[name]}
    if troubles:
        told = ", ".join(f"{name} {number}" for name, number in troubles.items())
        findings.note("closing_uncertain", place(event), f"{said['voting']}: {told}")


def note_refused(archive: Archive, findings: Findings) -> None:
    """Commands that the server refused, by the code of the refusal; lines that cannot be read are named elsewhere."""
    codes: Counter[str] = Counter()
    for line in archive.lines(ANSWERS):
        try:
            given = loads(line)
        except ValueError:
            continue
        if isinstance(given, dict) and given.get("ok") is False:
            codes[str(given.get("code"))] += 1
    if codes:
        told = ", ".join(f"{code} × {number}" for code, number in codes.most_common())
        findings.note("refused", ANSWERS, told)
