"""A voting from its opening to its count: what may follow what, and by whom; a later event never replaces an earlier one."""

from collections.abc import Mapping
from typing import Any

from tally.digest import sha256_of
from verifier.archive import Event
from verifier.doubts import must_be_reviewed
from verifier.founding import is_here
from verifier.law import TOLERANCE, is_adopted, participants, present_now, weights_of, weights_sha256
from verifier.meeting import DESK, Meeting, Presence, Voting, must

SECOND = 1_000_000
CLOCKS = 5 * SECOND
"""Two servers may differ by less: so long before the opening nothing is received under it."""


def voting_of(meeting: Meeting, event: Event) -> Voting:
    number = event.said["voting"]
    must(number in meeting.votings, "voting_unknown", number)
    return meeting.votings[number]


def running(meeting: Meeting, event: Event) -> Voting:
    voting = voting_of(meeting, event)
    must(voting.is_running, "voting_not_open", f"{voting.number}: {voting.state}")
    return voting


# --- the opening: register, votes, journal ------------------------------------------------------------------------


def electorate_fixed(meeting: Meeting, event: Event) -> None:
    said = event.said
    part = meeting.electorates.setdefault(said["weights_sha256"], {})
    must(part.keys().isdisjoint(said["weights"]), "electorate_differs", "twice")
    part.update(said["weights"])


def opened(meeting: Meeting, event: Event) -> None:
    """Numbers rise by one; register, votes and journal are those of the moment, by their hashes."""
    said = event.said
    must(said["voting"] == len(meeting.votings) + 1, "voting_number", said["voting"])
    must(said["question"] in meeting.questions, "question_unknown", said["question"])
    must(meeting.status == "running", "meeting_course", meeting.status)
    must(_may_be_opened(meeting, said["question"]), "question_course", said["question"])
    question = meeting.questions[said["question"]]
    weights = weights_of(meeting, question["topic"], question["rule"])
    voting = Voting(
        number=said["voting"],
        question=said["question"],
        opened=said,
        opened_at=event.at,
        deadline=said["deadline"],
        weights=weights,
        present=present_now(meeting, weights),
    )
    meeting.votings[voting.number] = voting
    standing = meeting.standing[voting.question]
    standing.stage, standing.voting, standing.adopted = "voting", voting.number, False
    _is_of_the_moment(meeting, voting)
    must(said["tolerance"] == TOLERANCE[meeting.form] and said["deadline"] > event.at, "deadline_differs")
    _is_sealed_as_promised(event, question)


def _is_of_the_moment(meeting: Meeting, voting: Voting) -> None:
    said, version = voting.opened, len(meeting.registers)
    register, _ = meeting.registers[version]
    must((said["register_version"], said["register_sha256"]) == (version, register), "register_other")
    fixed = {
        creditor: int(kopecks) for creditor, kopecks in meeting.electorates[said["weights_sha256"]].items()
    }
    is_fixed = fixed == voting.weights and said["weights_sha256"] == weights_sha256(voting.weights)
    must(is_fixed, "electorate_differs", "weights")
    electorate = {
        "register": register,
        "weights": said["weights_sha256"],
        "attendance": participants(voting.present),
    }
    must(said["electorate_sha256"] == sha256_of(electorate), "electorate_differs", "attendance")


def _is_sealed_as_promised(event: Event, question: Mapping[str, Any]) -> None:
    """Since version 2 ballots of a closed voting are locked to its key until it is over; those of an open one never."""
    if event.version >= 2 or question["secrecy"] == "open":
        is_closed = question["secrecy"] == "closed"
        must((event.said["seal_public_key"] is not None) == is_closed, "seal_key_absent")


def _may_be_opened(meeting: Meeting, question: str) -> bool:
    """A question waits for its parent; a decided one is repeated only when votes may be missing from its count."""
    standing, parent = meeting.standing[question], meeting.questions[question]["parent"]
    if standing.stage == "decided":
        return _may_be_repeated(meeting, question)
    if standing.stage not in ("waiting", "no_quorum"):
        return False
    if parent is None or is_adopted(meeting, parent):
        return True
    above = _state_of(meeting, parent)
    return meeting.form != "in_person" and above not in ("decided", "no_quorum", "removed", "not_put")


def _state_of(meeting: Meeting, question: str) -> str:
    """With what its parent does to it: nothing is put to the vote under a question that was not adopted."""
    stage, parent = meeting.standing[question].stage, meeting.questions[question]["parent"]
    if stage != "waiting" or parent is None:
        return stage
    above = _state_of(meeting, parent)
    if above == "decided":
        return "waiting" if is_adopted(meeting, parent) else "not_put"
    return "not_put" if above in ("removed", "not_put") else "waiting"


