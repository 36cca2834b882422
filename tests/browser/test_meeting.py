"""The story of a meeting: an organizer at a desk, a creditor with a phone, from the opening to the minutes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.acts import (
    accepted,
    act,
    agenda_line,
    button,
    opened,
    results,
    running,
    start,
    stop,
    unfold,
    vote,
)
from tests.browser.conftest import Enter, visiting
from tests.browser.files import ALFA, CANDIDATES, COMMITTEE, MEMBERS, MOSCOW, PHONE, POWERS, REPORT
from tests.browser.hall import Hall, Links

LEAST_RECESS_S = 20


@dataclass(frozen=True, slots=True)
class Resting:
    """A meeting in recess."""

    console: Page
    alfa: Page
    until: datetime


@pytest.fixture(scope="module")
def resting(browser: Browser, hall: Hall) -> Iterator[Resting]:
    """A recess as short as can be typed in whole minutes by a slow hand; the other stories are told meanwhile."""
    with visiting(browser, hall.url) as people:
        console, alfa, _ = opened(people.enter, hall, hall.meeting())
        until = (datetime.now(MOSCOW) + timedelta(seconds=LEAST_RECESS_S + 60)).replace(
            second=0, microsecond=0
        )
        fields = {"До какого времени": f"{until:%d.%m.%Y %H:%M}", "Причина": "Обед"}
        act(console, "Объявить перерыв", fields)
        yield Resting(console, alfa, until)


def test_a_recess_is_seen_by_all(resting: Resting) -> None:
    alfa = resting.alfa
    expect(alfa.get_by_text(f"Перерыв до {resting.until.day}")).to_be_visible()
    expect(alfa.get_by_text(f"{resting.until:%H:%M} МСК")).to_be_visible()
    expect(alfa.get_by_text("Причина: Обед")).to_be_visible()
    expect(button(resting.console, "Продолжить собрание").first).to_be_visible()


def test_a_vote_gets_a_receipt_that_a_reload_keeps_and_the_result_has_its_article(
    enter: Enter, hall: Hall, links: Links
) -> None:
    console, alfa, beta = opened(enter, hall, links)

    start(console, REPORT)
    expect(alfa.get_by_role("heading", name=REPORT)).to_be_visible()
    expect(alfa.get_by_role("timer")).to_contain_text(":")
    expect(alfa.get_by_role("link", name=PHONE)).to_be_visible()
    button(alfa, "Проголосовать").click()
    expect(alfa.get_by_role("alert").filter(has_text="Выберите ответ")).to_be_visible()
    vote(alfa, "За")
    number = receipt_number(alfa)
    alfa.reload()
    expect(accepted(running(alfa))).to_be_visible()
    assert receipt_number(alfa) == number
    expect(running(console)).to_contain_text("Проголосовали 1 из 2")
    row = console.get_by_role("row").filter(has_text=ALFA)
    expect(row).to_contain_text("получен")
    vote(beta, "Против")
    stop(console, REPORT)
    for page in (console, alfa):
        result = results(page)
        expect(result).to_contain_text("Решение принято")
        result.get_by_text("Как посчитано").click()
        expect(result).to_contain_text("ст. 15")
        expect(result).to_contain_text("64,28")
        expect(result).to_contain_text("900 000,00".replace(" ", "\u00a0"))
    alfa.get_by_text("Кто как голосовал").click()
    expect(alfa.get_by_role("row").filter(has_text=ALFA)).to_contain_text("За")


def test_a_packet_unfolds_after_its_parent_and_the_minutes_hold_every_decision(
    enter: Enter, hall: Hall, links: Links
) -> None:
    console, alfa, beta = opened(enter, hall, links)

    expect(agenda_line(console, MEMBERS)).to_contain_text("После решения по основному вопросу")
    start(console, COMMITTEE)
    vote(alfa, "За")
    vote(beta, "За")
    stop(console, COMMITTEE)
    unfold(console, MEMBERS)
    expect(alfa.get_by_role("heading", name=MEMBERS)).to_be_visible()
    expect(alfa.get_by_text("Пакет: решено 0 из 2")).to_be_visible()
    for room in (alfa, beta):
        for candidate in CANDIDATES[:3]:
            room.get_by_label(candidate, exact=True).fill("100000")
        button(room, "Проголосовать").click()
        button(room.get_by_role("dialog"), "Отправить голос").click()
        expect(accepted(running(room))).to_be_visible()
    stop(console, MEMBERS)
    unfold(console, POWERS)
    expect(alfa.get_by_role("heading", name=POWERS)).to_be_visible()
    expect(alfa.get_by_text("Пакет: решено 1 из 2")).to_be_visible()
    vote(alfa, "За")
    stop(console, POWERS)
    expect(agenda_line(console, POWERS)).to_contain_text("Решение принято")

    act(console, "Завершить собрание")
    said = alfa.get_by_role("dialog", name="Организатор завершил собрание")
    expect(said).to_be_visible()
    button(said, "Закрыть").click()
    expect(said).to_be_hidden()
    with console.expect_popup() as popup:
        console.get_by_role("link", name="Протокол").click()
    minutes = popup.value
    expect(minutes.get_by_role("heading", level=1)).to_contain_text("Протокол")
    for text in (COMMITTEE, MEMBERS, POWERS, CANDIDATES[0], "ст. 15", "ст. 18"):
        expect(minutes.locator("body")).to_contain_text(text)


def test_after_the_recess_the_meeting_goes_on(resting: Resting) -> None:
    console, alfa = resting.console, resting.alfa
    console.wait_for_function(
        "until => Date.now() > until", arg=resting.until.timestamp() * 1000, timeout=120_000
    )
    expect(button(console, "Продолжить собрание").first).to_be_enabled()
    act(console, "Продолжить собрание")

    expect(alfa.get_by_text("Голосование не идёт")).to_be_visible()
    start(console, REPORT)
    vote(alfa, "За")


def receipt_number(room: Page) -> str:
    """The position in the log that the receipt names."""
    card = room.get_by_role("status").filter(has_text="Голос принят")
    expect(card.get_by_text("Номер записи")).to_be_visible()
    return card.locator("dd").first.inner_text()
