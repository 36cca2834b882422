"""Stories that write every kind of event; `python -m tests.events.stories` adds golden files for kinds without one.

A golden file is never changed or deleted: events of its kind and version lie in somebody's log for ever.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from app.kernel.errors import Refused
from app.kernel.log.model import Decision, NewEvent
from app.meetings import commands as c
from app.meetings.damage import ReportDamage
from app.meetings.model import SYSTEM
from app.meetings.revocation import Rechecked, SettleRevocations
from tests.builders import (
    ORGANIZER,
    REGISTRAR,
    SECOND,
    START,
    Log,
    a_creditor,
    a_meeting,
    a_question,
    attend,
    person_of,
)

FOLDER = Path(__file__).parent


def a_rich_story() -> Log:
    """In person: journal, recess, correction, paper, a missed vote, a packet, a committee, a settlement."""
    log = a_meeting(
        a_question("plain"),
        a_question(
            "parent", nested=(a_question("child"), a_question("secured", "settlement", secrecy="closed"))
        ),
        a_question("committee", "committee", options=(("k1", "Первый"), ("k2", "Второй")), seats=1),
        a_question("withdrawn"),
        a_question("barred"),
        creditors=(
            a_creditor("A", 50_00, secured_kopecks=10_00),
            a_creditor("B", 30_00),
            a_creditor("C", 20_00, representative="Петров", power_of_attorney="№ 1"),
        ),
        present=("A", "B"),
    )
    log.submit(REGISTRAR, c.RegisterPresent(["C"], "паспорт", "Петров", "№ 1"))
    log.by_organizer(c.Recess((START + SECOND) // 1000, "обед"))
    log.now += SECOND
    log.by_organizer(c.Resume())
    log.by_organizer(c.WithdrawQuestion("withdrawn", "снят"))
    log.by_organizer(c.BarQuestion("barred", "АС Москвы", "А40-1/2026", "2026-01-02"))
    log.by_organizer(c.CorrectLine("C", "определение суда", claim_kopecks="2500"))
    without_quorum(log)
    log.start("plain")
    log.by_organizer(c.CancelVoting(1, "сбой"))
    log.start("plain")
    log.by_organizer(c.Prolong(2, 60))
    log.cast(2, "A", "against")
    log.by_organizer(c.AnnulBallot(2, "A", "ошибка"))
    log.cast(2, "A", "for")
    log.submit(REGISTRAR, c.ReceivePaper(2, "C"))
    late = log.a_cast(2, "B", "for")
    log.by_organizer(c.StopVoting(2))
    log.close(2)
    refused(log, person_of("B"), late, received_at=log.state.votings[2].deadline)
    for reading in (1, 2):
        log.submit(REGISTRAR, c.ReadPaper(2, "C", reading, ["for"]))
    log.count(2)
    log.decide("parent", "A", "B")
    for creditor in ("A", "B"):
        log.cast(4, creditor, "for")
    log.finish(4)
    log.cast(5, "B", "for")
    log.finish(5)
    log.start("committee")
    log.submit(person_of("A"), log.a_cast(6, "A", distribution={"k1": "4000"}))
    log.finish(6)
    log.by_organizer(c.EndMeeting())
    return log


def without_quorum(log: Log) -> None:
    log.submit(REGISTRAR, c.RegisterDeparture(["A", "B"]))
    refused(log, ORGANIZER, c.StartVoting("plain"))
    attend(log, "A", "B")


def refused(log: Log, actor: str, command: Any, **facts: Any) -> None:
    try:
        log.submit(actor, command, **facts)
    except Refused:
        return
    raise AssertionError(command)


def a_failed_story() -> Log:
    log = a_meeting(until="convened")
    log.by_organizer(c.Postpone((START + SECOND) // 1000, "болезнь"))
    log.now += SECOND
    attend(log, "A")
    log.by_organizer(c.DeclareFailed())
    return log


def a_cancelled_story() -> Log:
    log = a_meeting(until="convened")
    log.by_organizer(c.CancelMeeting("нет помещения"))
    return log


def a_restored_story() -> Log:
    """The database went back to an older copy in the middle of a voting, and A still holds his receipt."""
    log = a_meeting(a_question("plain"), present=("A", "B"))
    log.start("plain")
    head = len(log.events)
    lost = {"old_epoch": "00" * 8, "pos": head + 2, "old_mark": "00" * 32}
    log.append(SYSTEM, Decision((NewEvent("history_restored", lost),)))
    log.submit(SYSTEM, c.ListReceipt(person_of("A"), "00" * 8, head + 1, "ab" * 32))
    return log


def a_sealed_story() -> Log:
    """Closed votings: one is called off and never opened, one is counted with a ballot that was annulled before."""
    log = a_meeting(a_question("closed", secrecy="closed"))
    log.start("closed")
    log.cast(1, "A", "for")
    log.by_organizer(c.CancelVoting(1, "сбой"))
    log.start("closed")
    log.cast(2, "A", "for")
    log.by_organizer(c.AnnulBallot(2, "A", "ошибка"))
    log.cast(2, "A", "against")
    log.cast(2, "B", "for")
    log.finish(2)
    return log


def a_signed_story() -> Log:
    """A's ballot is signed, and whether his certificate was revoked is to be looked at later."""
    log = a_meeting(a_question("plain"), present=("A", "B"), policy="qualified")
    log.submit(person_of("A"), log.test_ballot(person_of("A")))
    log.start("plain")
    log.signatures.facts = {"revocation": "deferred", "crl_numbers": ()}
    log.cast(1, "A", "for")
    pos = log.state.votings[1].ballots["A"].pos
    log.submit(SYSTEM, SettleRevocations((Rechecked(1, "A", pos, "checked", "test"),)))
    return log


