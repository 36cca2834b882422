"""The registrar's desk: a walk-in with his documents, a paper ballot, two readings, the minutes."""

from playwright.sync_api import Page, expect

from tests.browser.acts import button, confirm, end_voting, opened, results, running, start, vote
from tests.browser.conftest import Enter
from tests.browser.files import GAMMA, REPORT
from tests.browser.hall import Hall, Links

DOCUMENTS = "паспорт 40 12 345678, выдан 01.02.2012"


def test_a_walk_in_votes_on_paper_and_two_readings_enter_the_count_and_the_minutes(
    enter: Enter, hall: Hall, links: Links
) -> None:
    console, alfa, beta = opened(enter, hall, links)
    desk = enter(links["registrar"])

    desk.get_by_label("Кого регистрируем").fill("гаврилов")
    expect(desk.get_by_text("Найдено: 1")).to_be_visible()
    button(desk, f"Зарегистрировать: {GAMMA}").click()
    confirm(desk, "Зарегистрировать", {"Какие документы предъявлены": DOCUMENTS})
    expect(desk.get_by_text("Зарегистрирован за столом")).to_be_visible()
    start(console, REPORT)
    button(desk, "Принять бумажный бюллетень").click()
    confirm(desk, "Принять бумажный бюллетень")
    expect(running(console)).to_contain_text("Проголосовали 1 из 3")
    expect(console.get_by_role("row").filter(has_text=GAMMA)).to_contain_text("бумажный")
    vote(alfa, "За")
    vote(beta, "За")
    end_voting(console)
    expect(console.get_by_text("Внесите два чтения бумажных бюллетеней")).to_be_visible()
    read(desk, "Первое чтение", "Против", told="Чтение 1: готово")
    read(desk, "Второе чтение", "Против", told="Чтение 2: готово")

    expect(results(console)).to_contain_text("200\u00a0000,00\u00a0₽ · 1 кредитор")
    with console.expect_popup() as popup:
        console.get_by_role("link", name="Протокол").click()
    minutes = popup.value
    expect(minutes.get_by_role("row").filter(has_text=GAMMA).filter(has_text="бумажный")).to_be_visible()
    expect(minutes.get_by_role("row").filter(has_text=DOCUMENTS)).to_be_visible()


def read(desk: Page, which: str, answer: str, told: str) -> None:
    button(desk, f"{which}: {GAMMA}").click()
    dialog = desk.get_by_role("dialog", name="Что в бюллетене")
    dialog.get_by_label(answer, exact=True).check()
    button(dialog, "Внести").click()
    expect(dialog).to_be_hidden()
    expect(desk.get_by_role("status").filter(has_text=told)).to_be_visible()
