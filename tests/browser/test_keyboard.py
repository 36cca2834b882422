"""Hands on the keyboard: shortcuts of the console, a whole vote without a mouse, and typing that no push disturbs."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.acts import (
    accepted,
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
from tests.browser.conftest import Enter
from tests.browser.files import ALFA, CANDIDATES, COMMITTEE, MEMBERS, PLACE, REPORT
from tests.browser.hall import Hall, Links

MOST_STOPS = 60


def test_the_organizer_runs_a_voting_by_four_keys(enter: Enter, hall: Hall, links: Links) -> None:
    console, _, _ = opened(enter, hall, links)

    console.keyboard.press("?")
    listed = console.get_by_role("dialog", name="Клавиши")
    expect(listed).to_contain_text("следующий вопрос")
    console.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(agenda_line(console, REPORT)).to_have_attribute("aria-current", "step")
    console.keyboard.press("n")
    expect(agenda_line(console, PLACE)).to_have_attribute("aria-current", "step")
    console.keyboard.press("s")
    expect(console.get_by_role("dialog", name="Начать голосование по вопросу 2?")).to_be_visible()
    console.keyboard.press("Enter")
    expect(running(console)).to_contain_text(PLACE)
    expect(console.get_by_role("dialog")).to_be_hidden()  # a key does nothing while one is open
    console.keyboard.press("e")
    asked = console.get_by_role("dialog", name="Завершить голосование сейчас?")
    tab_to(console, button(asked, "Завершить голосование"))
    console.keyboard.press("Enter")
    expect(results(console)).to_contain_text(PLACE)


def test_a_whole_vote_needs_no_mouse(enter: Enter, hall: Hall, links: Links) -> None:
    console, _, beta = opened(enter, hall, links)
    start(console, REPORT)

    expect(running(beta)).to_contain_text(REPORT)
    tab_to(beta, beta.get_by_role("radio", name="За"))
    beta.keyboard.press("ArrowDown")
    expect(beta.get_by_role("radio", name="Против")).to_be_checked()
    tab_to(beta, button(beta, "Проголосовать"))
    beta.keyboard.press("Enter")
    tab_to(beta, button(beta.get_by_role("dialog"), "Отправить голос"))
    beta.keyboard.press("Enter")
    expect(accepted(running(beta))).to_be_visible()


def test_what_is_being_typed_survives_the_votes_of_others(enter: Enter, hall: Hall, links: Links) -> None:
    console, alfa, beta = opened(enter, hall, links)
    start(console, COMMITTEE)
    vote(alfa, "За")
    vote(beta, "За")
    stop(console, COMMITTEE)
    unfold(console, MEMBERS)
    expect(running(alfa)).to_contain_text(MEMBERS)
    mine = alfa.get_by_label(CANDIDATES[1], exact=True)
    mine.press_sequentially("12345,6")
    search = console.get_by_label("Найти кредитора")
    search.press_sequentially("альф")

    beta.get_by_label(CANDIDATES[0], exact=True).fill("100")
    button(beta, "Проголосовать").click()
    button(beta.get_by_role("dialog"), "Отправить голос").click()
    expect(running(console)).to_contain_text("Проголосовали 1 из 2")

    expect(mine).to_have_value("12345,6")
    expect(mine).to_be_focused()
    expect(search).to_have_value("альф")
    expect(search).to_be_focused()
    expect(console.get_by_role("region", name="Таблица присутствующих").get_by_role("row")).to_have_count(2)
    expect(console.get_by_role("row").filter(has_text=ALFA)).to_be_visible()
    search.press_sequentially("а")
    expect(search).to_have_value("альфа")


def tab_to(page: Page, target: Locator) -> None:
    """Tab until the target has the focus; it must be reachable."""
    expect(target).to_be_visible()
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"not reached in {MOST_STOPS} stops: {target}")
