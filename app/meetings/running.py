"""The meeting as a whole: convened, opened, in recess, postponed, cancelled, failed, ended (127-ФЗ, art. 12 p. 4)."""

from collections.abc import Iterator
from dataclasses import replace

from app.kernel.clock import Micros
from app.kernel.log.model import Decision, Event, Facts, NewEvent, Private
from app.meetings.agenda import state_of
from app.meetings.commands import (
    CancelMeeting,
    Convene,
    DeclareFailed,
    EndMeeting,
    OpenMeeting,
    Postpone,
    Recess,
    Resume,
)
from app.meetings.hashes import weights_sha256
from app.meetings.legal import general_weights, weights_of
from app.meetings.model import Act, Meeting, Roll
from app.meetings.model import Recess as RecessTaken
from app.meetings.quorum import best_quorum, has_quorum, present_creditors
from app.meetings.refusals import (
    AlreadyConvened,
    DeadlinePassed,
    MeetingIsOver,
    NoQuorum,
    NotConvened,
    NotReady,
    NotRunning,
    QuorumIsThere,
    TimeNotAhead,
    TooEarly,
    VotingRuns,
    WrongForm,
)
from app.meetings.voting import SECOND, must_run, opening

BEFORE_OPENING = ("convened", "postponed")


def convene(meeting: Meeting, actor: str, command: Convene, facts: Facts) -> Decision:
    if meeting.status != "draft":
        raise AlreadyConvened
    if not meeting.registers or not meeting.questions:
        raise NotReady
    return Decision((NewEvent("meeting_convened", {"register_sha256": meeting.register.sha256}),))


