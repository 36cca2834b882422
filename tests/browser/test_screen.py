"""The projector screen: quorum, question, countdown, result."""

from playwright.sync_api import expect

from tests.browser.acts import opened, start, stop, vote
from tests.browser.conftest import Enter
from tests.browser.files import REPORT
from tests.browser.hall import Hall, Links


def test_the_screen_shows_quorum_question_countdown_and_result(
    enter: Enter, hall: Hall, links: Links
) -> None:
    screen = enter(links["screen"], viewport={"width": 1920, "height": 1080})
    expect(screen.get_by_role("img", name="Войти в собрание")).to_be_visible()
    console, alfa, beta = opened(enter, hall, links)

    expect(screen.get_by_text("57,14 %")).to_be_visible()
    expect(screen.get_by_text("Присутствуют 2 из 12")).to_be_visible()
    start(console, REPORT)
    expect(screen.get_by_role("heading", name="Принять к сведению отчёт")).to_be_visible()
    expect(screen.get_by_role("timer")).to_contain_text(":")
    vote(alfa, "За")
    vote(beta, "За")
    expect(screen.get_by_text("Проголосовали 2 из 2")).to_be_visible()
    stop(console, REPORT)
    expect(screen.get_by_text("Решение принято")).to_be_visible()
    expect(screen.get_by_text("ст. 15")).to_be_visible()
