"""Manual review of a signer: another name with an equal СНИЛС, a changed surname most often, never passes silently.

Such a vote is accepted and receipted at once, for the number is the person's for life. It is not counted before the
organizer has looked at the papers and said, with a reason, that it is the same person or that it is not; before the
count nobody knows the choice, so that the decision cannot depend on it. One decision covers the certificate: all
ballots under it in votings that are not counted, and later ones.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from app.kernel.clock import Micros
from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private
from app.meetings.agenda import is_all_read, review_key
from app.meetings.commands import ReviewOwner
from app.meetings.examined import Examined, SignatureFacts
from app.meetings.model import Annulled, Ballot, Meeting, Person, Review, Reviewed, Voting
from app.meetings.refusals import MeetingIsOver, NothingToReview
from app.meetings.voting import parent_is_settled, with_voting


def doubted(meeting: Meeting, person: Person, ballots: Iterable[Examined]) -> Iterator[NewEvent]:
    """An event for each certificate in another name that is met for the first time; it stands before its ballots."""
    seen = set(meeting.reviews)
    for signature in (ballot.signature for ballot in ballots):
        if signature is None or signature.owner_match != "review":
            continue
        key = review_key(person.id, signature.thumbprint)
        if key not in seen:
            seen.add(key)
            yield owner_doubted(person, signature)


def owner_doubted(person: Person, signature: SignatureFacts) -> NewEvent:
    body = {"person": person.id, "thumbprint": signature.thumbprint, "serial": signature.serial}
    name = Private(person.id, {"certificate_name": signature.owner_name})
    return NewEvent("owner_doubted", body, private=(name,))


def is_rejected(meeting: Meeting, person: Person, signature: SignatureFacts) -> bool:
    review = meeting.reviews.get(review_key(person.id, signature.thumbprint))
    return review is not None and review.accepted is False


def review_owner(meeting: Meeting, actor: str, command: ReviewOwner, facts: Facts) -> Decision:
    """Also after a voting has closed, until its count. What is rejected frees its place: while the voting is open
    another certificate may sign; later the ballot is only listed."""
    key = review_key(command.person, command.thumbprint)
    review = reviewable(meeting, key, command)
    removed = () if command.accept else tuple(uncounted_ballots(meeting, review))
    event = NewEvent(
        "owner_reviewed",
        {"person": review.person, "thumbprint": review.thumbprint, "accepted": command.accept},
        private=(Private(f"meeting:{meeting.id}", {"reason": command.reason}),),
        frees=tuple((voting.number, ballot.creditor) for voting, ballot in removed),
        timers=count_timers(settled(meeting, key), facts.now),
    )
    return Decision((event,))


def reviewable(meeting: Meeting, key: str, command: ReviewOwner) -> Review:
    """Whose ballot was counted by an acceptance is that person to the end: his choice there may be known by now."""
    if meeting.is_over:
        raise MeetingIsOver
    review = meeting.reviews.get(key)
    if (
        review is None
        or review.accepted is command.accept
        or (review.accepted and is_counted(meeting, review))
    ):
        raise NothingToReview(person=command.person)
    return review


def is_counted(meeting: Meeting, review: Review) -> bool:
    votings = (voting for voting in meeting.votings.values() if voting.state == "counted")
    return any(is_under(ballot, review) for voting in votings for ballot in voting.ballots.values())


def uncounted_ballots(meeting: Meeting, review: Review) -> Iterator[tuple[Voting, Ballot]]:
    """Under this certificate, of this person, in votings whose choices nobody knows yet."""
    for voting in meeting.votings.values():
        if voting.unfinished:
            yield from ((voting, ballot) for ballot in voting.ballots.values() if is_under(ballot, review))


def is_under(ballot: Ballot, review: Review) -> bool:
    signed = ballot.signed
    return (
        ballot.person == review.person
        and signed is not None
        and (signed.thumbprint, signed.owner_match) == (review.thumbprint, "review")
    )


def settled(meeting: Meeting, key: str) -> Meeting:
    """Nothing under this certificate waits any more."""
    return replace(meeting, reviews={other: one for other, one in meeting.reviews.items() if other != key})


def count_timers(meeting: Meeting, now: Micros) -> dict[str, Micros | None]:
    """Closed votings whose count waited for this decision only."""
    return {
        f"count/{voting.number}": now
        for voting in meeting.votings.values()
        if voting.state == "closed"
        and is_all_read(meeting, voting)
        and parent_is_settled(meeting, meeting.questions[voting.question])
    }


# --- what the events mean ----------------------------------------------------------------------------------------


def on_owner_doubted(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    review = Review(body["person"], body["thumbprint"], body["serial"], event.at, (event.pos, 0))
    return with_review(meeting, review)


def on_owner_reviewed(meeting: Meeting, event: Event) -> Meeting:
    body = event.body
    review = meeting.reviews[review_key(body["person"], body["thumbprint"])]
    decided = Reviewed(body["accepted"], event.at, (event.pos, 0))
    removed = () if decided.accepted else tuple(uncounted_ballots(meeting, review))
    for voting, ballot in removed:
        meeting = with_voting(meeting, without(meeting.votings[voting.number], ballot, event))
    return with_review(meeting, replace(review, decisions=(*review.decisions, decided)))


def without(voting: Voting, ballot: Ballot, event: Event) -> Voting:
    """Nor does a count wait any longer for its bytes, if they were damaged."""
    ballots = {creditor: other for creditor, other in voting.ballots.items() if other is not ballot}
    damaged = {creditor: one for creditor, one in voting.damaged.items() if one.pos != ballot.pos}
    annulled = Annulled(ballot, event.at, (event.pos, 0))
    return replace(voting, ballots=ballots, damaged=damaged, annulled=(*voting.annulled, annulled))


def with_review(meeting: Meeting, review: Review) -> Meeting:
    key = review_key(review.person, review.thumbprint)
    return replace(meeting, reviews={**meeting.reviews, key: review})