def _may_be_repeated(meeting: Meeting, question: str) -> bool:
    number = meeting.standing[question].voting
    nested = meeting.questions[question]["nested"]
    if number is None or any(meeting.standing[id].voting for id in nested):
        return False
    voting = meeting.votings[number]
    closed = voting.closed or {}
    is_late = closed["max_lag_ms"] * 1000 > voting.opened["tolerance"] > 0
    return (
        bool(voting.set_aside)
        or voting.is_missed
        or closed["undrained"] > 0
        or closed["workers_lost"] > 0
        or is_late
    )


# --- ballots ------------------------------------------------------------------------------------------------------


def cast(meeting: Meeting, event: Event) -> None:
    """By an admitted person for his own creditor, who has a vote and none that stands, in time."""
    said, voting = event.said, running(meeting, event)
    voting.cast.append(event)
    creditor, person = said["creditor"], meeting.persons.get(event.actor)
    must(creditor not in voting.live, "ballot_second", creditor)
    voting.live[creditor] = event
    is_his = person is not None and person.role == "participant" and creditor in person.creditors
    must(is_his and said["person"] == event.actor, "actor_without_right", event.actor)
    _must_have_vote(meeting, voting, creditor, person is not None and creditor in person.settlement)
    here = meeting.journal.get(creditor)
    by_another = is_here(meeting, creditor) and here is not None and here.by == "desk" and here.represented
    must(not by_another, "no_vote", creditor)
    _must_be_of_its_time(voting, said["received_at"], creditor)
    must(event.version < 3 or bool(said.get("blobs")), "blobs_unnamed")


def paper(meeting: Meeting, event: Event) -> None:
    """By the desk; paper and electronic ballots of one creditor exclude each other."""
    said, voting = event.said, running(meeting, event)
    creditor = said["creditor"]
    must(creditor not in voting.live, "ballot_second", creditor)
    voting.live[creditor] = event
    is_desk = meeting.role_of(event.actor) in DESK
    must(is_desk and said["person"] == event.actor, "actor_without_right", event.actor)
    journal = meeting.journal if meeting.form == "mixed" else voting.present
    here: Presence | None = journal.get(creditor)
    _must_have_vote(meeting, voting, creditor, here is None or here.may_settle)
    _must_be_of_its_time(voting, said["received_at"], creditor)


def _must_be_of_its_time(voting: Voting, received_at: int, creditor: str) -> None:
    """Certificates are judged at the receipt: before the opening it may be that one of today was not yet revoked."""
    must(received_at <= voting.admit_until, "ballot_late", creditor)
    must(received_at >= voting.opened_at - CLOCKS, "ballot_early", creditor)


def _must_have_vote(meeting: Meeting, voting: Voting, creditor: str, may_settle: bool) -> None:
    must(creditor in voting.weights, "no_vote", creditor)
    must(meeting.form != "in_person" or creditor in voting.present, "no_vote", creditor)
    must(meeting.questions[voting.question]["rule"] != "settlement" or may_settle, "no_vote", creditor)


def annulled(meeting: Meeting, event: Event) -> None:
    """Before the closing, and of the ballot that stands."""
    said, voting = event.said, running(meeting, event)
    standing = voting.live.get(said["creditor"])
    is_its = standing is not None and said.get("ballot_pos", standing.pos) == standing.pos
    must(is_its, "annulled_other", said["creditor"])
    del voting.live[said["creditor"]]
    must(meeting.role_of(event.actor) == "organizer", "actor_without_right", event.actor)


def missed(meeting: Meeting, event: Event) -> None:
    voting_of(meeting, event).is_missed = True


# --- the end of a voting ------------------------------------------------------------------------------------------


def prolonged(meeting: Meeting, event: Event) -> None:
    voting = running(meeting, event)
    must(voting.state == "open", "voting_not_open", voting.number)
    before, voting.deadline = voting.deadline, event.said["deadline"]
    must(voting.deadline == before + event.said["seconds"] * SECOND, "deadline_differs")


def stopped(meeting: Meeting, event: Event) -> None:
    """Earlier than the deadline, but not before a ballot that is in the log already."""
    voting = running(meeting, event)
    must(voting.state == "open", "voting_not_open", voting.number)
    before, voting.deadline, voting.state = voting.deadline, event.said["deadline"], "stopped"
    latest = max((ballot.said["received_at"] for ballot in voting.live.values()), default=0)
    must(latest <= voting.deadline < before, "deadline_differs")


