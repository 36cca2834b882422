"""A vote with a signature: by the plug-in, by the browser's own key, by files, from a second browser; and what goes wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser import axe
from tests.browser.acts import accepted, button, open_meeting, organizer, participant, running, start
from tests.browser.conftest import Visitors, visiting
from tests.browser.files import PRINCIPALS, REPORT, REPRESENTATIVE
from tests.browser.hall import Hall, Links, opened_hall
from tests.browser.signers import (
    Holder,
    build_plugin,
    choose,
    expired,
    holder,
    plugin,
    take_way,
    take_way_if_asked,
)

PLUGIN, SOFT, FILE, COMPUTER = (
    "КриптоПро на этом компьютере",
    "Демонстрационная подпись",
    "Любой программой, через файл",
    "На моём компьютере, по коду",
)
CARRIER = re.compile(r"Номер носителя: ([0-9a-f]{8})")
CHOOSER, PHONE, CLERK, CALLER, HASTY, BARE, UNSERVED, STRANGER, CARELESS, PATIENT, LENDER, BORROWER, LATE = (
    NAMES
) = (
    "Выборов Пётр Ильич",
    "Телефонова Анна Львовна",
    "Файлов Олег Ильич",
    "Кодова Вера Павловна",
    "Отменов Иван Кузьмич",
    "Безплагинов Яков Ильич",
    "Сервера Нина Петровна",
    "Чужаков Лев Юрьевич",
    "Другой Егор Ильич",
    "Медленная Ольга Сергеевна",
    "Хозяинов Пётр Петрович",
    "Соседова Мария Ильинична",
    "Просроченный Илья Львович",
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A question is being voted on; everybody is here and has a key, some have the plug-in."""

    url: str
    people: Visitors
    console: Page
    rooms: dict[str, Page]
    keys: dict[str, Holder]


@pytest.fixture(scope="module")
def meeting(
    browser: Browser, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Meeting]:
    build_plugin()
    folder = tmp_path_factory.mktemp("signed")
    with opened_hall(folder, playwright, signed=True) as hall:
        links = hall.meeting(dict.fromkeys(NAMES, 500_000))
        origin = {"Origin": hall.url}
        office = playwright.request.new_context(base_url=hall.url, extra_http_headers=origin)
        keys = {name: holder(office, links[name]) for name in (*NAMES, REPRESENTATIVE)}
        keys[LATE] = expired(folder / "keys", LATE)
        office.dispose()
        with visiting(browser, hall.url) as people:
            yield held(hall, people, links, keys)


def held(hall: Hall, people: Visitors, links: Links, keys: dict[str, Holder]) -> Meeting:
    console = organizer(people.enter, hall, links)
    plugins = plugins_of(keys)
    rooms = {
        name: participant(
            people.enter, links[name], phone=name in (PHONE, CALLER), prepare=plugins.get(name, "")
        )
        for name in (*NAMES, REPRESENTATIVE)
    }
    open_meeting(console)
    start(console, REPORT)
    return Meeting(hall.url, people, console, rooms, keys)


def plugins_of(keys: dict[str, Holder]) -> dict[str, str]:
    """What each computer has."""
    own = {name: key.installed(name) for name, key in keys.items()}
    return {
        CHOOSER: plugin(own[CHOOSER], keys[HASTY].installed("Петрова Анна", days=-3), pinMs=300),
        HASTY: plugin(own[HASTY], refusals={"1": "0x8010006E"}),
        BARE: plugin(isAbsent=True),
        STRANGER: plugin(own[CHOOSER], own[STRANGER]),
        LENDER: plugin(own[LENDER]),
        BORROWER: plugin(keys[BORROWER].installed(BORROWER, container=keys[LENDER].container)),
        LATE: plugin(own[LATE]),
        PATIENT: plugin(own[PATIENT], held=["item", "pin"]),
        REPRESENTATIVE: plugin(own[REPRESENTATIVE], refusals={"3": "0x80090020"}),
    }


def test_by_the_plug_in_a_certificate_is_chosen_and_the_vote_is_accepted(meeting: Meeting) -> None:
    room = meeting.rooms[CHOOSER]
    step = choose(room, "За")
    take_way(step, PLUGIN)
    expect(step.get_by_role("radio", name="Петрова Анна")).to_be_disabled()
    expect(step.get_by_text("срок истёк")).to_be_visible()
    assert axe.faults(room) == []
    room.set_viewport_size({"width": 390, "height": 844})
    assert axe.faults(room) == []
    button(step, "Подписать и отправить").click()

    expect(accepted(running(room))).to_be_visible()


