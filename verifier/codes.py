"""Ballots signed by codes from an SMS: what the log says of each must agree with its ballots; nothing here proves who typed it."""

from collections import defaultdict
from collections.abc import Iterator

from tally.digest import sha256_of
from verifier.archive import EVENTS, Event
from verifier.chain import place
from verifier.finding import Findings
from verifier.meeting import DESK, Meeting, must

LIFETIME = 300_000_000
"""Microseconds from the sending of a code to the last moment of its ballots."""
OFFSET = 2_000_000
"""So far two workers' clocks may be apart before the server stops stamping."""


def phone_changed(meeting: Meeting, event: Event) -> None:
    """By the desk, while nothing that the person signed by a code stands, or stood, in a running voting."""
    person = event.said["person"]
    running = (voting for voting in meeting.votings.values() if voting.is_running)
    has_signed = any(
        cast.said["person"] == person and cast.said.get("code") for voting in running for cast in voting.cast
    )
    is_due = meeting.policy == "simple" and not meeting.is_over and not has_signed
    must(is_due and meeting.role_of(person) == "participant", "phone_course", person)
    meeting.phones.setdefault(person, []).append(event)
    must(meeting.role_of(event.actor) in DESK, "actor_without_right", event.actor)


def check_codes(meeting: Meeting, findings: Findings) -> None:
    together: dict[tuple[str, str | None], list[Event]] = defaultdict(list)
    for voting in meeting.votings.values():
        for event in voting.cast:
            together[event.actor, event.command].append(event)
    for events in together.values():
        hashes = sha256_of(sorted(event.said["ballot_sha256"] for event in events))
        for event in events:
            _is_theirs(meeting, event, hashes, findings)
    if meeting.policy == "simple":
        findings.note("simple_only", EVENTS)


def _is_theirs(meeting: Meeting, event: Event, hashes: str, findings: Findings) -> None:
    """Sent for exactly the ballots of this command, not long before them."""
    code = event.said.get("code")
    if code is None:
        return
    if meeting.policy != "simple":
        findings.fault("code_unexpected", place(event))
    elif code["ballots_sha256"] != hashes:
        findings.fault("code_of_others", place(event))
    elif not 0 <= event.said["received_at"] - code["sent_at"] < LIFETIME:
        findings.fault("code_untimely", place(event))
    elif any(code["sent_at"] < changed.at - OFFSET for changed in _earlier_changes(meeting, event)):
        findings.fault("code_of_former_phone", place(event))
    else:
        findings.add("codes")


def _earlier_changes(meeting: Meeting, ballot: Event) -> Iterator[Event]:
    changes = meeting.phones.get(ballot.said["person"], ())
    return (changed for changed in changes if changed.pos < ballot.pos)