def open_meeting(meeting: Meeting, actor: str, command: OpenMeeting, facts: Facts) -> Decision:
    """Not before its hour (A-RUN-01); in person with the quorum of at least one question; else all questions open."""
    must_await_opening(meeting)
    card = meeting.the_card
    if facts.now < card.starts_at:
        raise TooEarly(starts_at_ms=card.starts_at // 1000)
    opened = NewEvent("meeting_opened", roll_body(meeting))
    if card.form != "in_person":
        return Decision((opened, *open_all(meeting, facts.now)))
    if not has_quorum(meeting):
        raise NoQuorum(**quorum_body(meeting))
    return Decision((opened,))


def must_await_opening(meeting: Meeting) -> None:
    if meeting.is_over:
        raise MeetingIsOver
    if meeting.status not in BEFORE_OPENING:
        raise NotConvened(status=meeting.status)


def quorum_body(meeting: Meeting) -> dict[str, object]:
    """The best quorum of any question."""
    best = best_quorum(meeting)
    present, total = (best.present_kopecks, best.total_kopecks) if best else (0, 0)
    return {"present_kopecks": str(present), "total_kopecks": str(total)}


def roll_body(meeting: Meeting) -> dict[str, object]:
    """Who is here, for the minutes: how many creditors, with how many votes of the register, and the best quorum."""
    weights = general_weights(meeting)
    here = present_creditors(meeting)
    return {
        **quorum_body(meeting),
        "held": has_quorum(meeting),
        "registered": len(here),
        "registered_kopecks": str(sum(weights.get(creditor, 0) for creditor in here)),
        "register_kopecks": str(sum(weights.values())),
    }


def open_all(meeting: Meeting, now: Micros) -> Iterator[NewEvent]:
    """Absentee and mixed: all questions together, without a quorum check; the quorum is known at the count.

    What is nested under a withdrawn or barred question stays closed.
    """
    deadline = meeting.the_card.ends_at
    if deadline is None or deadline <= now + 10 * SECOND:
        raise DeadlinePassed(deadline_ms=(deadline or 0) // 1000)
    fixed: set[str] = set()
    put = [q for q in meeting.questions.values() if state_of(meeting, q) in ("waiting", "waiting_parent")]
    for number, question in enumerate(put, 1):
        yield from opening(meeting, question, number, deadline, frozenset(fixed))
        fixed.add(weights_sha256(weights_of(meeting, question)))


def recess(meeting: Meeting, actor: str, command: Recess, facts: Facts) -> Decision:
    """Until a time, between votings; the journal stays open."""
    must_run(meeting)
    must_be_in_person(meeting)
    must_have_no_voting(meeting, "open", "stopped")
    until = command.until_ms * 1000
    if until <= facts.now:
        raise TimeNotAhead
    reason = Private(f"meeting:{meeting.id}", {"reason": command.reason})
    return Decision((NewEvent("recess_called", {"until": until}, private=(reason,)),))


def resume(meeting: Meeting, actor: str, command: Resume, facts: Facts) -> Decision:
    """Not before the time that was announced; journal and register are looked at again, and a quorum is needed."""
    if meeting.status != "recess":
        raise NotRunning(status=meeting.status)
    until = meeting.recesses[-1].until
    if facts.now < until:
        raise TooEarly(starts_at_ms=until // 1000)
    if best_quorum(meeting) is not None and not has_quorum(meeting):
        raise NoQuorum(**quorum_body(meeting))
    register = {"register_version": meeting.register.version, "register_sha256": meeting.register.sha256}
    return Decision((NewEvent("meeting_resumed", {**roll_body(meeting), **register}),))


def postpone(meeting: Meeting, actor: str, command: Postpone, facts: Facts) -> Decision:
    """Before the opening; the deadline of an absentee meeting moves by as much, the journal begins anew."""
    must_await_opening(meeting)
    card = meeting.the_card
    starts_at = command.starts_at_ms * 1000
    if starts_at <= facts.now:
        raise TimeNotAhead
    ends_at = None if card.ends_at is None else card.ends_at + starts_at - card.starts_at
    reason = Private(f"meeting:{meeting.id}", {"reason": command.reason})
    body = {"starts_at": starts_at, "ends_at": ends_at}
    return Decision((NewEvent("meeting_postponed", body, private=(reason,)),))


def cancel_meeting(meeting: Meeting, actor: str, command: CancelMeeting, facts: Facts) -> Decision:
    """Only before the opening: decisions once taken cannot be called off."""
    if meeting.status != "draft":
        must_await_opening(meeting)
    reason = Private(f"meeting:{meeting.id}", {"reason": command.reason})
    return Decision((NewEvent("meeting_cancelled", {}, private=(reason,), finishes=True),))


def declare_failed(meeting: Meeting, actor: str, command: DeclareFailed, facts: Facts) -> Decision:
    """The hour has come and no question has its quorum: minutes of a meeting that did not take place."""
    must_await_opening(meeting)
    must_be_in_person(meeting)
    if facts.now < meeting.the_card.starts_at:
        raise TooEarly(starts_at_ms=meeting.the_card.starts_at // 1000)
    if has_quorum(meeting):
        raise QuorumIsThere(**quorum_body(meeting))
    return Decision((NewEvent("meeting_failed", roll_body(meeting), finishes=True),))


def end_meeting(meeting: Meeting, actor: str, command: EndMeeting, facts: Facts) -> Decision:
    """Not while a voting runs or waits for its count; without a single quorum in absence the meeting failed."""
    if meeting.is_over:
        raise MeetingIsOver
    if meeting.status not in ("running", "recess"):
        raise NotRunning(status=meeting.status)
    must_have_no_voting(meeting, "open", "stopped", "closed")
    if is_failed(meeting):
        return Decision((NewEvent("meeting_failed", roll_body(meeting), finishes=True),))
    return Decision((NewEvent("meeting_ended", {"register_sha256": meeting.register.sha256}, finishes=True),))


def is_failed(meeting: Meeting) -> bool:
    """Of an absentee or mixed meeting: something was counted, and nothing with a quorum."""
    if meeting.the_card.form == "in_person" or not meeting.results:
        return False
    return not any(result.held for result in meeting.results.values())


def must_be_in_person(meeting: Meeting) -> None:
    if meeting.the_card.form != "in_person":
        raise WrongForm(form=meeting.the_card.form)


def must_have_no_voting(meeting: Meeting, *states: str) -> None:
    voting = next((v.number for v in meeting.votings.values() if v.state in states), None)
    if voting is not None:
        raise VotingRuns(voting=voting)


# --- what the events mean ----------------------------------------------------------------------------------------


def on_meeting_convened(meeting: Meeting, event: Event) -> Meeting:
    return replace(meeting, status="convened")


def on_meeting_opened(meeting: Meeting, event: Event) -> Meeting:
    rolls = (*meeting.rolls, roll_of(event))
    return replace(meeting, status="running", opened_at=event.at, reason=None, rolls=rolls)


def roll_of(event: Event) -> Roll:
    body = event.body
    return Roll(
        at=event.at,
        registered=body["registered"],
        registered_kopecks=int(body["registered_kopecks"]),
        register_kopecks=int(body["register_kopecks"]),
        present_kopecks=int(body["present_kopecks"]),
        total_kopecks=int(body["total_kopecks"]),
        held=body["held"],
    )


def on_recess_called(meeting: Meeting, event: Event) -> Meeting:
    taken = RecessTaken(event.at, event.body["until"], (event.pos, 0))
    return replace(meeting, status="recess", recesses=(*meeting.recesses, taken))


def on_meeting_resumed(meeting: Meeting, event: Event) -> Meeting:
    resumed = replace(meeting.recesses[-1], resumed_at=event.at)
    return replace(
        meeting,
        status="running",
        recesses=(*meeting.recesses[:-1], resumed),
        rolls=(*meeting.rolls, roll_of(event)),
    )


def on_meeting_postponed(meeting: Meeting, event: Event) -> Meeting:
    card = replace(meeting.the_card, starts_at=event.body["starts_at"], ends_at=event.body["ends_at"])
    act = Act("postponed", event.at, meeting.register.version, text=(event.pos, 0))
    return replace(
        meeting,
        status="postponed",
        card=card,
        attendance={},
        journal=(*meeting.journal, act),
        reason=(event.pos, 0),
    )


def on_meeting_cancelled(meeting: Meeting, event: Event) -> Meeting:
    return replace(meeting, status="cancelled", ended_at=event.at, reason=(event.pos, 0))


def on_meeting_failed(meeting: Meeting, event: Event) -> Meeting:
    rolls = (*meeting.rolls, roll_of(event))
    return replace(meeting, status="failed", ended_at=event.at, reason=None, rolls=rolls)


def on_meeting_ended(meeting: Meeting, event: Event) -> Meeting:
    return replace(meeting, status="ended", ended_at=event.at)
