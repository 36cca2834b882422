"""What the events say of a meeting, as far as a check needs it: registers, questions, votings, live ballots, results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from verifier.archive import Event

CHOICES = frozenset({"ballots_opened", "secured_listed", "paper_read"})
"""Kinds of events that tell how somebody voted: of a closed voting the participants' edition has only their hashes."""


@dataclass(slots=True)
class Voting:
    """`live` is creditor → the event of his ballot that stands; `cast` all of them, annulled ones too."""

    number: int
    question: str
    opened: Mapping[str, Any]
    cast: list[Event] = field(default_factory=list)
    live: dict[str, Event] = field(default_factory=dict)
    closed: Mapping[str, Any] | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    counted: Event | None = None
    recounted: bool = False


@dataclass(slots=True)
class Meeting:
    id: str = ""
    policy: str = "off"
    lines: dict[str, Any] = field(default_factory=dict)
    registers: dict[int, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """Version → the hash that the log gives, and the lines at that moment by creditor."""
    questions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    votings: dict[int, Voting] = field(default_factory=dict)


class Unreadable(Exception):
    """An event does not say what its kind must say."""

    def __init__(self, event: Event) -> None:
        self.event = event
        super().__init__(event.kind)


def read_meeting(events: Iterable[Event]) -> Meeting:
    """Raises Unreadable. Kinds that no check needs are passed over."""
    meeting = Meeting()
    for event in events:
        take = _TAKES.get(event.kind)
        if take is None:
            continue
        try:
            take(meeting, event)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unreadable(event) from None
    return meeting


def _founded(meeting: Meeting, event: Event) -> None:
    meeting.id = event.said["meeting"]
    meeting.policy = event.said["signature_policy"]


def _part_added(meeting: Meeting, event: Event) -> None:
    meeting.lines.update({line["id"]: line for line in event.said["lines"]})


def _fixed(meeting: Meeting, event: Event) -> None:
    meeting.registers[event.said["version"]] = (event.said["register_sha256"], dict(meeting.lines))


def _corrected(meeting: Meeting, event: Event) -> None:
    line = event.said["line"]
    meeting.lines[line["id"]] = line
    _fixed(meeting, event)


def _question(meeting: Meeting, event: Event) -> None:
    meeting.questions[event.said["id"]] = event.said


def _opened(meeting: Meeting, event: Event) -> None:
    number = event.said["voting"]
    meeting.votings[number] = Voting(number, event.said["question"], event.said)


def _cast(meeting: Meeting, event: Event) -> None:
    voting = meeting.votings[event.said["voting"]]
    voting.cast.append(event)
    voting.live[event.said["creditor"]] = event


def _paper(meeting: Meeting, event: Event) -> None:
    meeting.votings[event.said["voting"]].live[event.said["creditor"]] = event


def _annulled(meeting: Meeting, event: Event) -> None:
    del meeting.votings[event.said["voting"]].live[event.said["creditor"]]


def _closed(meeting: Meeting, event: Event) -> None:
    meeting.votings[event.said["voting"]].closed = event.said


def _choices(meeting: Meeting, event: Event) -> None:
    if event.body is not None:
        meeting.votings[event.said["voting"]].choices.update(event.said["choices"])


def _counted(meeting: Meeting, event: Event) -> None:
    meeting.votings[event.said["voting"]].counted = event


_TAKES = {
    "meeting_founded": _founded,
    "register_part_added": _part_added,
    "register_fixed": _fixed,
    "register_corrected": _corrected,
    "question_added": _question,
    "voting_opened": _opened,
    "ballot_cast": _cast,
    "paper_received": _paper,
    "ballot_annulled": _annulled,
    "voting_closed": _closed,
    "ballots_opened": _choices,
    "voting_counted": _counted,
}
