"""Whose authorities will not do on the day of the meeting: of those who have signed a test ballot, told by authority."""

from collections.abc import Mapping

from app.meetings.joins import Texts, person_name
from app.meetings.model import Meeting
from app.meetings.readiness import expected
from app.meetings.view_types import AuthorityRow, TrustOutlook
from app.signatures.outlook import Outlook


def trust_outlook(meeting: Meeting, texts: Texts, found: Mapping[str, Outlook]) -> TrustOutlook:
    """Whoever has not tried yet is told so by the readiness; of an authority that nobody uses nothing is said."""
    participants: dict[str, list[str]] = {}
    for person in expected(meeting):
        trial = meeting.trials.get(person.id)
        if trial is not None and trial.issuer and trial.issuer in found:
            participants.setdefault(trial.issuer, []).append(person_name(meeting, texts, person.id))
    rows = [row_of(issuer, found[issuer], names) for issuer, names in sorted(participants.items())]
    return TrustOutlook(rows)


def row_of(issuer: str, wrong: Outlook, participants: list[str]) -> AuthorityRow:
    until_ms = None if wrong.until is None else int(wrong.until.timestamp() * 1000)
    return AuthorityRow(issuer, wrong.reason, until_ms, sorted(participants))
