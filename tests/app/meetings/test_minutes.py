"""Minutes: everything that the law and the issue want in them, and nothing that was not counted."""

import base64
import hashlib
import re
from datetime import UTC, datetime

import pytest

from app.meetings.commands import (
    AnnulBallot,
    BarQuestion,
    CancelMeeting,
    CorrectLine,
    DeclareFailed,
    EndMeeting,
    Leave,
    OpenMeeting,
    Postpone,
    ReadPaper,
    ReceivePaper,
    Recess,
    RegisterDeparture,
    RegisterPresent,
    Resume,
)
from app.meetings.minutes import POLICY, may_read, minutes
from app.meetings.model import Role
from app.meetings.texts.moments import moment
from tests.builders import REGISTRAR, SECOND, START, Log, a_meeting, a_question, attend, person_of


def text_of(log: Log, role: Role = "organizer") -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", minutes(log.state, log.texts, role)))


def test_minutes_tell_the_whole_meeting() -> None:
    log = a_meeting(
        a_question("q1", wording="Утвердить отчёт"), a_question("q2", wording="Иное"), present=("A", "B")
    )
    log.submit(REGISTRAR, RegisterPresent(["C"], "паспорт 45 00", "Сидоров С. С.", "доверенность № 7"))
    log.by_organizer(Recess((START + SECOND) // 1000, "на обед"))
    log.now += SECOND
    log.by_organizer(Resume())
    log.by_organizer(CorrectLine("C", "определение суда", claim_kopecks="2500"))
    log.by_organizer(BarQuestion("q2", "АС Москвы", "А40-9/2026", "2026-01-02"))
    log.start("q1")
    log.cast(1, "A", "against")
    log.by_organizer(AnnulBallot(1, "A", "подан по ошибке"))
    log.cast(1, "A", "for")
    log.submit(REGISTRAR, ReceivePaper(1, "C"))
    late = log.a_cast(1, "B", "for")
    log.close(1)
    log.code(person_of("B"), late, received_at=START + SECOND)
    for reading in (1, 2):
        log.submit(REGISTRAR, ReadPaper(1, "C", reading, ["for"]))
    log.count(1)
    log.by_organizer(EndMeeting())

    shown = text_of(log)

    for part in (
        "Протокол собрания кредиторов",
        "Утвердить отчёт",
        "Сидоров С. С.",
        "паспорт 45 00; доверенность № 7",
        "на обед",
        "определение суда",
        "АС Москвы, дело А40-9/2026, акт от 2026-01-02",
        "подан по ошибке",
        "Получены вовремя, но не сохранены до закрытия",
        "бумажный",
        "127-ФЗ, ст. 15 п. 1",
        "5/7",
        "решение принято",
        "допуск 1 с",
        log.state.register.sha256,
        log.state.the_card.profile_version,
    ):
        assert part in shown


def a_closed_voting() -> Log:
    log = a_meeting(a_question("q1", secrecy="closed"), present=("A", "B"))
    log.submit(REGISTRAR, RegisterPresent(["C"], "паспорт 45 00", "Сидоров С. С.", "доверенность № 7"))
    log.start("q1")
    log.cast(1, "A", "against")
    log.by_organizer(AnnulBallot(1, "A", "подан по ошибке"))
    log.cast(1, "A", "for")
    log.finish(1)
    log.by_organizer(EndMeeting())
    return log


@pytest.mark.parametrize("role", ["participant", "observer"])
def test_participants_read_sums_and_no_choice_by_name_of_a_closed_voting(role: Role) -> None:
    log = a_closed_voting()

    shown, whole = text_of(log, role), text_of(log)

    for part in ("Бюллетени", "подан по ошибке", "паспорт 45 00", "доверенность № 7"):
        assert part in whole
        assert part not in shown
    assert "50,00" in shown
    assert "Решение" in shown


def test_participants_read_the_names_of_an_open_voting() -> None:
    log = a_meeting()
    log.decide("q1", "A", "B")
    log.by_organizer(EndMeeting())

    assert "Бюллетени" in text_of(log, "participant")


def test_before_the_end_only_the_organizer_and_the_registrar_read_a_draft() -> None:
    log = a_meeting()
    roles: tuple[Role, ...] = ("organizer", "registrar", "participant", "observer", "screen")

    assert [may_read(log.state, role) for role in roles] == [True, True, False, False, False]
    log.by_organizer(EndMeeting())
    assert [may_read(log.state, role) for role in roles] == [True, True, True, True, False]


def test_minutes_of_failure_say_why() -> None:
    log = a_meeting(until="convened")
    attend(log, "A")
    log.by_organizer(DeclareFailed())

    shown = text_of(log)

    assert "Протокол о несостоявшемся собрании кредиторов" in shown
    assert "Кворум отсутствует" in shown


def test_a_draft_of_minutes_holds_no_choice_of_a_running_voting() -> None:
    log = a_meeting(a_question("q1", secrecy="closed"))
    log.start("q1")
    log.cast(1, "A", "for")
    one = minutes(log.state, log.texts, "organizer")

    flipped = a_meeting(a_question("q1", secrecy="closed"))
    flipped.start("q1")
    flipped.cast(1, "A", "against")

    assert one == minutes(flipped.state, flipped.texts, "organizer")
    assert "Проект протокола" in one


def test_texts_of_people_are_escaped() -> None:
    log = a_meeting(a_question("q1", wording="<script>alert(1)</script>"))

    assert "<script>" not in minutes(log.state, log.texts, "organizer")


def test_the_policy_of_the_page_lets_its_own_style_through() -> None:
    log = a_meeting(a_question("q1"))
    style = re.search(r"<style>(.*?)</style>", minutes(log.state, log.texts, "organizer"), re.S)

    assert style is not None
    assert base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode() in POLICY


def journal_of(log: Log) -> list[list[str]]:
    page = minutes(log.state, log.texts, "organizer")
    table = page.split("<h2>Журнал регистрации")[1].split("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]


def test_the_journal_keeps_every_act() -> None:
    log = a_meeting(until="convened")
    attend(log, "A", "B")
    log.by_organizer(Postpone((START + SECOND) // 1000, "болезнь"))
    log.now += SECOND
    log.submit(REGISTRAR, RegisterPresent(["A"], "паспорт 45 00", "Сидоров С. С.", "№ 7"))
    log.submit(REGISTRAR, RegisterDeparture(["A"]))
    attend(log, "A")

    rows = [(row[1], row[2], row[3]) for row in journal_of(log)]

    assert rows == [
        ("ООО «A»", "зарегистрирован по своей ссылке", "—"),
        ("ООО «B»", "зарегистрирован по своей ссылке", "—"),
        ("Собрание отложено, журнал начат заново: болезнь", "—", "—"),
        ("ООО «A»", "зарегистрирован за столом регистрации", "Сидоров С. С."),
        ("ООО «A»", "выбыл, отмечено за столом регистрации", "—"),
        ("ООО «A»", "вернулся, зарегистрирован по своей ссылке", "—"),
    ]


def test_why_a_meeting_was_postponed_stands_in_the_journal_and_is_no_ground_of_its_failing() -> None:
    log = a_meeting(until="convened")
    log.by_organizer(Postpone((START + SECOND) // 1000, "болезнь"))
    before = text_of(log)
    log.now += SECOND
    log.by_organizer(DeclareFailed())

    shown = text_of(log, "participant")

    assert "Основание болезнь" in before
    assert "журнал начат заново: болезнь" in shown
    assert "Основание болезнь" not in shown


def test_of_a_cancelled_meeting_there_is_neither_a_draft_nor_a_quorum() -> None:
    log = a_meeting(until="convened")
    log.by_organizer(CancelMeeting("производство прекращено"))

    shown = text_of(log)

    assert "Сведения об отменённом собрании кредиторов" in shown
    assert "Основание производство прекращено" in shown
    assert "Собрание отменено до открытия, кворум не определялся." in shown
    assert "Проект протокола" not in shown


def test_minutes_tell_where_the_debtor_is_and_who_was_admitted_without_a_vote() -> None:
    log = a_meeting(debtor_address="628301, г. Нефтеюганск")

    whole, shown = text_of(log), text_of(log, "participant")

    assert "Адрес должника 628301, г. Нефтеюганск" in whole
    assert "Допущены без права голоса 1: Наблюдатель" in whole
    assert "Допущены без права голоса 1 " in shown


def test_the_journal_shows_the_votes_of_its_hour() -> None:
    log = a_meeting(present=("A", "B"))
    log.by_organizer(CorrectLine("A", "определение суда", claim_kopecks="9900"))
    attend(log, "C")
    log.submit(person_of("A"), Leave(["A"]))

    assert [row[5] for row in journal_of(log)] == ["50,00", "30,00", "20,00", "99,00"]


def test_minutes_tell_who_was_here_at_the_opening_and_after_a_recess_also_without_a_voting() -> None:
    log = a_meeting(present=("A", "C"))
    log.by_organizer(Recess((START + SECOND) // 1000, "на обед"))
    attend(log, "B")
    log.now += SECOND
    log.by_organizer(Resume())
    log.by_organizer(EndMeeting())

    shown = text_of(log, "participant")

    assert "2 70,00 70,00 % есть" in shown
    assert "3 100,00 100,00 % есть" in shown
    assert [(roll.registered, roll.held) for roll in log.state.rolls] == [(2, True), (3, True)]


def test_minutes_say_who_cast_each_ballot() -> None:
    log = a_meeting(until="convened", representatives={"p_rep": ("B",)})
    attend(log, "B")
    log.submit(REGISTRAR, RegisterPresent(["A"], "паспорт 45 00", "Сидоров С. С.", "№ 7"))
    attend(log, "C")
    log.by_organizer(OpenMeeting())
    log.start("q1")
    log.submit(REGISTRAR, ReceivePaper(1, "A"))
    log.submit("p_rep", log.a_cast(1, "B", "for"))
    log.cast(1, "C", "for")
    log.close(1)
    for reading in (1, 2):
        log.submit(REGISTRAR, ReadPaper(1, "A", reading, ["for"]))
    log.count(1)

    shown = text_of(log)

    for who in (
        "бумажный, представитель Сидоров С. С.",
        "электронный, представитель p_rep",
        "электронный, кредитор",
    ):
        assert who in shown


def test_minutes_say_once_in_what_zone_their_times_are() -> None:
    shown = [text_of(a_meeting(timezone=zone)) for zone in ("Europe/Moscow", "Asia/Yekaterinburg")]

    assert shown[0].count("Время в протоколе московское (UTC+3)") == 1
    assert "Время в протоколе Asia/Yekaterinburg (UTC+5)" in shown[1]


def test_an_hour_that_came_twice_says_which_of_the_two_it_was() -> None:
    before = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()) * SECOND

    told = [moment(before + hours * 3600 * SECOND, "Europe/Berlin") for hours in (0, 1, 2)]

    assert told == ["25.10.2026 02:30 (UTC+2)", "25.10.2026 02:30 (UTC+1)", "25.10.2026 03:30"]


def test_a_heading_is_not_repeated_as_the_caption_of_its_table() -> None:
    log = a_closed_voting()

    assert text_of(log).count("Журнал регистрации") == 1
