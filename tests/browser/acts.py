"""What people do on the pages, by the words they see."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Enter
from tests.browser.files import ALFA, BETA
from tests.browser.hall import Hall, Links

AGAIN = "Проведите голосование повторно"
DECIDED = re.compile("(Решение|Комитет) (не )?(принято|избран)")


def organizer(enter: Enter, hall: Hall, links: Links) -> Page:
    """The practitioner at the console of this meeting."""
    page = signed_in(enter, hall)
    page.goto(hall.page("console", links))
    expect(page.get_by_text("На связи", exact=True)).to_be_visible()
    return page


def signed_in(enter: Enter, hall: Hall) -> Page:
    """The practitioner where his link leads."""
    page = enter(hall.practitioner)
    expect(page.get_by_role("heading", name="Новое собрание")).to_be_visible()
    return page


def participant(enter: Enter, link: str, *, phone: bool = True, prepare: str = "") -> Page:
    """Somebody in the room who has said that he is here."""
    page = enter(link, phone=phone, prepare=prepare)
    button(page, "Я здесь").click()
    expect(button(page, "Ухожу с собрания")).to_be_visible()
    return page


def opened(enter: Enter, hall: Hall, links: Links) -> tuple[Page, Page, Page]:
    """A meeting that runs: the console, ООО «Альфа» on a phone, ООО «Бета» at a desk; 57 % of the register."""
    console = organizer(enter, hall, links)
    alfa, beta = participant(enter, links[ALFA]), participant(enter, links[BETA], phone=False)
    open_meeting(console)
    return console, alfa, beta


def open_meeting(console: Page) -> None:
    act(console, "Начать собрание")
    expect(console.get_by_role("banner").get_by_text("Идёт", exact=True)).to_be_visible()


def act(page: Page, name: str, fields: dict[str, str] | None = None) -> None:
    """Press a button, fill what its dialog asks, confirm."""
    button(page, name).first.click()
    confirm(page, name, fields)


def confirm(page: Page, name: str, fields: dict[str, str] | None = None) -> None:
    dialog = page.get_by_role("dialog")
    for label, text in (fields or {}).items():
        dialog.get_by_label(label).fill(text)
    button(dialog, name).click()
    expect(dialog).to_be_hidden()


def start(console: Page, title: str) -> None:
    button(agenda_line(console, title), "Начать голосование").click()
    confirm(console, "Начать голосование")
    expect(running(console)).to_contain_text(title)


def stop(console: Page, title: str) -> None:
    """End the voting and wait for its result."""
    end_voting(console)
    expect(agenda_line(console, title)).to_contain_text(DECIDED)


def unfold(console: Page, title: str) -> None:
    """The packet goes on by itself; after a closing at which the server stood still, by the organizer's hand (0015)."""
    held_up = console.get_by_text(AGAIN).first
    expect(running(console).filter(has_text=title).or_(held_up).first).to_be_visible()
    if held_up.is_visible():
        start(console, title)


def end_voting(console: Page) -> None:
    button(running(console), "Завершить голосование").click()
    confirm(console, "Завершить голосование")


def vote(room: Page, answer: str) -> None:
    room.get_by_label(answer, exact=True).check()
    button(room, "Проголосовать").click()
    confirm(room, "Отправить голос")
    expect(accepted(running(room))).to_be_visible()


def accepted(where: Page | Locator) -> Locator:
    return where.get_by_text("Голос принят", exact=True)


def button(where: Page | Locator, name: str) -> Locator:
    return where.get_by_role("button", name=name, exact=True)


def agenda_line(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name="Повестка дня").get_by_role("listitem").filter(has_text=title)


def running(page: Page) -> Locator:
    """The card of the voting that runs, on the console and in the room."""
    return page.locator("main section").filter(has=page.get_by_role("timer"))


def results(page: Page) -> Locator:
    return page.get_by_role("region", name="Результаты")
