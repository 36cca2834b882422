"""Counts: the input is what the log says and nothing else, and the law makes of it what the log recorded."""

from collections.abc import Mapping
from typing import Any

from tally import Attendance, Ballot, TallyError, TallyResult, to_json
from tally.case import count_case, read_case
from verifier.archive import BALLOT, COUNT, Archive
from verifier.finding import Findings
from verifier.law import context_of, line_of, tally_question
from verifier.meeting import Meeting, Voting
from verifier.strict_json import loads
from verifier.texts import VOTING_PLACE

CONTEXT = ("id", "procedure", "form", "repeated", "deadline", "question")
KEYS = frozenset([*CONTEXT, "register", "attendance", "ballots"])
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
            if given.keys() != KEYS:
                findings.fault("count_unreadable", path, "its keys")
                continue
            (result,) = count_case(read_case(given)).values()
        except (TallyError, ValueError, AttributeError, RecursionError) as error:
            findings.fault("count_unreadable", path, str(error))
            continue
        _input_is_the_logs(archive, meeting, voting, given, findings)
        is_closed = meeting.questions[voting.question]["secrecy"] == "closed"
        _result_is_recorded(voting, result, is_closed, findings)
        voting.recounted = True
        findings.add("counts")


def _without_input(archive: Archive, meeting: Meeting, voting: Voting, path: str, findings: Findings) -> None:
    if meeting.questions[voting.question]["secrecy"] == "closed" and not archive.is_full:
        findings.note("count_hidden", VOTING_PLACE.format(voting=voting.number))
    else:
        findings.fault("count_missing", path)


# --- the input ----------------------------------------------------------------------------------------------------


def _input_is_the_logs(
    archive: Archive, meeting: Meeting, voting: Voting, given: Mapping[str, Any], findings: Findings
) -> None:
    """Equal to what is built here from the events alone, key by key; and the ballots' bytes say the same."""
    place = VOTING_PLACE.format(voting=voting.number)
    differing = [name for name, value in _context(meeting, voting).items() if given[name] != value]
    if differing:
        findings.fault("count_context", place, ", ".join(differing))
    if _sorted(given["register"], "id") != _register(meeting, voting):
        findings.fault("count_register", place)
    if _sorted(given["attendance"], "participant") != _attendance(voting):
        findings.fault("count_attendance", place)
    counted = {ballot["creditor"]: ballot for ballot in given["ballots"]}
    if counted.keys() != voting.live.keys() or counted.keys() != voting.choices.keys():
        findings.fault("count_ballots", place)
        return
    for creditor, event in voting.live.items():
        _ballot_is_the_logs(voting, counted[creditor], findings)
        if creditor in voting.set_aside:
            if _mark(voting.choices[creditor]) != ([], None):
                findings.fault("damaged_counted", place, creditor)
            continue
        content = archive.files.get(BALLOT.format(pos=event.pos))
        if content is not None and _mark(voting.choices[creditor]) != _mark_of(content):
            findings.fault("ballot_says_other", BALLOT.format(pos=event.pos))


def _context(meeting: Meeting, voting: Voting) -> dict[str, Any]:
    """Procedure, form and deadline of the meeting and the question as it was put to the vote."""
    question = meeting.questions[voting.question]
    closed = voting.closed or {}
    return {
        "id": question["number"],
        **to_json(context_of(meeting, closed.get("admit_until"))),
        "question": to_json(tally_question(question)),
    }


def _register(meeting: Meeting, voting: Voting) -> list[Any]:
    """Lines of the version that the voting was opened by."""
    _, lines = meeting.registers[voting.opened["register_version"]]
    return _sorted([to_json(line_of(said)) for said in lines.values()], "id")


def _attendance(voting: Voting) -> list[Any]:
    creditors: dict[str, list[str]] = {}
    for creditor, presence in sorted(voting.present.items()):
        creditors.setdefault(presence.participant, []).append(creditor)
    return [to_json(Attendance(who, tuple(names))) for who, names in sorted(creditors.items())]


def _ballot_is_the_logs(voting: Voting, given: Mapping[str, Any], findings: Findings) -> None:
    """No ballot is marked unsigned or corrected: such ones the server does not accept."""
    creditor, place = given["creditor"], VOTING_PLACE.format(voting=voting.number)
    choices, distribution = _mark(voting.choices[creditor])
    received_at = voting.live[creditor].said["received_at"]
    if _mark(given) != (choices, distribution):
        findings.fault("count_choice", place, creditor)
    if given["received_at"] != received_at:
        findings.fault("count_moment", place, creditor)
    plain = to_json(Ballot(creditor))
    marks = ("choices", "distribution", "received_at")
    if any(given.get(name) != value for name, value in plain.items() if name not in marks):
        findings.fault("count_flags", place, creditor)


def _sorted(lines: list[Any], name: str) -> list[Any]:
    return sorted(lines, key=lambda line: str(line[name]))


def _mark_of(content: bytes) -> tuple[Any, Any]:
    return _mark(loads(content))


def _mark(said: Mapping[str, Any]) -> tuple[Any, Any]:
    """Choices in any order; votes as integers."""
    distribution = said.get("distribution")
    given = None if distribution is None else {name: int(votes) for name, votes in distribution.items()}
    return sorted(said.get("choices") or ()) if given is None else (), given


# --- the result ---------------------------------------------------------------------------------------------------


def _result_is_recorded(voting: Voting, result: TallyResult, is_closed: bool, findings: Findings) -> None:
    """Every figure of the law's own result, why a ballot is invalid, who of the secured was not for.

    The hash of a closed voting's input is recorded by earlier releases only: the choices could be found by trying.
    """
    place = VOTING_PLACE.format(voting=voting.number)
    recorded = voting.counted.said if voting.counted else {}
    ours = figures_of(result)
    if is_closed and recorded.get("input_sha256") == "":
        del ours["input_sha256"]
    differing = [name for name, value in ours.items() if name not in recorded or recorded[name] != value]
    extra = recorded.keys() - ours.keys() - {"voting", "seal_secret", "input_sha256"}
    if differing or extra:
        findings.fault("result_differs", place, ", ".join([*differing, *sorted(extra)]))
    grounds = {c: said["ground"] for c, said in voting.choices.items() if "ground" in said}
    if grounds != dict(result.grounds) or voting.secured != list(result.secured_not_for):
        findings.fault("grounds_differ", place)


def figures_of(result: TallyResult) -> dict[str, Any]:
    """As the server writes a result: kopecks as texts."""
    share, needed, quorum = result.share_for, result.requirement, result.quorum
    return {
        "held": quorum.held if quorum else None,
        "quorum_rule": quorum.rule if quorum else None,
        "present_kopecks": str(quorum.present_kopecks) if quorum else None,
        "total_kopecks": str(quorum.total_kopecks) if quorum else None,
        "totals": {mark: str(kopecks) for mark, kopecks in (result.totals or {}).items()},
        "candidates": {name: str(kopecks) for name, kopecks in result.candidates.items()},
        "denominator_kopecks": str(result.denominator_kopecks) if needed else None,
        "share": f"{share.numerator}/{share.denominator}" if share is not None else None,
        "threshold": [needed.threshold.numerator, needed.threshold.denominator] if needed else None,
        "adopted": result.adopted,
        "outcome": result.outcome,
        "chosen": [result.chosen] if result.chosen is not None else list(result.elected),
        "tied": list(result.tied),
        "unfilled_seats": result.unfilled_seats,
        "single_creditor": result.single_creditor,
        "article": result.article,
        "explanation": result.explanation_ru,
        "profile_version": result.profile_version,
        "input_sha256": result.input_hash,
    }
