"""Makes the pictures of this folder again from a live demo meeting: python docs/pictures/make.py (pages built, Chromium there)."""

import asyncio
import base64
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402 - after the path is set

from app.cli import practitioner_link  # noqa: E402
from app.demo import Founded, crowd, example_files, founded_meeting  # noqa: E402
from app.embedded import embedded, free_port, serving  # noqa: E402
from tests.browser.acts import DECIDED, act, agenda_line, button, confirm, running, start  # noqa: E402
from tests.browser.conftest import ARGS, DESK, PHONE  # noqa: E402
from tests.browser.hall import upload  # noqa: E402

BOTS = 40
MANY = re.compile(r"Проголосовали (3[5-9]|[45]\d)")
REPORT, SALE = "Отчёт конкурсного управляющего", "Порядок продажи имущества"
TOGETHER = """<!doctype html><style>
  body {{ margin: 0; padding: 24px; display: flex; gap: 24px; align-items: center; background: #dfe5ec; width: 1160px }}
  img {{ display: block; border-radius: 10px; box-shadow: 0 4px 18px #0003 }}
</style><img width="900" src="data:image/png;base64,{left}"><img width="236" src="data:image/png;base64,{right}">"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = embedded(folder, free_port())
        founded = asyncio.run(founded_meeting(settings, example_files()))
        practitioner = asyncio.run(practitioner_link(settings, "Орлова Марина Сергеевна"))
        with serving(settings), crowd(settings, founded, folder, BOTS), opened_browser() as browser:
            meeting(browser, founded)
            new_meeting(browser, practitioner)


@contextmanager
def opened_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = (
            os.environ.get("KVORUM_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        )
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield browser
        browser.close()


def meeting(browser: Browser, founded: Founded) -> None:
    """One voting that runs, one for the representative, then the end."""
    console = visit(browser, founded.url_of("organizer"), DESK)
    room = visit(browser, founded.one_creditor["url"], PHONE)
    grid = visit(browser, founded.several_creditors["url"], {"viewport": {"width": 1280, "height": 800}})
    screen = visit(browser, founded.url_of("screen"), DESK)
    desk = visit(browser, founded.url_of("registrar"), DESK)
    for page in (room, grid):
        button(page, "Я здесь").click()
    expect(console.get_by_text("Кворум есть").first).to_be_visible(timeout=60_000)
    act(console, "Начать собрание")
    expect(console.get_by_role("region", name="Кворум: Вопрос 1")).to_contain_text(
        "Кворум есть", timeout=60_000
    )
    expect(desk.get_by_text("Зарегистрирован").first).to_be_visible()
    desk.get_by_label("Кого регистрируем").fill("Строй")
    taken(desk, "desk")
    start(console, REPORT)
    expect(running(console)).to_contain_text("Проголосовали 1", timeout=90_000)
    room.get_by_label("За", exact=True).check()
    taken(console, "console")
    taken(room, "room")
    taken(screen, "screen")
    together(browser)
    expect(running(console)).to_contain_text(MANY, timeout=120_000)
    button(running(console), "Завершить голосование").click()
    confirm(console, "Завершить голосование")
    expect(agenda_line(console, REPORT)).to_contain_text(DECIDED)
    start(console, SALE)
    button(grid, "Всем: За").click()
    button(grid, "Скрыть").click()
    taken(grid, "grid")
    button(running(console), "Завершить голосование").click()
    confirm(console, "Завершить голосование")
    expect(agenda_line(console, SALE)).to_contain_text(DECIDED)
    act(console, "Завершить собрание")
    expect(console.get_by_text("Завершено", exact=True)).to_be_visible()
    with console.expect_popup() as popup:
        console.get_by_role("link", name="Протокол").click()
    popup.value.wait_for_load_state()
    taken(popup.value, "minutes")


def new_meeting(browser: Browser, practitioner: str) -> None:
    page = visit(browser, practitioner, DESK)
    files = example_files()
    for label, name, body in (
        ("Реестр требований", "register-300.xlsx", files.register),
        ("Контакты", "contacts.xlsx", files.contacts or b""),
        ("Повестка", "agenda.yaml", files.agenda),
    ):
        page.get_by_role("group", name=label).locator("input").set_input_files(upload(name, body))
    button(page, "Проверить файлы").click()
    expect(page.get_by_text("Ошибок нет")).to_be_visible()
    taken(page, "new")


def visit(browser: Browser, link: str, device: dict[str, Any]) -> Page:
    page = browser.new_context(**device, locale="ru-RU").new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(link)
    expect(page.get_by_text("Загрузка…")).to_have_count(0)
    return page


def taken(page: Page, name: str) -> None:
    page.screenshot(path=HERE / f"{name}.png", scale="css")


def together(browser: Browser) -> None:
    """The console and a phone beside it, for the README."""
    sides = {
        side: base64.b64encode((HERE / f"{name}.png").read_bytes()).decode()
        for side, name in (("left", "console"), ("right", "room"))
    }
    page = browser.new_page(viewport={"width": 1208, "height": 612})
    page.set_content(TOGETHER.format(**sides))
    taken(page, "meeting")


if __name__ == "__main__":
    main()
