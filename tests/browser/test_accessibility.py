"""Every page for everybody: axe in light and dark at both widths, text at 200 %, nothing from other hosts."""

from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser import axe
from tests.browser.acts import button, opened, participant, signed_in, start, stop, vote
from tests.browser.conftest import Visitors, visiting
from tests.browser.files import PLACE, REPORT, REPRESENTATIVE
from tests.browser.hall import Hall

PAGES = pytest.mark.parametrize("name", ["room", "grid", "console", "desk", "screen", "new", "in", "index"])
BEYOND = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const isBeyond = (one) => one.getBoundingClientRect().right > clientWidth && !one.closest('.scroll-x');
  const wide = [...document.querySelectorAll('*')].filter(isBeyond);
  return [`${scrollWidth} > ${clientWidth}`, ...wide.map((one) => one.outerHTML.slice(0, 120))];
}"""
NARROW: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def people(browser: Browser, hall: Hall) -> Iterator[Visitors]:
    with visiting(browser, hall.url) as visitors:
        yield visitors


@pytest.fixture(scope="module")
def pages(people: Visitors, hall: Hall) -> dict[str, Page]:
    """All pages of a meeting with one decision and a voting that runs."""
    links = hall.meeting()
    console, room, beta = opened(people.enter, hall, links)
    grid = participant(people.enter, links[REPRESENTATIVE])
    start(console, REPORT)
    vote(room, "За")
    vote(beta, "Против")
    stop(console, REPORT)
    start(console, PLACE)
    vote(beta, "У должника")
    index = signed_in(people.enter, hall)
    index.goto(hall.url)
    return {
        "room": room,
        "grid": grid,
        "console": console,
        "desk": people.enter(links["registrar"]),
        "screen": people.enter(links["screen"]),
        "new": signed_in(people.enter, hall),
        "in": people.enter(f"{hall.url}/in"),
        "index": index,
    }


@PAGES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(pages: dict[str, Page], name: str, scheme: Literal["light", "dark"]) -> None:
    page = ready(pages[name])
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        assert axe.faults(page) == []


def test_axe_finds_nothing_in_the_dialogs(pages: dict[str, Page]) -> None:
    console, room = pages["console"], pages["room"]
    button(console, "Завершить голосование").click()
    room.get_by_label("У должника").check()
    button(room, "Проголосовать").click()
    for page in (console, room):
        expect(page.get_by_role("dialog")).to_be_visible()
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            assert axe.faults(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_axe_notices_planted_faults(pages: dict[str, Page]) -> None:
    page = ready(pages["in"])
    page.evaluate(
        """() => {
          document.documentElement.removeAttribute('lang');
          const picture = document.createElement('img'), field = document.createElement('input');
          picture.src = 'data:,';
          document.querySelector('main').append(picture, field);
        }"""
    )
    rules = {fault.partition(":")[0] for fault in axe.faults(page)}
    page.reload()

    assert {"html-has-lang", "image-alt", "label"} <= rules


@PAGES
def test_text_at_200_percent_needs_no_sideways_scrolling_on_a_phone(
    pages: dict[str, Page], name: str
) -> None:
    page = ready(pages[name])
    page.set_viewport_size(NARROW)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    axe.settle(page)
    beyond = page.evaluate(BEYOND)
    page.evaluate("document.documentElement.style.fontSize = ''")

    assert beyond == [], "\n".join(beyond)


def test_no_page_asks_another_host_for_anything(pages: dict[str, Page], people: Visitors) -> None:
    for page in pages.values():
        ready(page)

    assert len(people.requests) > len(pages)
    assert people.strangers == []


def ready(page: Page) -> Page:
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    expect(page.get_by_text("Загрузка…").filter(visible=True)).to_have_count(0)
    return page
