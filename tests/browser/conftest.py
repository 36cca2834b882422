"""Chromium, one server a run, and people who come in by their links. No asyncio here: Playwright has its own loop."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect

from app.kernel.pages import DIST
from tests.browser.hall import Hall, Links, opened_hall
from tests.servers import missing

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PATIENCE_MS = 45_000
"""A machine that others share may stand still for long; who is there in time is not waited for."""
Enter = Callable[..., Page]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    given = os.environ.get("KVORUM_CHROMIUM")
    chromium = given or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        missing("Chromium: apt-get install chromium, or set KVORUM_CHROMIUM")
    return {**browser_type_launch_args, "executable_path": chromium, "args": ARGS}


@pytest.fixture(scope="session")
def hall(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Hall]:
    if not (DIST / "room.html").exists():
        missing("the built pages: python3 dev.py setup")
    with opened_hall(tmp_path_factory.mktemp("hall"), playwright) as opened:
        yield opened


@pytest.fixture
def links(hall: Hall) -> Links:
    return hall.meeting()


class Visitors:
    """Browsers of their own for everybody who enters; what went wrong in any of them fails the test."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self.contexts: list[BrowserContext] = []
        self.requests: list[str] = []
        self.frames: dict[Page, list[bytes]] = {}
        self.faults: list[str] = []

    def enter(self, link: str, *, phone: bool = False, prepare: str = "", **options: Any) -> Page:
        """Open an access link; `prepare` is a script that runs before the page's own."""
        context = self._browser.new_context(**{**(PHONE if phone else DESK), **options}, locale="ru-RU")
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("console", self._heard)
        if prepare:
            context.add_init_script(prepare)
        page = context.new_page()
        self.frames[page] = []
        page.on("websocket", lambda socket: socket.on("framereceived", self._keeper(page)))
        page.goto(link)
        return page

    def _keeper(self, page: Page) -> Callable[[str | bytes], None]:
        def keep(frame: str | bytes) -> None:
            self.frames[page].append(frame if isinstance(frame, bytes) else frame.encode())

        return keep

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(message.text)

    @property
    def strangers(self) -> list[str]:
        """Requests that left for another host."""
        own = (self._url, "data:", f"blob:{self._url}")
        return [request for request in self.requests if not request.startswith(own)]


@contextmanager
def visiting(browser: Browser, url: str) -> Iterator[Visitors]:
    people = Visitors(browser, url)
    yield people
    for context in people.contexts:
        context.close()
    assert people.faults == []
    assert people.strangers == []


@pytest.fixture
def visitors(browser: Browser, hall: Hall) -> Iterator[Visitors]:
    with visiting(browser, hall.url) as people:
        yield people


@pytest.fixture
def enter(visitors: Visitors) -> Enter:
    return visitors.enter
