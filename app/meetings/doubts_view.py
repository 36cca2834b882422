"""What the organizer and the registrar have to look at: signers in another name, unreadable ballots, unchecked lists."""

from collections.abc import Iterator
from itertools import islice

from app.kernel.clock import millis, millis_of
from app.meetings.agenda import doubted_ballots
from app.meetings.joins import Texts, creditor_name, person_name, reason_of, text_of
from app.meetings.memory import Memory
from app.meetings.model import Ballot, Meeting, Review, Voting
from app.meetings.reviews import is_under
from app.meetings.revocation import deferred_in, waits_until
from app.meetings.texts.words import GONE
from app.meetings.view_types import (
    DamagedRow,
    DamagedView,
    DeferredRow,
    DeferredView,
    DoubtedBallot,
    DoubtedOwner,
    DoubtsView,
    View,
)

SHOWN = 200
"""Rows of a view at most; its numbers count everybody."""


def doubt_views(meeting: Meeting, texts: Texts, known: Memory) -> Iterator[tuple[str, View]]:
    """Keys only where there is something to look at."""
    owners = [] if not meeting.reviews else doubted_owners(meeting, texts)
    if owners:
        yield "doubts", DoubtsView(owners)
    damaged = [row for voting in meeting.votings.values() for row in damaged_rows(meeting, texts, voting)]
    if damaged:
        yield "damaged", DamagedView(damaged)
    if meeting.the_card.signature_policy != "off":
        deferred = deferred_view(meeting, texts, known)
        if deferred.ballots:
            yield "deferred", deferred


# --- another name in the certificate ------------------------------------------------------------------------------


def doubted_owners(meeting: Meeting, texts: Texts) -> list[DoubtedOwner]:
    """Those whose ballots wait for a decision; how they voted nobody knows."""
    waiting = [
        (voting, ballot)
        for voting in meeting.votings.values()
        if voting.unfinished
        for ballot in doubted_ballots(meeting, voting)
    ]
    owners = (
        (review, [(v, ballot) for v, ballot in waiting if is_under(ballot, review)])
        for review in meeting.reviews.values()
        if review.accepted is None
    )
    return [doubted_owner(meeting, texts, review, ballots) for review, ballots in owners if ballots]


def doubted_owner(
    meeting: Meeting, texts: Texts, review: Review, ballots: list[tuple[Voting, Ballot]]
) -> DoubtedOwner:
    return DoubtedOwner(
        person=review.person,
        name=person_name(meeting, texts, review.person),
        certificate_name=certificate_name(texts, review),
        thumbprint=review.thumbprint,
        serial=review.serial,
        ballots=[
            DoubtedBallot(
                voting=voting.number,
                number=meeting.questions[voting.question].number,
                creditor=ballot.creditor,
                name=creditor_name(meeting, texts, ballot.creditor),
                received_at_ms=millis(ballot.received_at),
            )
            for voting, ballot in islice(ballots, SHOWN)
        ],
    )


def certificate_name(texts: Texts, review: Review) -> str:
    name: str = text_of(texts, review.text).get("certificate_name", GONE)
    return name


# --- unreadable ballots -------------------------------------------------------------------------------------------


def damaged_rows(meeting: Meeting, texts: Texts, voting: Voting) -> Iterator[DamagedRow]:
    """While the count waits; afterwards the minutes tell."""
    if voting.state != "closed":
        return
    for damage in voting.damaged.values():
        yield DamagedRow(
            voting=voting.number,
            number=meeting.questions[voting.question].number,
            creditor=damage.creditor,
            name=creditor_name(meeting, texts, damage.creditor),
            why=damage.why,
            received_at_ms=millis(voting.ballots[damage.creditor].received_at),
            found_at_ms=millis(damage.at),
            set_aside=reason_of(texts, damage.reason),
        )


# --- lists of revoked certificates -------------------------------------------------------------------------------


def deferred_view(meeting: Meeting, texts: Texts, known: Memory) -> DeferredView:
    """Ballots whose lists are in trouble. A voting's are looked for again only when it changes."""
    votings = [voting for voting in meeting.votings.values() if voting.state != "cancelled"]
    waiting = [(voting, ballot) for voting in votings for ballot in known_deferred(voting, known)]
    hurried = meeting.hurried
    return DeferredView(
        ballots=len(waiting),
        until_ms=millis_of(waits_until(meeting)),
        hurried_at_ms=millis(hurried.at) if hurried else None,
        reason=reason_of(texts, hurried.reason) if hurried else None,
        rows=[
            DeferredRow(
                voting=voting.number,
                number=meeting.questions[voting.question].number,
                creditor=ballot.creditor,
                name=creditor_name(meeting, texts, ballot.creditor),
            )
            for voting, ballot in waiting[:SHOWN]
        ],
    )


def known_deferred(voting: Voting, known: Memory) -> tuple[Ballot, ...]:
    return known.fragment(f"deferred/{voting.number}", (voting,), lambda: tuple(deferred_in(voting)))
