"""Another name with an equal СНИЛС: the vote is taken at once, counted only when the organizer has said whose it is."""

import pytest

from app.kernel.errors import Forbidden
from app.meetings.commands import Count, EndMeeting, ReviewOwner, SetAsideDamaged
from app.meetings.damage import ReportDamage
from app.meetings.minutes import minutes
from app.meetings.model import SYSTEM, Role
from app.meetings.refusals import NotCountable
from app.meetings.snapshot import KEEPING
from app.meetings.texts.minutes import MINUTES
from app.meetings.texts.moments import moment
from tests.builders import ORGANIZER, REGISTRAR, Log, a_meeting, a_question, person_of
from tests.events.stories import thumbprint_of

MARRIED = "Петрова Анна Ильинична"


def a_voting(secrecy: str = "open") -> Log:
    """A voting is open, A has signed with a certificate in another name."""
    log = a_meeting(a_question("q1", secrecy=secrecy), a_question("q2"), policy="qualified")
    log.start("q1")
    doubts(log)
    log.cast(1, "A", "for")
    return log


def doubts(log: Log) -> None:
    log.signatures.facts = {"owner_match": "review", "owner_name": MARRIED}


def review(log: Log, accept: bool, creditor: str = "A", reason: str = "свидетельство о браке") -> ReviewOwner:
    thumbprint = next(
        one.thumbprint for one in log.state.reviews.values() if one.person == person_of(creditor)
    )
    return ReviewOwner(person_of(creditor), thumbprint, accept, reason)


def test_the_console_shows_at_once_whose_vote_waits_and_the_other_name() -> None:
    log = a_voting()

    (owner,) = log.seen("organizer")["doubts"].owners

    assert (owner.name, owner.certificate_name) == ("ООО «A»", MARRIED)
    assert [(ballot.voting, ballot.number, ballot.creditor) for ballot in owner.ballots] == [(1, "1", "A")]
    assert MARRIED not in repr(log.seen("participant"))


def test_the_vote_has_its_receipt_all_the_same() -> None:
    log = a_voting()

    ballot = log.state.votings[1].ballots["A"]

    assert log.events[-1].kind == "ballot_cast"
    assert ballot.receipt_pos == len(log.events)


def test_one_certificate_is_doubted_once() -> None:
    log = a_voting()
    log.by_organizer(review(log, True))
    log.finish(1)
    if 2 not in log.state.votings:
        log.start("q2")

    log.cast(2, "A", "for")

    assert log.kinds().count("owner_doubted") == 1
    assert "doubts" not in log.seen("organizer")


def test_the_count_waits_for_the_decision_and_goes_on_with_it() -> None:
    log = a_voting()
    log.close(1)

    with pytest.raises(NotCountable):
        log.submit(SYSTEM, Count(1), outside=log.outside(1))
    assert "count/1" not in log.timers
    assert (
        log.seen("organizer")["next"].text
        == "Подсчёт по вопросу 1 ждёт вашего решения: в сертификате другое имя."
    )
    log.by_organizer(review(log, True))

    assert log.timers["count/1"] == log.now
    log.count(1)
    assert log.state.opened[1].marks["A"].choices == ("for",)
    assert "doubts" not in log.seen("organizer")


@pytest.mark.parametrize("secrecy", ["open", "closed"])
def test_who_is_rejected_while_the_voting_is_open_may_vote_again_by_another_certificate(secrecy: str) -> None:
    log = a_voting(secrecy)

    log.by_organizer(review(log, False, reason="сертификат однофамилицы"))

    mine = log.mine(person_of("A"))["ballot/1/A"]
    assert (mine.annulled, mine.annul_reason) == (True, "сертификат однофамилицы")
    again = log.refused(person_of("A"), log.a_cast(1, "A", "against"))
    assert again.details is not None
    assert (again.code, again.details["verdict"]) == ("bad_signature", "name_differs")
    log.signatures.facts = {}
    log.cast(1, "A", "against")
    log.finish(1)
    assert log.state.opened[1].marks["A"].choices == ("against",)


def test_who_is_rejected_after_the_closing_is_listed_and_not_counted() -> None:
    log = a_voting()
    log.signatures.facts = {}
    log.cast(1, "B", "for")
    log.close(1)

    log.by_organizer(review(log, False, reason="не представлен документ"))
    log.count(1)

    assert set(log.state.opened[1].marks) == {"B"}
    assert [one.ballot.creditor for one in log.state.votings[1].annulled] == ["A"]
    page = minutes(log.state, log.texts, "organizer")
    assert "не представлен документ" in page
    assert MARRIED in page


