"""A stored ballot of a closed voting is damaged: the console tells whose, and the organizer counts without it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, Playwright, expect

from tests.browser import axe
from tests.browser.acts import AGAIN, agenda_line, button, confirm, end_voting, opened, start, vote
from tests.browser.conftest import visiting
from tests.browser.files import ALFA, ENVOY
from tests.browser.hall import opened_hall

WITHOUT = "Подсчитать без него"


def test_a_count_that_is_stopped_by_a_damaged_ballot_goes_on_by_a_reasoned_word(
    browser: Browser, playwright: Playwright, tmp_path: Path
) -> None:
    with opened_hall(tmp_path / "hall", playwright) as hall:
        links = hall.meeting()
        with visiting(browser, hall.url) as people:
            console, alfa, beta = opened(people.enter, hall, links)
            start(console, ENVOY)
            vote(alfa, "За")
            vote(beta, "За")
            damage(tmp_path / "hall" / "kvorum.db")
            end_voting(console)

            stopped = console.get_by_role("alert").filter(
                has_text="Подсчёт остановлен, не читается бюллетеней: 1"
            )
            expect(stopped).to_contain_text(ALFA)
            assert axe.faults(console) == []
            button(stopped, WITHOUT).click()
            confirm(console, WITHOUT, {"Причина": "Копии базы нет"})
            expect(agenda_line(console, ENVOY)).to_contain_text("Решение")
            expect(console.get_by_text(AGAIN)).to_be_visible()
            console.get_by_text("Кто как голосовал").click()
            expect(console.get_by_role("row").filter(has_text="повреждён")).to_contain_text(ALFA)


def damage(database: Path) -> None:
    """The first stored ballot is overwritten."""
    first = "select min(pos) from log_blob"
    with closing(sqlite3.connect(database, timeout=10)) as connection, connection:
        connection.execute(f"update log_blob set body = zeroblob(4096) where pos = ({first})")
