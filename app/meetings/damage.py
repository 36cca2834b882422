"""Stored ballots that the count cannot read: named in the log, waited for, or counted without by the organizer's word.

Nothing is lost silently and nothing goes on by itself: the count of the voting stops, the record says which ballot and
why, and every half a minute it is tried again, for a blob may come back from a copy of the database. Who decides to go
on counts the creditor as taking part with a ballot that says nothing, as a spoiled paper; the voting may be repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.kernel.clock import Micros
from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private
from app.meetings.agenda import is_all_read
from app.meetings.commands import SetAsideDamaged
from app.meetings.model import Damage, DamageKind, Meeting
from app.meetings.refusals import NotDamaged, VotingNotClosed
from app.meetings.voting import parent_is_settled, voting_of, with_voting

NAMED_AT_ONCE = 200
"""Ballots that one event names."""


@dataclass(frozen=True, slots=True)
class ReportDamage:
    """What a worker met when it tried to count: creditor → why. Nobody can send it."""

    voting: int
    found: Mapping[str, DamageKind]


def report_damage(meeting: Meeting, actor: str, command: ReportDamage, facts: Facts) -> Decision:
    """Each ballot is named once; of a voting that is counted already nothing is said."""
    voting = voting_of(meeting, command.voting)
    if voting.state != "closed":
        return Decision()
    new = [
        {"creditor": creditor, "pos": voting.ballots[creditor].pos, "why": why}
        for creditor, why in sorted(command.found.items())
        if creditor in voting.ballots and creditor not in voting.damaged
    ]
    parts = (new[start : start + NAMED_AT_ONCE] for start in range(0, len(new), NAMED_AT_ONCE))
    return Decision(
        tuple(NewEvent("ballots_damaged", {"voting": voting.number, "ballots": part}) for part in parts)
    )


def set_aside_damaged(meeting: Meeting, actor: str, command: SetAsideDamaged, facts: Facts) -> Decision:
    """Between the closing and the count, for a ballot that a worker could not read."""
    voting = voting_of(meeting, command.voting)
    if voting.state != "closed":
        raise VotingNotClosed(voting=voting.number, state=voting.state)
    damage = voting.damaged.get(command.creditor)
    if damage is None or damage.is_set_aside:
        raise NotDamaged(voting=voting.number, creditor=command.creditor)
    body = {"voting": voting.number, "creditor": damage.creditor, "pos": damage.pos}
    event = NewEvent(
        "damaged_set_aside",
        body,
        private=(Private(f"meeting:{meeting.id}", {"reason": command.reason}),),
        timers=count_timer(meeting, command.voting, facts.now),
    )
    return Decision((event,))


def count_timer(meeting: Meeting, number: int, now: Micros) -> dict[str, Micros | None]:
    """At once, not when the failed count would have been tried again."""
    voting = meeting.votings[number]
    is_ready = parent_is_settled(meeting, meeting.questions[voting.question])
    return {f"count/{number}": now} if is_ready and is_all_read(meeting, voting) else {}


# --- what the events mean ----------------------------------------------------------------------------------------


def on_ballots_damaged(meeting: Meeting, event: Event) -> Meeting:
    voting = meeting.votings[event.body["voting"]]
    found = {
        one["creditor"]: Damage(one["creditor"], one["pos"], one["why"], event.at)
        for one in event.body["ballots"]
    }
    return with_voting(meeting, replace(voting, damaged={**voting.damaged, **found}))


def on_damaged_set_aside(meeting: Meeting, event: Event) -> Meeting:
    voting = meeting.votings[event.body["voting"]]
    damage = replace(voting.damaged[event.body["creditor"]], reason=(event.pos, 0))
    return with_voting(meeting, replace(voting, damaged={**voting.damaged, damage.creditor: damage}))