def test_what_was_counted_as_the_persons_stays_his_to_the_end() -> None:
    """Else whoever saw the choice in one voting could take the vote away in its repetition."""
    log = a_voting()
    log.by_organizer(review(log, True))
    changed = review(log, False, reason="передумал")
    log.finish(1)

    assert log.code(ORGANIZER, changed) == "nothing_to_review"
    assert "A" in log.state.votings[1].ballots
    assert log.state.votings[1].annulled == ()


def test_a_decision_is_changed_while_nothing_is_counted_and_not_after_the_meeting() -> None:
    log = a_voting()
    log.by_organizer(review(log, True))
    log.by_organizer(review(log, False, reason="другой человек"))
    log.finish(1)
    log.by_organizer(EndMeeting())

    assert log.code(ORGANIZER, review(log, True)) == "meeting_is_over"


def decided_thrice() -> Log:
    """A is accepted, rejected with the ballots that stood, accepted again and votes once more."""
    log = a_voting()
    log.by_organizer(review(log, True, reason="свидетельство о браке"))
    log.by_organizer(review(log, False, reason="свидетельство не её"))
    log.by_organizer(review(log, True, reason="ответ ЗАГС"))
    log.cast(1, "A", "against")
    log.finish(1)
    return log


def test_every_decision_is_kept_and_the_last_one_stands() -> None:
    log = decided_thrice()

    (owner,) = KEEPING.load(KEEPING.dump(log.state)).reviews.values()

    decided = [event for event in log.events if event.kind == "owner_reviewed"]
    assert [(one.accepted, one.at, one.reason) for one in owner.decisions] == [
        (event.body["accepted"], event.at, (event.pos, 0)) for event in decided
    ]
    assert owner.accepted is True
    assert [one.ballot.creditor for one in log.state.votings[1].annulled] == ["A"]
    assert log.state.opened[1].marks["A"].choices == ("against",)


@pytest.mark.parametrize("role", ["organizer", "participant"])
def test_the_minutes_tell_every_decision_in_its_order(role: Role) -> None:
    log = decided_thrice()

    page = minutes(log.state, log.texts, role)

    at = moment(log.state.votings[1].annulled[0].at, "Europe/Moscow", seconds=True)
    said = [
        page.index(decision)
        for decision in (
            f"принято {at}: свидетельство о браке",
            f"отклонено {at}: свидетельство не её",
            f"принято {at}: ответ ЗАГС",
        )
    ]
    assert said == sorted(said)
    assert (MARRIED in page) is (role == "organizer")


def test_minutes_of_an_undecided_certificate_say_that_nobody_has_decided() -> None:
    log = a_voting()

    assert MINUTES["not_reviewed"] in minutes(log.state, log.texts, "organizer")


def test_a_damaged_ballot_that_is_rejected_is_no_longer_waited_for() -> None:
    log = a_voting()
    log.signatures.facts = {}
    log.cast(1, "B", "for")
    log.by_organizer(review(log, True))
    log.close(1)
    log.submit(SYSTEM, ReportDamage(1, {"A": "missing"}))

    log.by_organizer(review(log, False, reason="другой человек"))

    assert "damaged" not in log.seen("organizer")
    assert log.code(ORGANIZER, SetAsideDamaged(1, "A", "его уже нет")) == "not_damaged"
    log.count(1)
    assert set(log.state.opened[1].marks) == {"B"}
    assert "другой человек" in minutes(log.state, log.texts, "organizer")


def test_a_decision_is_the_organizers_and_is_made_once() -> None:
    log = a_voting()
    accept = review(log, True)

    with pytest.raises(Forbidden):
        log.submit(REGISTRAR, accept)
    log.by_organizer(accept)

    assert log.code(ORGANIZER, accept) == "nothing_to_review"
    assert log.code(ORGANIZER, ReviewOwner("p_B", "0" * 64, True, "нет такого")) == "nothing_to_review"


def test_the_participants_minutes_tell_the_decision_without_names() -> None:
    log = a_voting()
    log.by_organizer(review(log, True))
    log.finish(1)

    page = minutes(log.state, log.texts, "participant")

    assert "свидетельство о браке" in page
    assert MARRIED not in page


def test_the_name_of_the_certificate_lies_with_the_persons_texts_only() -> None:
    log = a_voting()

    (place,) = [ref for ref, text in log.texts.items() if "certificate_name" in text]

    assert log.subjects[place] == person_of("A")
    assert all(MARRIED not in repr(event.body) for event in log.events)
    assert thumbprint_of(log, 1, "A") in repr(log.state.reviews)
