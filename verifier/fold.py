"""The log read as a meeting: every event must follow from those before it; one that does not is named and left out."""

from collections.abc import Callable, Iterable, Mapping

from tally import TallyError
from verifier import codes, doubts, founding, voting
from verifier.archive import Event
from verifier.chain import REDACTED, RESTORED, place
from verifier.finding import Findings
from verifier.meeting import Contradiction, Meeting, must
from verifier.texts import VOTING_PLACE

FOUNDED = "meeting_founded"
QUIET = frozenset([REDACTED, RESTORED, "receipt_without_record", "signing_tried"])
"""Kinds that change nothing of what is checked here."""

TAKES: Mapping[str, Callable[[Meeting, Event], None]] = {
    FOUNDED: founding.founded,
    "register_part_added": founding.part_added,
    "register_fixed": founding.fixed,
    "register_corrected": founding.corrected,
    "question_added": founding.question_added,
    "persons_admitted": founding.persons_admitted,
    "phone_changed": codes.phone_changed,
    "meeting_convened": founding.convened,
    "meeting_opened": founding.opened,
    "recess_called": founding.recess_called,
    "meeting_resumed": founding.resumed,
    "meeting_postponed": founding.postponed,
    "meeting_cancelled": founding.cancelled,
    "meeting_failed": founding.failed,
    "meeting_ended": founding.ended,
    "question_withdrawn": founding.question_removed,
    "question_barred": founding.question_removed,
    "question_without_quorum": founding.without_quorum,
    "creditors_registered": founding.registered,
    "creditors_left": founding.left,
    "electorate_fixed": voting.electorate_fixed,
    "voting_opened": voting.opened,
    "ballot_cast": voting.cast,
    "paper_received": voting.paper,
    "ballot_annulled": voting.annulled,
    "ballot_missed": voting.missed,
    "owner_doubted": doubts.doubted,
    "owner_reviewed": doubts.reviewed,
    "ballots_damaged": doubts.damaged,
    "damaged_set_aside": doubts.set_aside,
    "revocations_settled": doubts.settled,
    "minutes_hurried": doubts.hurried,
    "voting_prolonged": voting.prolonged,
    "voting_stopped": voting.stopped,
    "voting_closed": voting.closed,
    "voting_cancelled": voting.cancelled,
    "seal_destroyed": voting.seal_destroyed,
    "paper_read": voting.paper_read,
    "ballots_opened": voting.choices_opened,
    "secured_listed": voting.secured_listed,
    "voting_counted": voting.counted,
}


def read_meeting(events: Iterable[Event], findings: Findings) -> Meeting:
    """What this edition hides is passed over."""
    meeting = Meeting()
    for event in events:
        if event.kind in QUIET or event.body is None:
            continue
        try:
            _take(meeting, event)
        except Contradiction as wrong:
            findings.fault(wrong.code, place(event), wrong.details)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, TallyError):
            findings.fault("event_unreadable", place(event))
    for each in meeting.votings.values():
        if each.state not in ("counted", "cancelled"):
            findings.note("voting_uncounted", VOTING_PLACE.format(voting=each.number))
        for creditor in doubts.unreviewed(each, meeting):
            findings.note("review_absent", VOTING_PLACE.format(voting=each.number), creditor)
    return meeting


def _take(meeting: Meeting, event: Event) -> None:
    must(event.kind in TAKES, "kind_unknown")
    must(bool(meeting.id) or event.kind == FOUNDED, "founded_late")
    TAKES[event.kind](meeting, event)
