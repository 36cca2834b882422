"""Counts: the input is that of the log and of the ballots, and the law makes of it what the log recorded."""

from collections.abc import Mapping
from typing import Any

from tally import TallyError, TallyResult
from tally.case import Case, count_case, read_case
from tally.digest import sha256_of
from verifier.archive import BALLOT, COUNT, Archive
from verifier.finding import Findings
from verifier.meeting import Meeting, Voting
from verifier.strict_json import loads
from verifier.texts import VOTING_PLACE

RECORDED = ("adopted", "outcome", "article", "profile_version", "single_creditor", "unfilled_seats")
KEYS = frozenset(
    ["id", "procedure", "form", "repeated", "deadline", "question", "register", "attendance", "ballots"]
)
"""The server leaves out nothing that has a default."""


def check_counts(archive: Archive, meeting: Meeting, findings: Findings) -> None:
    for voting in meeting.votings.values():
        if voting.counted is None:
            continue
        path = COUNT.format(voting=voting.number)
        try:
            given = archive.json(path)
            if given is None:
                _without_input(archive, meeting, voting, path, findings)
                continue
            if given.keys() != KEYS or given["id"] != meeting.questions[voting.question]["number"]:
                findings.fault("count_unreadable", path, "its keys or its number")
                continue
            case = read_case(given)
            (result,) = count_case(case).values()
        except (TallyError, ValueError, RecursionError) as error:
            findings.fault("count_unreadable", path, str(error))
            continue
        _input_is_the_logs(archive, meeting, voting, case, given, findings)
        _result_is_recorded(voting, result, findings)
        voting.recounted = True
        findings.add("counts")


def _without_input(archive: Archive, meeting: Meeting, voting: Voting, path: str, findings: Findings) -> None:
    if meeting.questions[voting.question]["secrecy"] == "closed" and not archive.is_full:
        findings.note("count_hidden", VOTING_PLACE.format(voting=voting.number))
    else:
        findings.fault("count_missing", path)


def _input_is_the_logs(
    archive: Archive,
    meeting: Meeting,
    voting: Voting,
    case: Case,
    given: Mapping[str, Any],
    findings: Findings,
) -> None:
    """Register, journal, deadline and every choice of the input stand in the log, and the ballots say the same."""
    place = VOTING_PLACE.format(voting=voting.number)
    if _register_hash(given["register"]) != voting.opened["register_sha256"]:
        findings.fault("count_register", place)
    present = {creditor: line.participant for line in case.attendance for creditor in line.creditors}
    closed = voting.closed or {}
    if sha256_of(present) != closed.get("attendance_sha256"):
        findings.fault("count_attendance", place)
    counted = {ballot.creditor: ballot for ballot in case.asked.ballots}
    if counted.keys() != voting.live.keys() or counted.keys() != voting.choices.keys():
        findings.fault("count_ballots", place)
        return
    for creditor, event in voting.live.items():
        ballot = counted[creditor]
        mark = _mark(ballot.choices, ballot.distribution)
        said = voting.choices[creditor]
        content = archive.files.get(BALLOT.format(pos=event.pos))
        if mark != _mark(said.get("choices", ()), said.get("distribution")):
            findings.fault("count_choice", place, creditor)
        elif content is not None and mark != _mark_of(content):
            findings.fault("ballot_says_other", BALLOT.format(pos=event.pos))
        if ballot.received_at != event.said["received_at"]:
            findings.fault("count_moment", place, creditor)


def _register_hash(lines: list[dict[str, Any]]) -> str:
    """As the log writes it: sorted by creditor, kopecks as strings."""
    written = [
        {key: str(value) if key.endswith("_kopecks") else value for key, value in line.items()}
        for line in sorted(lines, key=lambda line: str(line["id"]))
    ]
    return sha256_of(written)


def _mark_of(content: bytes) -> tuple[Any, Any]:
    ballot = loads(content)
    return _mark(ballot["choices"] or (), ballot["distribution"])


def _mark(choices: Any, distribution: Mapping[str, Any] | None) -> tuple[Any, Any]:
    """Choices in any order; votes as integers."""
    given = None if distribution is None else {name: int(votes) for name, votes in distribution.items()}
    return sorted(choices) if given is None else (), given


def _result_is_recorded(voting: Voting, result: TallyResult, findings: Findings) -> None:
    """Every figure of the law's own result, and the hash of what was counted."""
    recorded = voting.counted.said if voting.counted else {}
    quorum = result.quorum
    ours: dict[str, Any] = {
        **{name: getattr(result, name) for name in RECORDED},
        "input_sha256": result.input_hash,
        "explanation": result.explanation_ru,
        "totals": {mark: str(kopecks) for mark, kopecks in (result.totals or {}).items()},
        "candidates": {name: str(kopecks) for name, kopecks in result.candidates.items()},
        "chosen": [result.chosen] if result.chosen is not None else list(result.elected),
        "tied": list(result.tied),
        "held": quorum.held if quorum else None,
        "present_kopecks": str(quorum.present_kopecks) if quorum else None,
        "total_kopecks": str(quorum.total_kopecks) if quorum else None,
    }
    differing = [name for name, value in ours.items() if recorded.get(name) != value]
    if differing:
        findings.fault("result_differs", VOTING_PLACE.format(voting=voting.number), ", ".join(differing))
