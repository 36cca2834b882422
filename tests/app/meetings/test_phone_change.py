"""Another telephone for codes: who may give it and until when, what dies with the old one, and where it is told."""

from dataclasses import replace

import pytest

from app.meetings.codes import participant_of
from app.meetings.commands import AnnulBallot, ChangePhone, EndMeeting, ReceivePaper
from app.meetings.joins import phone_of
from app.meetings.minutes import minutes, minutes_of
from app.meetings.minutes_row import Row
from app.meetings.texts.minutes import MINUTES
from app.meetings.texts.moments import moment
from tests.builders import ORGANIZER, REGISTRAR, Log, a_creditor, a_meeting, person_of

OLD, NEW, TYPED = "+79161231234", "+79167654321", "8 (916) 765-43-21"
LINES = (a_creditor("A", phone=OLD), a_creditor("B", phone="+79165556677"), a_creditor("C"))
WHY = "в реестре опечатка"


def a_simple_meeting(until: str = "running") -> Log:
    return a_meeting(creditors=LINES, policy="simple", until=until)


def change(person: str = "p_A", phone: str = TYPED) -> ChangePhone:
    return ChangePhone(person, phone, WHY)


@pytest.mark.parametrize("actor", [ORGANIZER, REGISTRAR])
@pytest.mark.parametrize("until", ["convened", "running"])
def test_the_desk_gives_a_participant_another_telephone_and_he_sees_it(actor: str, until: str) -> None:
    log = a_simple_meeting(until)
    log.now += 1_000_000

    log.submit(actor, change())

    assert phone_of(log.texts, participant_of(log.state, "p_A")) == NEW
    mine = log.mine("p_A")["readiness"]
    assert (mine.phone, mine.phone_changed_at_ms) == ("+7 ··· ··· 43 21", log.now // 1000)
    assert log.mine("p_B")["readiness"].phone_changed_at_ms is None
    for staff in ("organizer", "registrar"):
        assert log.seen(staff)["phone/p_A"].phone == "+7 ··· ··· 43 21"


def test_the_number_is_neither_in_the_body_nor_in_what_a_log_line_may_hold() -> None:
    log = a_simple_meeting()

    log.submit(ORGANIZER, change())

    event = log.events[-1]
    assert (event.kind, event.body) == ("phone_changed", {"person": "p_A"})
    assert log.texts[event.pos, 0] == {"phone": NEW, "reason": WHY}
    assert log.subjects[event.pos, 0] == "p_A"
    assert TYPED not in repr(change())


def test_nobody_else_changes_a_number_not_even_the_person() -> None:
    log = a_simple_meeting()

    for actor in ("p_A", "p_B", "p_obs", "p_scr", "p_nobody"):
        assert log.code(actor, change()) == "forbidden"


@pytest.mark.parametrize(
    "typed", ["+7 495 123-12-34", "12345", "телефон", "+1234567890123456", "     ", "+7 916 765-43-2"]
)
def test_where_no_code_can_go_is_no_number(typed: str) -> None:
    assert a_simple_meeting().code(ORGANIZER, change(phone=typed)) == "bad_phone"


def test_only_participants_of_a_meeting_signed_by_codes_have_such_a_number() -> None:
    log = a_simple_meeting()
    assert log.code(ORGANIZER, change(ORGANIZER)) == "not_found"
    assert log.code(ORGANIZER, change("p_nobody")) == "not_found"

    other = a_meeting(policy="qualified")
    assert other.code(ORGANIZER, change()) == "signature_not_expected"
    assert "phone/p_A" not in other.seen("organizer")


def test_no_number_changes_under_a_ballot_that_it_has_signed() -> None:
    log = a_simple_meeting()
    log.start("q1")
    log.submit(ORGANIZER, change())
    log.cast(1, "A", "for")

    assert log.code(ORGANIZER, change()) == "phone_has_signed"
    log.submit(ORGANIZER, change("p_B"))
    log.finish(1)
    log.submit(ORGANIZER, change(phone=OLD))
    log.by_organizer(EndMeeting())
    assert log.code(ORGANIZER, change()) == "meeting_is_over"


def test_who_annuls_a_ballot_cannot_have_the_next_code_sent_to_himself() -> None:
    log = a_simple_meeting()
    log.start("q1")
    log.cast(1, "A", "for")
    log.by_organizer(AnnulBallot(1, "A", "ошибка"))

    assert log.code(ORGANIZER, change()) == "phone_has_signed"


def test_a_paper_that_the_desk_took_holds_up_nobodys_number() -> None:
    log = a_simple_meeting()
    log.start("q1")
    log.submit(REGISTRAR, ReceivePaper(1, "A"))

    log.submit(REGISTRAR, change())

    assert phone_of(log.texts, participant_of(log.state, "p_A")) == NEW


def test_a_ballot_is_accepted_only_under_a_code_to_the_number_of_that_moment() -> None:
    """On another worker the number may change between the look at the code and the decision."""
    log = a_simple_meeting()
    log.start("q1")
    looked_at = log.examined(person_of("A"), log.a_cast(1, "A", "for"), log.now)
    log.submit(ORGANIZER, change())

    refusal = log.refused(person_of("A"), looked_at)

    assert (refusal.code, refusal.final) == ("not_examined", False)
    log.cast(1, "A", "for")
    assert [bound.phone for bound in log.codes.bound] == [
        log.state.phone_changes[0].before,
        log.state.persons["p_A"].phone,
    ]


@pytest.mark.parametrize("verdict", ["unknown", "wrong", "expired", "spent"])
def test_a_code_looked_up_for_another_number_refuses_nothing_for_good(verdict: str) -> None:
    """Whoever looked was behind: the command is looked at again."""
    log = a_simple_meeting()
    log.start("q1")
    log.codes.verdict = verdict  # type: ignore[assignment]
    rep = log.examined(person_of("A"), log.a_cast(1, "A", "for"), log.now)
    log.submit(ORGANIZER, change())

    assert log.refused(person_of("A"), rep).final is False


def test_who_had_no_telephone_becomes_ready() -> None:
    log = a_simple_meeting("convened")
    assert log.seen("organizer")["readiness"].reasons == {"no_phone": 1}

    log.submit(ORGANIZER, change("p_C"))

    assert log.seen("organizer")["readiness"].reasons == {}


def test_the_whole_minutes_tell_both_numbers_by_their_ends_and_the_others_how_many() -> None:
    log = a_simple_meeting()
    log.submit(REGISTRAR, change())
    log.submit(ORGANIZER, change("p_C"))

    whole, others = (minutes_of(log.state, log.texts, is_whole) for is_whole in (True, False))

    zone = log.state.the_card.timezone
    at = moment(log.state.phone_changes[0].at, zone, seconds=True)
    first, second = whole.phones
    assert first.label == "ООО «A»"
    assert first.values[:2] == (at, "был +7 ··· ··· 12 34, стал +7 ··· ··· 43 21")
    assert first.values[2].endswith(f": {WHY}")
    assert second.values[1] == "был —, стал +7 ··· ··· 43 21"
    assert others.phones == ()
    for edition in (whole, others):
        assert Row(MINUTES["phones_changed"], ("2",)) in edition.proof
    page = minutes(log.state, log.texts, "organizer")
    assert MINUTES["phones"] in page
    assert NEW not in page
    assert WHY not in minutes(replace(log.state, status="ended"), log.texts, "participant")


def test_a_number_that_was_destroyed_takes_no_codes_and_shows_nothing() -> None:
    log = a_simple_meeting()
    log.submit(ORGANIZER, change())
    gone = {ref: text for ref, text in log.texts.items() if log.subjects[ref] != "p_A"}

    assert phone_of(gone, participant_of(log.state, "p_A")) is None
    (row,) = minutes_of(log.state, gone, whole=True).phones
    assert row.values[1] == "был —, стал —"
