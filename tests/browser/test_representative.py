"""A representative votes for eight creditors in one table, over a websocket or, where those are blocked, over HTTP."""

import pytest
from playwright.sync_api import expect

from tests.browser.acts import (
    accepted,
    button,
    confirm,
    open_meeting,
    organizer,
    participant,
    running,
    start,
    vote,
)
from tests.browser.conftest import Enter
from tests.browser.files import ALFA, PLACE, PRINCIPALS, REPORT, REPRESENTATIVE
from tests.browser.hall import Hall, Links

BLOCKED = """
window.WebSocket = class {
  constructor() { setTimeout(() => this.onclose({ code: 1006, reason: '' })); }
  send() {}
  close() {}
};
"""
WAYS = pytest.mark.parametrize("prepare", ["", BLOCKED], ids=["websocket", "websockets blocked"])
INSTRUCTIONS = "\n".join(
    ["Кредитор;Вопрос;Ответ", *(f"{name};2;У должника" for name in PRINCIPALS[:6])]
    + [f"{name};2;Дистанционно" for name in PRINCIPALS[6:]]
)


@WAYS
def test_a_representative_votes_for_eight_creditors_with_one_confirmation_in_a_table_that_came_late(
    enter: Enter, hall: Hall, links: Links, prepare: str
) -> None:
    console = organizer(enter, hall, links)
    participant(enter, links[ALFA])
    room = participant(enter, links[REPRESENTATIVE], phone=False, prepare=prepare)
    room.route("**/assets/Grid-*", lambda request: request.abort())
    open_meeting(console)
    start(console, PLACE)
    expect(running(room)).to_contain_text("Часть страницы ещё не загрузилась")
    room.unroute("**/assets/Grid-*")

    expect(room.get_by_role("listitem").filter(has_text=PRINCIPALS[0])).to_have_css("display", "grid")
    room.get_by_text("Загрузить поручения").click()
    room.get_by_label("Таблица поручений").fill(INSTRUCTIONS)
    button(room, "Заполнить по поручениям").click()
    expect(room.get_by_text("Поручений прочитано: 8")).to_be_visible()
    room.get_by_role("group", name=PRINCIPALS[0]).get_by_label("У управляющего").check()
    expect(room.get_by_text("Отличается от поручения: У должника")).to_be_visible()
    sums = room.get_by_label("Итого по вариантам")
    expect(sums).to_contain_text("500\u00a0000,00\u00a0₽ · 5 кредиторов")
    button(room, "Отправить: 8").click()
    dialog = room.get_by_role("dialog", name="Отправить 8 бюллетеней?")
    expect(dialog).to_contain_text("Отличий от поручений: 1")
    confirm(room, "Отправить: 8")
    expect(running(room).get_by_text("✓ Голос принят")).to_have_count(len(PRINCIPALS))
    expect(running(console)).to_contain_text("Проголосовали 8 из 9")


def test_with_websockets_blocked_a_vote_gets_the_same_receipt_and_the_badge_tells_it_quietly(
    enter: Enter, hall: Hall, links: Links
) -> None:
    console = organizer(enter, hall, links)
    room = participant(enter, links[ALFA], prepare=BLOCKED)
    participant(enter, links[REPRESENTATIVE], phone=False)
    open_meeting(console)

    expect(room.get_by_role("banner")).to_contain_text("На связи, запасной путь")
    expect(console.get_by_role("banner")).not_to_contain_text("запасной путь")
    start(console, REPORT)
    vote(room, "За")
    expect(running(room).get_by_text("Номер записи")).to_be_visible()
    room.reload()
    expect(accepted(running(room))).to_be_visible()
    expect(running(console)).to_contain_text("Проголосовали 1 из 9")
