"""By what the minutes are checked: hashes, the legal profile, how ballots were signed, the head of the log."""

from collections.abc import Iterator

from app.kernel.log.model import Position
from app.meetings.joins import Texts, basis_of
from app.meetings.minutes_row import Row
from app.meetings.model import Meeting
from app.meetings.texts.minutes import MINUTES, MINUTES_FILE, POLICIES


def proof_rows(meeting: Meeting, texts: Texts) -> Iterator[Row]:
    if meeting.registers:
        yield Row(MINUTES["register"], (meeting.register.sha256,))
    yield Row(MINUTES["profile"], (meeting.the_card.profile_version,))
    yield Row(MINUTES["signatures"], (policy_text(meeting),))
    if basis := basis_of(meeting.the_card, texts):
        yield Row(MINUTES["simple_basis"], (basis,))
        yield Row(MINUTES["by_code"], (str(coded_ballots(meeting)),))
        yield Row(MINUTES["phones_changed"], (str(len(meeting.phone_changes)),))
        yield Row(MINUTES["simple_limits"], (MINUTES["simple_limits_text"],))
    yield Row(MINUTES["in_time"], (MINUTES["in_time_text"],))


def policy_text(meeting: Meeting) -> str:
    """How ballots were signed; a certificate of the demonstration authority anywhere marks all."""
    said = POLICIES[meeting.the_card.signature_policy]
    votings = meeting.votings.values()
    is_demo = any(b.signed and b.signed.demo for voting in votings for b in voting.ballots.values())
    return f"{said} ({MINUTES['demo']})" if is_demo else said


def coded_ballots(meeting: Meeting) -> int:
    """Ballots that stand, signed by codes."""
    votings = meeting.votings.values()
    return sum(ballot.code_sent_at is not None for voting in votings for ballot in voting.ballots.values())


def head_rows(head: Position) -> Iterator[Row]:
    yield Row(MINUTES_FILE["head"], (MINUTES_FILE["head_text"].format(head.at),))
    yield Row(MINUTES_FILE["head_mark"], (head.mark.hex(),))
