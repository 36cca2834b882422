"""Another telephone for the codes of a participant: a wrong number in the contacts must not cost a creditor the vote.

Whoever may change a number could have codes sent to himself. So both numbers, the moment, who did it and why stand in the
log and in the minutes, the person is shown it at once, and nobody's number changes under a ballot that it has signed.
"""

from collections.abc import Iterator
from dataclasses import replace

from app.kernel.errors import NotFound
from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private
from app.meetings.commands import ChangePhone
from app.meetings.model import Ballot, Meeting, Person, PhoneChange
from app.meetings.phones import mobile_of, normal_phone
from app.meetings.refusals import BadPhone, MeetingIsOver, PhoneHasSigned, SignatureNotExpected


def change_phone(meeting: Meeting, actor: str, command: ChangePhone, facts: Facts) -> Decision:
    """Until he has signed in a running voting; afterwards again. The number is in no body, and no code to the old one is good."""
    person = must_be_changeable(meeting, command.person)
    phone = mobile_of(normal_phone(command.phone.strip()))
    if phone is None:
        raise BadPhone
    text = Private(person.id, {"phone": phone, "reason": command.reason})
    return Decision((NewEvent("phone_changed", {"person": person.id}, private=(text,)),))


def must_be_changeable(meeting: Meeting, person: str) -> Person:
    if meeting.is_over:
        raise MeetingIsOver
    if meeting.the_card.signature_policy != "simple":
        raise SignatureNotExpected
    known = meeting.persons.get(person)
    if known is None or known.role != "participant":
        raise NotFound
    if any(
        ballot.person == person and ballot.code_sent_at is not None for ballot in running_ballots(meeting)
    ):
        raise PhoneHasSigned
    return known


def running_ballots(meeting: Meeting) -> Iterator[Ballot]:
    """Annulled ones too: whoever annuls a ballot and changes the number must not vote in its place."""
    for voting in meeting.votings.values():
        if voting.running:
            yield from voting.ballots.values()
            yield from (annulled.ballot for annulled in voting.annulled)


# --- what the event means ----------------------------------------------------------------------------------------


def on_phone_changed(meeting: Meeting, event: Event) -> Meeting:
    person = meeting.persons[event.body["person"]]
    text = (event.pos, 0)
    change = PhoneChange(person.id, event.at, event.actor, person.phone, text)
    persons = {**meeting.persons, person.id: replace(person, phone=text)}
    return replace(meeting, persons=persons, phone_changes=(*meeting.phone_changes, change))
