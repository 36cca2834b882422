"""The machine of a meeting: which command may be given by whom, and where its rule stands; no I/O, no clock.

`decide(state, actor, command, facts)` says what happens or refuses; `evolve(state, event)` says what that means.
The rules are in the modules named by noun: founding, running, attendance, agenda, voting, casting,
phone_change, reviews, paper, damage, counting, revocation, lost_history.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.kernel.errors import Forbidden
from app.kernel.log.model import Decision, Event, Facts
from app.meetings import (
    agenda,
    attendance,
    casting,
    commands,
    counting,
    damage,
    founding,
    lost_history,
    paper,
    phone_change,
    readiness,
    reviews,
    revocation,
    running,
    voting,
)
from app.meetings.examined import ExaminedCast, ExaminedTrial
from app.meetings.model import SYSTEM, Meeting, Role
from app.meetings.snapshot import KEEPING

Decide = Callable[[Meeting, str, Any, Facts], Decision]
Evolve = Callable[[Meeting, Event], Meeting]

ORGANIZER: frozenset[Role] = frozenset({"organizer"})
DESK: frozenset[Role] = frozenset({"organizer", "registrar"})
PARTICIPANT: frozenset[Role] = frozenset({"participant"})

BY_PEOPLE: Mapping[type, tuple[frozenset[Role], Decide]] = {
    commands.Convene: (ORGANIZER, running.convene),
    commands.OpenMeeting: (ORGANIZER, running.open_meeting),
    commands.Recess: (ORGANIZER, running.recess),
    commands.Resume: (ORGANIZER, running.resume),
    commands.Postpone: (ORGANIZER, running.postpone),
    commands.CancelMeeting: (ORGANIZER, running.cancel_meeting),
    commands.DeclareFailed: (ORGANIZER, running.declare_failed),
    commands.EndMeeting: (ORGANIZER, running.end_meeting),
    commands.CorrectLine: (ORGANIZER, attendance.correct_line),
    commands.WithdrawQuestion: (ORGANIZER, agenda.withdraw_question),
    commands.BarQuestion: (ORGANIZER, agenda.bar_question),
    commands.StartVoting: (ORGANIZER, voting.start_voting),
    commands.Prolong: (ORGANIZER, voting.prolong),
    commands.StopVoting: (ORGANIZER, voting.stop_voting),
    commands.CancelVoting: (ORGANIZER, voting.cancel_voting),
    commands.AnnulBallot: (ORGANIZER, voting.annul_ballot),
    commands.ReviewOwner: (ORGANIZER, reviews.review_owner),
    commands.SetAsideDamaged: (ORGANIZER, damage.set_aside_damaged),
    commands.HurryMinutes: (ORGANIZER, revocation.hurry_minutes),
    commands.RegisterPresent: (DESK, attendance.register_present),
    commands.RegisterDeparture: (DESK, attendance.register_departure),
    commands.ReceivePaper: (DESK, paper.receive_paper),
    commands.ReadPaper: (DESK, paper.read_paper),
    commands.ChangePhone: (DESK, phone_change.change_phone),
    commands.Attend: (PARTICIPANT, attendance.attend),
    commands.Leave: (PARTICIPANT, attendance.leave),
    ExaminedTrial: (PARTICIPANT, readiness.try_signing),
    ExaminedCast: (PARTICIPANT, casting.cast),
}
"""Observers and screens give no command. A registrar neither closes nor annuls."""

BY_SYSTEM: Mapping[type, Decide] = {
    founding.Found: founding.found,
    founding.AddRegisterPart: founding.add_register_part,
    founding.SetRegister: founding.set_register,
    founding.SetAgenda: founding.set_agenda,
    founding.AdmitPersons: founding.admit_persons,
    commands.Close: voting.close,
    commands.Count: counting.count,
    damage.ReportDamage: damage.report_damage,
    commands.ListReceipt: lost_history.list_receipt,
    revocation.SettleRevocations: revocation.settle_revocations,
}

EVENTS: Mapping[str, Evolve] = {
    "meeting_founded": founding.on_meeting_founded,
    "register_part_added": founding.on_register_part_added,
    "register_fixed": founding.on_register_fixed,
    "question_added": founding.on_question_added,
    "persons_admitted": founding.on_persons_admitted,
    "phone_changed": phone_change.on_phone_changed,
    "meeting_convened": running.on_meeting_convened,
    "meeting_opened": running.on_meeting_opened,
    "recess_called": running.on_recess_called,
    "meeting_resumed": running.on_meeting_resumed,
    "meeting_postponed": running.on_meeting_postponed,
    "meeting_cancelled": running.on_meeting_cancelled,
    "meeting_failed": running.on_meeting_failed,
    "meeting_ended": running.on_meeting_ended,
    "creditors_registered": attendance.on_creditors_registered,
    "creditors_left": attendance.on_creditors_left,
    "register_corrected": attendance.on_register_corrected,
    "question_withdrawn": agenda.on_question_withdrawn,
    "question_barred": agenda.on_question_barred,
    "question_without_quorum": agenda.on_question_without_quorum,
    "electorate_fixed": voting.on_electorate_fixed,
    "voting_opened": voting.on_voting_opened,
    "voting_prolonged": voting.on_voting_prolonged,
    "voting_stopped": voting.on_voting_stopped,
    "voting_cancelled": voting.on_voting_cancelled,
    "voting_closed": voting.on_voting_closed,
    "seal_destroyed": voting.on_seal_destroyed,
    "ballot_annulled": voting.on_ballot_annulled,
    "ballot_cast": casting.on_ballot_cast,
    "ballot_missed": casting.on_ballot_missed,
    "signing_tried": readiness.on_signing_tried,
    "owner_doubted": reviews.on_owner_doubted,
    "owner_reviewed": reviews.on_owner_reviewed,
    "revocations_settled": revocation.on_revocations_settled,
    "minutes_hurried": revocation.on_minutes_hurried,
    "paper_received": paper.on_paper_received,
    "paper_read": paper.on_paper_read,
    "ballots_damaged": damage.on_ballots_damaged,
    "damaged_set_aside": damage.on_damaged_set_aside,
    "ballots_opened": counting.on_ballots_opened,
    "secured_listed": counting.on_secured_listed,
    "voting_counted": counting.on_voting_counted,
    "history_restored": lost_history.on_history_restored,
    "receipt_without_record": lost_history.on_receipt_without_record,
}


class MeetingMachine:
    """What the log drives (`app.kernel.log.model.Machine`); it keeps nothing."""

    rules = "meetings/1"
    reads: Mapping[str, int] = {
        **dict.fromkeys(EVENTS, 1),
        "meeting_founded": 3,
        "voting_opened": 2,
        "ballot_cast": 4,
        "voting_counted": 2,
        "paper_read": 2,
        "ballots_opened": 2,
        "secured_listed": 2,
        "signing_tried": 3,
        "revocations_settled": 2,
    }
    keeping = KEEPING

    def initial(self) -> Meeting:
        return Meeting()

    def evolve(self, state: Meeting, event: Event) -> Meeting:
        return EVENTS[event.kind](state, event)

    def decide(self, state: Meeting, actor: str, command: Any, facts: Facts) -> Decision:
        """Raises `Refused`; the role is looked at first, so a stranger learns nothing."""
        if type(command) in BY_SYSTEM:
            if actor != SYSTEM:
                raise Forbidden
            return BY_SYSTEM[type(command)](state, actor, command, facts)
        roles, rule = BY_PEOPLE[type(command)]
        person = state.persons.get(actor)
        if person is None or person.role not in roles:
            raise Forbidden
        return rule(state, actor, command, facts)