def test_by_the_browsers_own_key_on_a_phone_that_was_told_its_ways_before(meeting: Meeting) -> None:
    room = meeting.rooms[PHONE]
    ahead = room.get_by_role("region", name="Электронная подпись")
    expect(ahead).to_contain_text("Плагин КриптоПро на телефоне не работает")
    expect(ahead).not_to_contain_text(PLUGIN)
    button(ahead, "Проверить подпись").click()
    trial = room.get_by_role("dialog", name="Проверка подписи")
    take_way(trial, SOFT)
    button(trial, "Подписать пробный бюллетень").click()
    expect(ahead).to_contain_text("Подпись проверена")

    step = choose(room, "За")
    button(step, "Подписать и отправить").click()
    expect(accepted(running(room))).to_be_visible()


def test_by_files_that_the_openssl_program_signs_over_a_reload(meeting: Meeting, tmp_path: Path) -> None:
    room = meeting.rooms[CLERK]
    step = choose(room, "Против")
    take_way(step, FILE)
    with room.expect_download() as download:
        button(step, "Скачать бюллетень").click()
    ballot = tmp_path / download.value.suggested_filename
    download.value.save_as(ballot)
    signature = meeting.keys[CLERK].sign(ballot)
    room.reload()
    button(room, "Продолжить подписание").click()
    give = room.get_by_label("Файлы подписи").locator("input")
    give.set_input_files({"name": "ballot.sig", "mimeType": "", "buffer": b"hello"})
    expect(room.get_by_role("alert")).to_contain_text("Получена не подпись")
    give.set_input_files(files=[ballot, signature])

    expect(accepted(running(room))).to_be_visible()


def test_from_a_second_browser_by_the_code_of_the_phone(meeting: Meeting) -> None:
    room = meeting.rooms[CALLER]
    step = choose(room, "За")
    take_way(step, COMPUTER)
    code = step.locator(".code").inner_text()
    prepare = plugin(meeting.keys[CALLER].installed(CALLER))
    computer = meeting.people.enter(f"{meeting.url}/sign", prepare=prepare)
    field = computer.get_by_label("Код с телефона")
    field.fill("AAAAA-AAAAA-AAAAA-AAAAA")
    button(computer, "Открыть").click()
    expect(computer.get_by_text("По этому коду ничего нет").first).to_be_visible()
    assert axe.faults(computer) == []
    field.fill(code.lower())
    button(computer, "Открыть").click()
    expect(computer.get_by_role("region", name="Что подписываете")).to_contain_text(f"{CALLER}: За")
    button(computer, "Дальше").click()
    expect(computer.get_by_role("radio", name=CALLER)).to_be_checked()
    assert axe.faults(computer) == []
    button(computer, "Подписать").click()

    expect(computer.get_by_text("Подписи отправлены на телефон")).to_be_visible()
    expect(accepted(running(room))).to_be_visible()


def test_a_cancelled_pin_window_loses_nothing_and_is_tried_again(meeting: Meeting) -> None:
    room = meeting.rooms[HASTY]
    step = choose(room, "За")
    take_way(step, PLUGIN)
    button(step, "Подписать и отправить").click()
    expect(step.get_by_role("alert")).to_contain_text("Подписание остановлено")
    assert axe.faults(room) == []
    button(step, "Повторить").click()

    expect(accepted(running(room))).to_be_visible()


def test_without_the_plug_in_another_way_is_taken_by_the_keyboard_alone(meeting: Meeting) -> None:
    room = meeting.rooms[BARE]
    step = choose(room, "За")
    take_way(step, PLUGIN)
    expect(step.get_by_role("alert")).to_contain_text("не отвечает КриптоПро ЭЦП Browser plug-in")
    step.get_by_role("radio", name=PLUGIN).focus()
    room.keyboard.press("ArrowUp")
    expect(step.get_by_role("radio", name=SOFT)).to_be_checked()
    button(step, "Дальше").press("Enter")
    button(step, "Подписать и отправить").press("Enter")

    expect(accepted(running(room))).to_be_visible()


def test_a_plug_in_that_the_server_does_not_serve_is_told_so(meeting: Meeting) -> None:
    step = choose(meeting.rooms[UNSERVED], "За")
    take_way(step, PLUGIN)

    expect(step.get_by_role("alert")).to_contain_text("подпись через КриптоПро не подключена")


def test_another_persons_certificate_is_refused_by_name_and_the_own_one_is_taken_then(
    meeting: Meeting,
) -> None:
    room = meeting.rooms[STRANGER]
    step = choose(room, "За")
    take_way(step, PLUGIN)
    button(step, "Подписать и отправить").click()
    expect(step.get_by_role("alert")).to_contain_text("Выберите сертификат")
    step.get_by_role("radio", name=CHOOSER).check()
    button(step, "Подписать и отправить").click()
    expect(room.get_by_role("alert")).to_contain_text("Подписано сертификатом другого")
    button(room, "Проголосовать").click()
    button(room.get_by_role("dialog"), "К подписи").click()
    step.get_by_role("radio", name=STRANGER).check()
    button(step, "Подписать и отправить").click()

    expect(accepted(running(room))).to_be_visible()