def closed(meeting: Meeting, event: Event) -> None:
    said, voting = event.said, running(meeting, event)
    voting.closed, voting.state = said, "closed"
    meeting.standing[voting.question].stage = "counting"
    voting.present = _present_at_closing(meeting, voting)
    must(said["deadline"] == voting.deadline, "deadline_differs")
    must(said["admit_until"] == voting.admit_until <= event.at, "deadline_differs")
    must(said["attendance_sha256"] == sha256_of(participants(voting.present)), "attendance_differs")


def _present_at_closing(meeting: Meeting, voting: Voting) -> Mapping[str, Presence]:
    """In the mixed form whoever stood in the journal at any moment while the voting was open."""
    if meeting.form != "mixed":
        return voting.present
    return {
        creditor: presence
        for creditor, presence in meeting.journal.items()
        if creditor in voting.weights and (presence.left_at is None or presence.left_at > voting.opened_at)
    }


def cancelled(meeting: Meeting, event: Event) -> None:
    """By the organizer while it runs, or after the closing because its parent was not adopted: never once counted."""
    voting = voting_of(meeting, event)
    allowed = ("open", "stopped") if event.said["cause"] == "organizer" else ("closed",)
    must(voting.state in allowed, "cancelled_late", f"{voting.number}: {voting.state}")
    voting.state = "cancelled"
    earlier = [v for v in meeting.votings.values() if v.question == voting.question and v.counted]
    standing = meeting.standing[voting.question]
    standing.stage = "waiting"
    if earlier and earlier[-1].counted is not None and earlier[-1].counted.said["held"]:
        standing.stage, standing.voting = "decided", earlier[-1].number
        standing.adopted = earlier[-1].counted.said["adopted"]


def seal_destroyed(meeting: Meeting, event: Event) -> None:
    voting = voting_of(meeting, event)
    is_shut = voting.state == "cancelled" and voting.opened["seal_public_key"] is not None
    must(is_shut, "seal_course", voting.number)


# --- after the closing --------------------------------------------------------------------------------------------


def paper_read(meeting: Meeting, event: Event) -> None:
    """Twice the same, or spoiled at once; `papers` holds what both readings agreed upon."""
    said, voting = event.said, voting_of(meeting, event)
    creditor, mark, agreed = said["creditor"], said["mark"], said["agreed"]
    ballot = voting.live.get(creditor)
    is_paper = ballot is not None and ballot.kind == "paper_received"
    must(voting.state == "closed" and is_paper and creditor not in voting.papers, "reading_wrong", creditor)
    first = voting.readings.pop(creditor, None)
    must(said["reading"] == (1 if first is None else 2), "reading_wrong", creditor)
    is_spoiled = mark == {"choices": []}
    expected = None if first is None else first == mark
    must(agreed is expected or (is_spoiled and agreed is True), "reading_wrong", creditor)
    if agreed:
        voting.papers[creditor] = mark
    elif agreed is None:
        voting.readings[creditor] = mark
    must(meeting.role_of(event.actor) in DESK, "actor_without_right", event.actor)


def choices_opened(meeting: Meeting, event: Event) -> None:
    voting = voting_of(meeting, event)
    must(voting.state == "closed", "counted_early", f"{voting.number}: {voting.state}")
    must(voting.choices.keys().isdisjoint(event.said["choices"]), "counted_again", voting.number)
    voting.choices.update(event.said["choices"])


def secured_listed(meeting: Meeting, event: Event) -> None:
    voting = voting_of(meeting, event)
    must(voting.state == "closed", "counted_early", f"{voting.number}: {voting.state}")
    voting.secured.extend(event.said["creditors"])


def counted(meeting: Meeting, event: Event) -> None:
    """Once, after the closing; of a packet only when the parent was adopted."""
    voting = voting_of(meeting, event)
    must(voting.counted is None, "counted_again", voting.number)
    must(voting.state == "closed", "counted_early", f"{voting.number}: {voting.state}")
    must_be_reviewed(meeting, voting)
    voting.counted, voting.state = event, "counted"
    standing = meeting.standing[voting.question]
    standing.stage = "decided" if event.said["held"] else "no_quorum"
    standing.adopted = event.said["adopted"]
    parent = meeting.questions[voting.question]["parent"]
    must(parent is None or is_adopted(meeting, parent), "question_course", voting.question)
