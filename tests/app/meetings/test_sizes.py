"""Every command at its greatest: no body of an event and no answer outgrows its limit, what is larger is malformed."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from app.kernel.canonical import canonical
from app.meetings import commands as c
from app.meetings.damage import ReportDamage
from app.meetings.model import SYSTEM
from tests.builders import (
    ORGANIZER,
    REGISTRAR,
    SECOND,
    START,
    Log,
    a_creditor,
    a_meeting,
    a_question,
)

MANY = tuple(f"c{number:039}" for number in range(200))
OPTIONS = tuple((f"k{number:039}", "к" * 500) for number in range(50))
ALL, REASON, LARGEST = "p_all", "п" * 1000, 10**17
DISTRIBUTION = {option: "1" for option, _ in OPTIONS}
PLAIN, COMMITTEE = "q" * 40, "w" * 40


def a_large_meeting(until: str = "running") -> Log:
    lines = tuple(a_creditor(creditor, LARGEST) for creditor in MANY)
    return a_meeting(
        a_question(PLAIN),
        a_question(COMMITTEE, "committee", options=OPTIONS, seats=11),
        creditors=lines,
        until=until,
        representatives={ALL: MANY},
    )


def in_voting(question: str = PLAIN) -> Log:
    log = a_large_meeting()
    log.start(question)
    return log


def with_paper() -> Log:
    log = in_voting(COMMITTEE)
    log.submit(REGISTRAR, c.ReceivePaper(1, MANY[0]))
    log.close(1)
    return log


def empty_hall() -> Log:
    return a_large_meeting("convened")


def full_hall() -> Log:
    log = empty_hall()
    log.submit(ALL, c.Attend(list(MANY)))
    return log


def in_recess() -> Log:
    log = a_large_meeting()
    log.by_organizer(c.Recess((START + SECOND) // 1000, REASON))
    log.now += SECOND
    return log


def cast_all(log: Log) -> c.Cast:
    return c.Cast(1, [log.ballot(1, creditor, distribution=DISTRIBUTION) for creditor in MANY[:32]])


def with_a_vote() -> Log:
    log = in_voting()
    log.cast(1, MANY[0], "for")
    return log


def with_a_doubt() -> Log:
    log = a_meeting(policy="qualified")
    log.start("q1")
    log.signatures.facts = {"owner_match": "review", "owner_name": "и" * 200}
    log.cast(1, "A", "for")
    return log


def an_acceptance(log: Log) -> c.ReviewOwner:
    (doubt,) = log.state.reviews.values()
    return c.ReviewOwner(doubt.person, doubt.thumbprint, True, REASON)


def with_damage() -> Log:
    log = with_a_vote()
    log.close(1)
    log.submit(SYSTEM, ReportDamage(1, {MANY[0]: "unreadable"}))
    return log


def with_unchecked() -> Log:
    log = a_meeting(policy="qualified")
    log.start("q1")
    log.signatures.facts = {"revocation": "deferred", "crl_numbers": ()}
    log.cast(1, "A", "for")
    log.finish(1)
    log.by_organizer(c.EndMeeting())
    return log


LATER = (START + 86_400 * SECOND) // 1000
KOPECKS = str(LARGEST)
GREATEST: Mapping[type, tuple[Any, str, Any]] = {
    c.Convene: (lambda: a_large_meeting("draft"), ORGANIZER, c.Convene()),
    c.OpenMeeting: (full_hall, ORGANIZER, c.OpenMeeting()),
    c.StartVoting: (a_large_meeting, ORGANIZER, c.StartVoting(COMMITTEE, 86_400)),
    c.Prolong: (in_voting, ORGANIZER, c.Prolong(1, 86_400)),
    c.StopVoting: (in_voting, ORGANIZER, c.StopVoting(1)),
    c.CancelVoting: (in_voting, ORGANIZER, c.CancelVoting(1, REASON)),
    c.AnnulBallot: (with_a_vote, ORGANIZER, c.AnnulBallot(1, MANY[0], REASON)),
    c.ReviewOwner: (with_a_doubt, ORGANIZER, an_acceptance),
    c.SetAsideDamaged: (with_damage, ORGANIZER, c.SetAsideDamaged(1, MANY[0], REASON)),
    c.HurryMinutes: (with_unchecked, ORGANIZER, c.HurryMinutes(REASON)),
    c.WithdrawQuestion: (a_large_meeting, ORGANIZER, c.WithdrawQuestion(PLAIN, REASON)),
    c.BarQuestion: (a_large_meeting, ORGANIZER, c.BarQuestion(PLAIN, "с" * 300, "А" * 60, "2026-01-01")),
    c.Recess: (a_large_meeting, ORGANIZER, c.Recess(LATER, REASON)),
    c.Resume: (in_recess, ORGANIZER, c.Resume()),
    c.Postpone: (full_hall, ORGANIZER, c.Postpone(LATER, REASON)),
    c.CancelMeeting: (full_hall, ORGANIZER, c.CancelMeeting(REASON)),
    c.DeclareFailed: (empty_hall, ORGANIZER, c.DeclareFailed()),
    c.EndMeeting: (a_large_meeting, ORGANIZER, c.EndMeeting()),
    c.CorrectLine: (
        a_large_meeting,
        ORGANIZER,
        c.CorrectLine(
            MANY[0],
            REASON,
            *(KOPECKS, KOPECKS, KOPECKS, "0", KOPECKS),
            *(4, True, True),
            [f"t{n:039}" for n in range(20)],
        ),
    ),
    c.RegisterPresent: (
        empty_hall,
        REGISTRAR,
        c.RegisterPresent(list(MANY), "д" * 500, "п" * 200, "№" * 300, True),
    ),
    c.RegisterDeparture: (full_hall, REGISTRAR, c.RegisterDeparture(list(MANY))),
    c.ReceivePaper: (in_voting, REGISTRAR, c.ReceivePaper(1, MANY[0])),
    c.ReadPaper: (
        with_paper,
        REGISTRAR,
        c.ReadPaper(1, MANY[0], 1, distribution=DISTRIBUTION, scan_sha256="f" * 64),
    ),
    c.ChangePhone: (
        lambda: a_meeting(policy="simple"),
        REGISTRAR,
        c.ChangePhone("p_A", f"+7 916 765-43-21{' ' * 24}", REASON),
    ),
    c.Attend: (empty_hall, ALL, c.Attend(list(MANY))),
    c.Leave: (full_hall, ALL, c.Leave(list(MANY))),
    c.Cast: (lambda: in_voting(COMMITTEE), ALL, cast_all),
    c.TrySigning: (lambda: a_meeting(policy="qualified"), "p_A", lambda log: log.test_ballot("p_A")),
}


def test_every_command_of_people_is_tried_at_its_greatest() -> None:
    assert set(GREATEST) == set(c.SENT_BY_PEOPLE)


@pytest.mark.parametrize("kind", GREATEST, ids=lambda kind: kind.__name__)
def test_no_command_outgrows_the_log(kind: type) -> None:
    make, actor, command = GREATEST[kind]
    log = make()

    decision = log.submit(actor, command(log) if callable(command) else command)

    assert len(canonical(decision.answer)) <= 3072


def test_two_hundred_refused_creditors_are_a_short_answer() -> None:
    log = full_hall()

    refusal = log.refused(REGISTRAR, c.RegisterPresent(list(MANY), "паспорт"))

    assert len(canonical(refusal.details)) <= 3072


def test_an_oversized_reading_is_refused_before_the_log() -> None:
    sent = {"op": "read_paper", "voting": 1, "creditor": "A", "reading": 1}
    sent["distribution"] = {f"k{number}": "1" for number in range(51)}

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(sent, c.ReadPaper)