def a_coded_story() -> Log:
    """Ballots of A and B are signed by one code, C's by another."""
    log = a_meeting(a_question("plain"), representatives={"p_rep": ("A", "B")}, policy="simple")
    log.start("plain")
    log.submit("p_rep", log.command(1, log.ballot(1, "A", "for"), log.ballot(1, "B", "against")))
    log.cast(1, "C", "for")
    log.finish(1)
    return log


def a_rephoned_story() -> Log:
    """A's number was wrong: the registrar changes it before A has signed anything."""
    log = a_meeting(a_question("plain"), policy="simple")
    log.start("plain")
    log.submit(REGISTRAR, c.ChangePhone(person_of("A"), "8 916 765-43-21", "в реестре опечатка"))
    for creditor in ("A", "B"):
        log.cast(1, creditor, "for")
    log.finish(1)
    return log


def a_local_story() -> Log:
    """A's key is in no carrier, and the server warns of it."""
    log = a_meeting(a_question("plain"), policy="qualified", until="convened")
    log.signatures.facts = {"is_local": True}
    log.submit(person_of("A"), log.test_ballot(person_of("A")))
    return log


def a_doubted_story() -> Log:
    """A signs under another name and is accepted, B is rejected, C's sealed ballot is lost, lists are not waited for."""
    log = a_meeting(a_question("plain"), a_question("closed", secrecy="closed"), policy="qualified")
    log.signatures.facts = {"owner_match": "review", "owner_name": "Другая Анна", "revocation": "deferred"}
    log.start("plain")
    for creditor in ("A", "B"):
        log.cast(1, creditor, "for")
    log.close(1)
    for creditor, accept in (("A", True), ("B", False)):
        thumbprint = thumbprint_of(log, 1, creditor)
        log.by_organizer(c.ReviewOwner(person_of(creditor), thumbprint, accept, "свидетельство о браке"))
    log.count(1)
    if 2 not in log.state.votings:
        log.start("closed")
    log.signatures.facts = {}
    log.cast(2, "C", "for")
    log.close(2)
    log.submit(SYSTEM, ReportDamage(2, {"C": "unreadable"}))
    log.by_organizer(c.SetAsideDamaged(2, "C", "копии базы нет"))
    log.count(2)
    log.by_organizer(c.EndMeeting())
    log.by_organizer(c.HurryMinutes("заседание суда завтра"))
    return log


def thumbprint_of(log: Log, voting: int, creditor: str) -> str:
    signed = log.state.votings[voting].ballots[creditor].signed
    assert signed is not None
    return signed.thumbprint


STORIES = {
    "coded": a_coded_story,
    "rephoned": a_rephoned_story,
    "local": a_local_story,
    "doubted": a_doubted_story,
    "sealed": a_sealed_story,
    "signed": a_signed_story,
    "rich": a_rich_story,
    "failed": a_failed_story,
    "cancelled": a_cancelled_story,
    "restored": a_restored_story,
}


def history_of(log: Log) -> list[dict[str, Any]]:
    return [
        {"kind": e.kind, "version": e.version, "at": e.at, "actor": e.actor, "body": dict(e.body)}
        for e in log.events
    ]


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def sums() -> str:
    """A line a golden file: a changed one fails the tests."""
    files = sorted(path for path in FOLDER.glob("*.json"))
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def write() -> None:
    """Add what is missing; never touch what is there."""
    for name, story in STORIES.items():
        history = history_of(story())
        add(FOLDER / f"history-{name}.json", history)
        for event in history:
            add(FOLDER / f"{event['kind']}.v{event['version']}.json", event)
    (FOLDER / "SHA256SUMS").write_text(sums(), encoding="utf-8")


def add(path: Path, value: Any) -> None:
    if not path.exists():
        path.write_text(dumps(value), encoding="utf-8")


if __name__ == "__main__":
    write()
