"""Revocation looked at later: a vote stands while the lists of revoked certificates are in trouble, and is settled afterwards.

`recheck` is the service's own: it says what the verifier found for the ballots whose check was deferred.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from app.kernel.clock import Micros
from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private
from app.meetings.commands import HurryMinutes
from app.meetings.examined import SignatureFacts
from app.meetings.model import Ballot, Hurry, Meeting, Voting
from app.meetings.refusals import MinutesNotReady, NothingAwaited
from app.meetings.voting import with_voting

Found = Literal["checked", "revoked"]
REVOCATIONS = "revocations"
"""A timer that never fires: its row says that the meeting has deferred ballots, so that no restart forgets them."""
NEVER: Micros = 2**62
MINUTES_WAIT: Micros = 24 * 3600 * 1_000_000
"""After the end: the law gives days to the minutes, and an authority may never publish its list again."""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """`pos` is the event of the ballot; `trust_version` names what it was looked up in."""

    voting: int
    creditor: str
    pos: int
    found: Found
    trust_version: str


@dataclass(frozen=True, slots=True)
class SettleRevocations:
    """At most 200 at a time."""

    rechecked: tuple[Rechecked, ...]


def deferred_ballots(meeting: Meeting) -> Iterator[tuple[Voting, Ballot]]:
    """Of a cancelled voting nobody asks."""
    for voting in meeting.votings.values():
        if voting.state == "cancelled":
            continue
        yield from ((voting, ballot) for ballot in deferred_in(voting))


def deferred_in(voting: Voting) -> Iterator[Ballot]:
    """A ballot that is counted without waits for nothing."""
    for creditor, ballot in voting.ballots.items():
        is_deferred = ballot.signed is not None and ballot.signed.revocation == "deferred"
        if is_deferred and not voting.counts_without(creditor):
            yield ballot


def revoked_in(voting: Voting) -> Iterator[Ballot]:
    """Live ballots whose certificates were found revoked; each counts as it did."""
    for ballot in voting.ballots.values():
        if ballot.signed is not None and ballot.signed.revocation == "revoked":
            yield ballot


def settle_revocations(meeting: Meeting, actor: str, command: SettleRevocations, facts: Facts) -> Decision:
    """Also after the meeting has ended: it keeps a record and changes no count. What is settled already is left alone.

    With nothing left to settle the mark of a waiting meeting goes.
    """
    waiting = {(voting.number, ballot.creditor, ballot.pos) for voting, ballot in deferred_ballots(meeting)}
    found = {
        (one.voting, one.creditor, one.pos): {
            "voting": one.voting,
            "creditor": one.creditor,
            "pos": one.pos,
            "found": one.found,
            "trust_version": one.trust_version,
        }
        for one in command.rechecked
        if (one.voting, one.creditor, one.pos) in waiting
    }
    if waiting and not found:
        return Decision()
    timers = {} if waiting - found.keys() else {REVOCATIONS: None}
    body = {"ballots": list(found.values())}
    return Decision((NewEvent("revocations_settled", body, version=2, timers=timers),))


def hurry_minutes(meeting: Meeting, actor: str, command: HurryMinutes, facts: Facts) -> Decision:
    """The organizer does not wait for the lists; what stays unchecked is named in the minutes, with his reason."""
    if not meeting.is_over:
        raise MinutesNotReady
    waiting = sum(1 for _ in deferred_ballots(meeting))
    if not waiting or meeting.hurried is not None:
        raise NothingAwaited
    reason = Private(f"meeting:{meeting.id}", {"reason": command.reason})
    return Decision((NewEvent("minutes_hurried", {"ballots": waiting}, private=(reason,)),))


def waits_until(meeting: Meeting) -> Micros | None:
    """When the minutes are written though lists are missing; None: no longer, or the meeting is not over."""
    if meeting.ended_at is None or meeting.hurried is not None:
        return None
    return meeting.ended_at + MINUTES_WAIT


def awaited(meeting: Meeting, signatures: Iterable[SignatureFacts | None]) -> Mapping[str, Micros | None]:
    """The mark of a waiting meeting, by its first deferred ballot only: a timer that two commands touch parts their batch."""
    is_deferred = any(one is not None and one.revocation == "deferred" for one in signatures)
    return {REVOCATIONS: NEVER} if is_deferred and not any(deferred_ballots(meeting)) else {}


def on_minutes_hurried(meeting: Meeting, event: Event) -> Meeting:
    return replace(meeting, hurried=Hurry(event.at, event.body["ballots"], (event.pos, 0)))


def on_revocations_settled(meeting: Meeting, event: Event) -> Meeting:
    """Version 2 names the trust that was asked, for whoever checks the log: of no use to the state."""
    for one in event.body["ballots"]:
        voting = meeting.votings[one["voting"]]
        ballot = voting.ballots.get(one["creditor"])
        if ballot is None or ballot.signed is None or ballot.pos != one["pos"]:
            continue
        settled = replace(ballot, signed=replace(ballot.signed, revocation=one["found"]))
        meeting = with_voting(meeting, replace(voting, ballots={**voting.ballots, ballot.creditor: settled}))
    return meeting
