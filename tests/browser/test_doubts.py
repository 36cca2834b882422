"""What the organizer looks at around signatures: an authority without a list, another name, a minute more, the minutes."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Browser, Page, Playwright, expect

from app.signatures.demo_ca import FOLDER, DemoAuthority, open_authority
from app.signatures.model import Owner
from app.signatures.trust import CRLS
from tests.browser import axe
from tests.browser.acts import (
    accepted,
    act,
    agenda_line,
    button,
    confirm,
    end_voting,
    open_meeting,
    organizer,
    participant,
    running,
    start,
)
from tests.browser.conftest import visiting
from tests.browser.files import ALFA, BETA, GAMMA, REPORT
from tests.browser.hall import opened_hall
from tests.browser.signers import Holder, build_plugin, choose, plugin, take_way, take_way_if_asked

SNILS = "11223344595"
MARRIED = "Петров Пётр Ильич"
PLUGIN, SOFT = "КриптоПро на этом компьютере", "Демонстрационная подпись"
HURRY = "Оформить протокол, не дожидаясь"


def test_what_is_doubtful_is_shown_decided_and_told_in_the_minutes(
    browser: Browser, playwright: Playwright, tmp_path: Path
) -> None:
    """The demonstration authority has lost its lists, and Гаврилов signs with a certificate in another name."""
    build_plugin()
    folder = tmp_path / "hall"
    authority = open_authority(folder / "keys", datetime.now(UTC))
    (folder / "keys" / FOLDER / CRLS).unlink()
    with opened_hall(folder, playwright, signed=True) as hall:
        links = hall.meeting(snils={GAMMA: SNILS})
        with visiting(browser, hall.url) as people:
            console = organizer(people.enter, hall, links)
            alfa, _ = participant(people.enter, links[ALFA]), participant(people.enter, links[BETA])
            own = plugin(in_another_name(authority).installed(MARRIED))
            gamma = participant(people.enter, links[GAMMA], phone=False, prepare=own)
            tries(alfa)
            readiness = console.get_by_role("region", name="Готовность к подписанию")
            expect(readiness).to_contain_text("нет списка отозванных сертификатов")
            expect(readiness).to_contain_text(f"Касается: {ALFA}")

            open_meeting(console)
            start(console, REPORT)
            votes(gamma, PLUGIN)
            votes(alfa, SOFT)
            console.keyboard.press("p")
            expect(console.get_by_text("Продлить на 1 мин: готово")).to_be_visible()
            doubts = console.get_by_role("status").filter(has_text="Другое имя в сертификате: 1")
            expect(doubts).to_contain_text(f"В реестре: {GAMMA}. В сертификате: {MARRIED}")
            assert axe.faults(console) == []
            end_voting(console)
            expect(console.get_by_text("ждёт вашего решения").first).to_be_visible()
            button(doubts, "Принять").click()
            confirm(console, "Принять", {"Причина": "Свидетельство о перемене имени"})
            expect(agenda_line(console, REPORT)).to_contain_text("Решение")
            expect(doubts).to_have_count(0)

            act(console, "Завершить собрание")
            minutes_are_not_waited_for(console)


def minutes_are_not_waited_for(console: Page) -> None:
    expect(console.get_by_text("Проверка отозванности отложена, бюллетеней: 2")).to_be_visible()
    button(console, HURRY).click()
    dialog = console.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("Вопрос 1: бюллетеней 2")
    expect(dialog.get_by_role("status")).to_contain_text("решение")
    confirm(console, HURRY, {"Причина": "Суд завтра"})
    expect(console.get_by_role("link", name="Скачать PDF")).to_be_visible()
    expect(console.get_by_text("Вы не стали ждать списков. Причина: Суд завтра")).to_be_visible()
    assert axe.faults(console) == []
    console.goto(console.url.replace("/console/", "/meetings/").replace("?", "/minutes?"))
    expect(console.get_by_text("Причина: Суд завтра")).to_be_visible()
    expect(console.get_by_role("row").filter(has_text=MARRIED)).to_contain_text(
        "Свидетельство о перемене имени"
    )


def tries(room: Page) -> None:
    ahead = room.get_by_role("region", name="Электронная подпись")
    button(ahead, "Проверить подпись").click()
    trial = room.get_by_role("dialog", name="Проверка подписи")
    take_way(trial, SOFT)
    button(trial, "Подписать пробный бюллетень").click()
    expect(ahead).to_contain_text("Подпись проверена")


def votes(room: Page, way: str) -> None:
    step = choose(room, "За")
    take_way_if_asked(step, way)
    button(step, "Подписать и отправить").click()
    expect(accepted(running(room))).to_be_visible()


def in_another_name(authority: DemoAuthority) -> Holder:
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    surname, _, given_name = MARRIED.partition(" ")
    owner = Owner(common_name=MARRIED, surname=surname, given_name=given_name, snils=SNILS)
    issued = authority.issue(request.public_bytes(Encoding.DER), owner, datetime.now(UTC))
    return Holder(key, (issued.certificate, *issued.chain))