def test_the_carrier_of_another_person_is_told_before_the_vote_and_refuses_it(meeting: Meeting) -> None:
    lender, borrower = meeting.rooms[LENDER], meeting.rooms[BORROWER]
    ahead = borrower.get_by_role("region", name="Электронная подпись")
    by_plugin(lender)
    expect(accepted(running(lender))).to_be_visible()
    button(ahead, "Проверить подпись").click()
    trial = borrower.get_by_role("dialog", name="Проверка подписи")
    take_way(trial, PLUGIN)
    button(trial, "Подписать пробный бюллетень").click()
    expect(ahead).to_contain_text("уже подписывает другой человек")
    expect(ahead).to_contain_text(CARRIER)
    assert axe.faults(borrower) == []
    button(choose(borrower, "За"), "Подписать и отправить").click()
    refusal = running(borrower).get_by_role("alert")
    expect(refusal).to_contain_text("уже подписывает другой человек")
    expect(refusal).to_contain_text(CARRIER)
    number = CARRIER.search(refusal.inner_text())
    assert number is not None
    let_go(meeting.console, number[1])
    by_plugin(borrower)

    expect(accepted(running(borrower))).to_be_visible()


def let_go(console: Page, number: str) -> None:
    """The organizer finds the refusal by the number that the participant tells him."""
    console.get_by_text("Отказы из-за ключевого носителя").click()
    expect(console.get_by_text(f"{BORROWER}, носитель {number}")).to_be_visible()
    expect(console.get_by_text(f"Им подписывает {LENDER}")).to_be_visible()
    button(console, f"Отвязать и передать: {BORROWER}").click()
    dialog = console.get_by_role("dialog", name=f"Передать носитель {number}?")
    dialog.get_by_label("Причина").fill("общий токен супругов")
    assert axe.faults(console) == []
    button(dialog, f"Отвязать и передать: {BORROWER}").click()
    expect(console.get_by_text("Таких отказов нет")).to_be_visible()


def test_a_certificate_that_has_ended_is_refused_by_name_though_the_computer_calls_it_good(
    meeting: Meeting,
) -> None:
    room = meeting.rooms[LATE]
    by_plugin(room)

    expect(room.get_by_role("alert")).to_contain_text("Срок действия сертификата истёк")


def by_plugin(room: Page) -> None:
    """A vote by the one certificate that is there."""
    step = choose(room, "За")
    take_way_if_asked(step, PLUGIN)
    button(step, "Подписать и отправить").click()


def test_a_signature_over_another_ballot_is_refused_by_name(meeting: Meeting, tmp_path: Path) -> None:
    room = meeting.rooms[CARELESS]
    other = tmp_path / "other.json"
    other.write_bytes(b'{"another":"ballot"}')
    step = choose(room, "За")
    take_way(step, FILE)
    expect(step.get_by_text("Ждём подписи: 1")).to_be_visible()
    signature = meeting.keys[CARELESS].sign(other)
    step.get_by_label("Файлы подписи").locator("input").set_input_files(files=[signature])

    expect(room.get_by_role("alert")).to_contain_text("Подписан другой файл")


def test_a_slow_list_and_a_slow_pin_are_waited_for_and_the_organizer_sees_it(meeting: Meeting) -> None:
    room = meeting.rooms[PATIENT]
    step = choose(room, "За")
    take_way(step, PLUGIN)
    expect(step.get_by_text("Ищем сертификаты")).to_be_visible()
    let("item", room)
    button(step, "Подписать и отправить").click()
    expect(step.get_by_text("введите в нём ПИН-код")).to_be_visible()
    expect(running(meeting.console)).to_contain_text("Сейчас подписывают: 1")
    let("pin", room)

    expect(accepted(running(room))).to_be_visible()
    expect(running(meeting.console)).not_to_contain_text("Сейчас подписывают")


def let(held: str, room: Page) -> None:
    """What the plug-in of this room was told to hold goes on."""
    room.evaluate("what => dispatchEvent(new Event(`plugin-${what}`))", held)


def test_a_representative_signs_eight_ballots_and_retries_the_one_that_failed(meeting: Meeting) -> None:
    room = meeting.rooms[REPRESENTATIVE]
    button(room, "Всем: За").click()
    button(room, "Отправить: 8").click()
    button(room.get_by_role("dialog"), "К подписи: 8").click()
    step = room.get_by_role("dialog", name="Подпись: 8 бюллетеней")
    take_way(step, PLUGIN)
    button(step, "Подписать и отправить: 8").click()
    expect(step.get_by_role("alert")).to_contain_text("Не подписано: 1 бюллетень")
    expect(step).to_contain_text("Подписано 7 из 8")
    button(step, "Повторить").click()

    expect(running(room).get_by_text("✓ Голос принят")).to_have_count(len(PRINCIPALS))
