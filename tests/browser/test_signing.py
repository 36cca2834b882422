"""A vote with a signature: by the plug-in, by the browser's own key, by files, from a second browser; and what goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser import axe
from tests.browser.acts import accepted, button, opened, running, start
from tests.browser.conftest import Visitors, visiting
from tests.browser.files import ALFA, BETA, PLACE, PRINCIPALS, REPORT, REPRESENTATIVE
from tests.browser.hall import Hall, Links, opened_hall
from tests.browser.signers import Holder, build_plugin, choose, holder, plugin, take_way

PLUGIN, SOFT, FILE, COMPUTER = (
    "КриптоПро на этом компьютере",
    "Демонстрационная подпись",
    "Любой программой, через файл",
    "На моём компьютере, по коду",
)


@pytest.fixture(scope="module")
def signed_hall(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[Hall]:
    build_plugin()
    with opened_hall(tmp_path_factory.mktemp("signed"), playwright, signed=True) as hall:
        yield hall


@dataclass(frozen=True, slots=True)
class Meeting:
    """A question is being voted on; both creditors are here, each with a key."""

    hall: Hall
    links: Links
    people: Visitors
    console: Page
    alfa: Page
    beta: Page
    alfas: Holder
    betas: Holder

    def again(self, prepare: str) -> Page:
        """Альфа in another browser, at a desk, with this plug-in."""
        page = self.people.enter(self.links[ALFA], prepare=prepare)
        expect(running(page).get_by_role("heading", name=REPORT)).to_be_visible()
        return page


@pytest.fixture
def meeting(browser: Browser, signed_hall: Hall) -> Iterator[Meeting]:
    links = signed_hall.meeting()
    with visiting(browser, signed_hall.url) as people:
        console, alfa, beta = opened(people.enter, signed_hall, links)
        start(console, REPORT)
        yield Meeting(signed_hall, links, people, console, alfa, beta, holder(alfa), holder(beta))


def test_by_the_plug_in_a_certificate_is_chosen_and_the_vote_is_accepted(meeting: Meeting) -> None:
    expired = meeting.alfas.installed("Петрова Анна", days=-3)
    room = meeting.again(plugin(meeting.alfas.installed(ALFA), expired, pinMs=300))

    step = choose(room, "За")
    take_way(step, PLUGIN)
    expect(step.get_by_role("radio", name="Петрова Анна")).to_be_disabled()
    expect(step.get_by_text("срок истёк")).to_be_visible()
    assert axe.faults(room) == []
    button(step, "Подписать и отправить").click()
    expect(accepted(running(room))).to_be_visible()
    expect(running(meeting.console)).to_contain_text("Проголосовали 1 из 2")


def test_by_the_browsers_own_key_on_a_phone(meeting: Meeting) -> None:
    expect(meeting.alfa.get_by_role("region", name="Электронная подпись")).to_contain_text(SOFT)
    step = choose(meeting.alfa, "За")
    take_way(step, SOFT)
    button(step, "Подписать и отправить").click()

    expect(accepted(running(meeting.alfa))).to_be_visible()


def test_by_files_that_the_openssl_program_signs_over_a_reload(meeting: Meeting, tmp_path: Path) -> None:
    room = meeting.beta
    step = choose(room, "Против")
    take_way(step, FILE)
    with room.expect_download() as download:
        button(step, "Скачать бюллетень").click()
    ballot = tmp_path / download.value.suggested_filename
    download.value.save_as(ballot)
    signature = meeting.betas.sign(ballot)
    room.reload()
    button(room, "Продолжить подписание").click()
    give = room.get_by_label("Файлы подписи")
    give.locator("input").set_input_files({"name": "ballot.sig", "mimeType": "", "buffer": b"hello"})
    expect(room.get_by_role("alert")).to_contain_text("Получена не подпись")
    give.locator("input").set_input_files(files=[ballot, signature])

    expect(accepted(running(room))).to_be_visible()


def test_from_a_second_browser_by_the_code_of_the_phone(meeting: Meeting) -> None:
    step = choose(meeting.alfa, "За")
    take_way(step, COMPUTER)
    code = step.locator(".code").inner_text()
    computer = meeting.people.enter(f"{meeting.hall.url}/sign", prepare=plugin(meeting.alfas.installed(ALFA)))
    field = computer.get_by_label("Код с телефона")
    field.fill("AAAAA-AAAAA-AAAAA-AAAAA")
    button(computer, "Открыть").click()
    expect(computer.get_by_text("По этому коду ничего нет").first).to_be_visible()
    field.fill(code.lower())
    button(computer, "Открыть").click()
    expect(computer.get_by_role("region", name="Что подписываете")).to_contain_text(f"{ALFA}: За")
    button(computer, "Дальше").click()
    button(computer, "Подписать").click()

    expect(computer.get_by_text("Подписи отправлены на телефон")).to_be_visible()
    expect(accepted(running(meeting.alfa))).to_be_visible()


def test_a_cancelled_pin_window_loses_nothing_and_is_tried_again(meeting: Meeting) -> None:
    room = meeting.again(plugin(meeting.alfas.installed(ALFA), refusals={"1": "0x8010006E"}))
    step = choose(room, "За")
    take_way(step, PLUGIN)
    button(step, "Подписать и отправить").click()
    expect(step.get_by_role("alert")).to_contain_text("Подписание остановлено")
    button(step, "Повторить").click()

    expect(accepted(running(room))).to_be_visible()


def test_without_the_plug_in_another_way_is_taken(meeting: Meeting) -> None:
    room = meeting.again(plugin(isAbsent=True))
    step = choose(room, "За")
    take_way(step, PLUGIN)
    expect(step.get_by_role("alert")).to_contain_text("не отвечает КриптоПро ЭЦП Browser plug-in")
    take_way(step, SOFT)
    button(step, "Подписать и отправить").click()

    expect(accepted(running(room))).to_be_visible()


def test_a_plug_in_that_the_server_does_not_serve_is_told_so(meeting: Meeting) -> None:
    step = choose(meeting.beta, "За")
    take_way(step, PLUGIN)

    expect(step.get_by_role("alert")).to_contain_text("подпись через КриптоПро не подключена")


def test_another_persons_certificate_is_refused_by_name_and_the_own_one_is_taken_then(
    meeting: Meeting,
) -> None:
    foreign, own = meeting.betas.installed(BETA), meeting.alfas.installed(ALFA)
    room = meeting.again(plugin(foreign, own))
    step = choose(room, "За")
    take_way(step, PLUGIN)
    button(step, "Подписать и отправить").click()
    expect(step.get_by_role("alert")).to_contain_text("Выберите сертификат")
    step.get_by_role("radio", name=BETA).check()
    button(step, "Подписать и отправить").click()
    expect(room.get_by_role("alert")).to_contain_text("Подписано сертификатом другого")
    button(room, "Проголосовать").click()
    button(room.get_by_role("dialog"), "К подписи").click()
    step.get_by_role("radio", name=ALFA).check()
    button(step, "Подписать и отправить").click()

    expect(accepted(running(room))).to_be_visible()


def test_a_signature_over_another_ballot_is_refused_by_name(meeting: Meeting, tmp_path: Path) -> None:
    room = meeting.beta
    other = tmp_path / "other.json"
    other.write_bytes(b'{"another":"ballot"}')
    step = choose(room, "За")
    take_way(step, FILE)
    expect(step.get_by_text("Ждём подписи: 1")).to_be_visible()
    step.get_by_label("Файлы подписи").locator("input").set_input_files(files=[meeting.betas.sign(other)])

    expect(room.get_by_role("alert")).to_contain_text("Подписан другой файл")


def test_a_slow_list_and_a_slow_pin_are_waited_for_with_words(meeting: Meeting) -> None:
    room = meeting.again(plugin(meeting.alfas.installed(ALFA), itemMs=1_000, pinMs=1_000))
    step = choose(room, "За")
    take_way(step, PLUGIN)
    expect(step.get_by_text("Ищем сертификаты")).to_be_visible()
    button(step, "Подписать и отправить").click()
    expect(step.get_by_text("введите в нём ПИН-код")).to_be_visible()

    expect(accepted(running(room))).to_be_visible()


def test_a_representative_signs_eight_ballots_and_retries_the_one_that_failed(
    browser: Browser, signed_hall: Hall
) -> None:
    links = signed_hall.meeting()
    with visiting(browser, signed_hall.url) as people:
        console, _, _ = opened(people.enter, signed_hall, links)
        first = people.enter(links[REPRESENTATIVE])
        key = holder(first)
        prepare = plugin(key.installed(REPRESENTATIVE), refusals={"3": "0x80090020"})
        room = people.enter(links[REPRESENTATIVE], prepare=prepare)
        button(room, "Я здесь").click()
        expect(button(room, "Ухожу с собрания")).to_be_visible()
        start(console, PLACE)

        button(room, "Всем: У должника").click()
        button(room, "Отправить: 8").click()
        button(room.get_by_role("dialog"), "К подписи: 8").click()
        step = room.get_by_role("dialog", name="Подпись: 8 бюллетеней")
        take_way(step, PLUGIN)
        button(step, "Подписать и отправить: 8").click()
        expect(step.get_by_role("alert")).to_contain_text("Не подписано: 1 бюллетень")
        expect(step).to_contain_text("Подписано 7 из 8")
        button(step, "Повторить").click()
        expect(running(room).get_by_text("✓ Голос принят")).to_have_count(len(PRINCIPALS))
