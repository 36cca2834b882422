"""Asking for a code: what it is bound to comes from the participant, where it is sent from the meeting's own record.

The participant sends the hashes of his ballots, never a choice: each ballot has 128 random bits, so its hash tells nothing.
"""

from dataclasses import dataclass
from functools import partial

from app.kernel.clock import millis
from app.kernel.errors import Forbidden
from app.meetings.joins import Texts, phone_of, text_of
from app.meetings.model import Meeting, Person
from app.meetings.phones import masked
from app.meetings.refusals import NoPhone, SignatureNotExpected, VotingNotOpen
from app.meetings.service import Meetings
from app.meetings.texts.live import CODE_MESSAGE
from app.meetings.texts.words import GONE
from app.meetings.voting import voting_of
from app.signatures.codes import Bound, Codes


@dataclass(frozen=True, slots=True)
class SentCode:
    """Times are milliseconds UTC; before `again_at_ms` no other code is sent for the same ballots."""

    phone: str
    expires_at_ms: int
    again_at_ms: int


class MeetingCodes:
    """Callers have checked that the person is a participant of the meeting."""

    def __init__(self, meetings: Meetings, codes: Codes) -> None:
        self._meetings = meetings
        self._codes = codes

    async def send(self, meeting: str, person: str, voting: int, ballots: tuple[str, ...]) -> SentCode:
        """`ballots` are SHA-256 of their bytes. Raises SignatureNotExpected, VotingNotOpen, Forbidden, NoPhone, CodeTooOften, CodeNotSent."""
        source = await self._meetings.source(meeting)
        must_take_codes(source.meeting, voting)
        known = participant_of(source.meeting, person)
        phone = phone_of(source.texts, known)
        if phone is None:
            raise NoPhone
        text = partial(message, source.meeting, source.texts, voting)
        sent = await self._codes.send(Bound(meeting, voting, person, known.phone, ballots), phone, text)
        return SentCode(masked(phone), millis(sent.expires_at), millis(sent.again_at))


def must_take_codes(meeting: Meeting, number: int) -> None:
    voting = voting_of(meeting, number)
    if meeting.the_card.signature_policy != "simple":
        raise SignatureNotExpected
    if not voting.running:
        raise VotingNotOpen(voting=number, state=voting.state)


def participant_of(meeting: Meeting, person: str) -> Person:
    """Raises Forbidden."""
    known = meeting.persons.get(person)
    if known is None:
        raise Forbidden
    return known


def message(meeting: Meeting, texts: Texts, number: int, code: str) -> str:
    """Nothing in it depends on what was chosen."""
    question = meeting.questions[meeting.votings[number].question]
    case = text_of(texts, meeting.the_card.text).get("case_no", GONE)
    return CODE_MESSAGE.format(code=code, number=question.number, case=case)
