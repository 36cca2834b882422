"""Until a closed voting closes, nobody is shown or sent what others chose."""

import zlib
from typing import Any

import msgspec
from playwright.sync_api import expect

from tests.browser.acts import DECIDED, agenda_line, button, opened, results, running, start, stop, vote
from tests.browser.conftest import Visitors
from tests.browser.files import ALFA, ENVOY
from tests.browser.hall import Hall, Links

ALFA_HAS = "900\u00a0000,00"


def test_choices_and_sums_of_a_closed_voting_reach_nobody_before_it_closes(
    visitors: Visitors, hall: Hall, links: Links
) -> None:
    console, alfa, beta = opened(visitors.enter, hall, links)
    screen = visitors.enter(links["screen"])
    watchers = (console, beta, screen)
    button(agenda_line(console, ENVOY), "Начать голосование").click()
    warning = console.get_by_role("dialog").get_by_role("status")
    expect(warning).to_contain_text("одна сумма «за» в среднем выдаст выбор 100,00 % кредиторов")
    expect(warning).to_contain_text("Тайным голосование не будет")
    button(console.get_by_role("dialog"), "Не нужно").click()
    start(console, ENVOY)
    expect(running(beta)).to_contain_text("Закрытое голосование")
    expect(screen.get_by_role("heading", level=1)).to_contain_text("представителем")
    begun = {page: len(visitors.frames[page]) for page in watchers}

    vote(alfa, "Против")
    expect(running(console)).to_contain_text("Проголосовали 1 из 2")
    expect(screen.get_by_text("Проголосовали 1 из 2")).to_be_visible()
    expect(console.get_by_role("main")).not_to_contain_text("Против")
    expect(beta.get_by_role("main")).not_to_contain_text(ALFA_HAS)
    vote(beta, "За")
    stop(console, ENVOY)

    for page in (console, beta):
        expect(results(page)).to_contain_text("Против")
        expect(results(page)).to_contain_text(ALFA_HAS)
    expect(beta.get_by_text("Кто как голосовал")).to_have_count(0)
    console.get_by_text("Кто как голосовал").click()
    expect(
        console.get_by_role("region", name="Кто как голосовал").get_by_role("row", name=ALFA)
    ).to_be_visible()
    expect(screen.get_by_role("status").filter(has_text=DECIDED)).to_be_visible()
    for page in watchers:
        told = before_closing(visitors.frames[page][begun[page] :])
        assert told
        assert not any("against" in frame or "Против" in frame for frame in told)


def before_closing(frames: list[bytes]) -> list[str]:
    """What arrived from the beginning until the voting was no longer open, as text."""
    told: list[str] = []
    for frame in frames:
        said = repr(unpacked(frame))
        if "'stopped'" in said or "'closed'" in said or "'counted'" in said:
            return told
        told.append(said)
    raise AssertionError("the voting never closed")


def unpacked(frame: bytes) -> Any:
    found = msgspec.msgpack.decode(frame)
    if found.get("packed"):
        found["set"] = msgspec.msgpack.decode(zlib.decompress(found["set"], wbits=-15))
    return found
