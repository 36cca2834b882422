"""A vote signed by a code from an SMS, on a telephone; and what the page says when the code is wrong, late or cannot come."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.acts import accepted, button, confirm, open_meeting, organizer, participant, running, start
from tests.browser.conftest import Enter
from tests.browser.files import ALFA, BETA, REPORT
from tests.browser.hall import Hall
from tests.browser.signers import choose_by

SIMPLE = {
    "policy": "simple",
    "basis": {"kind": "decision", "document": "протокол собрания кредиторов № 1 от 01.02.2026"},
}
NUMBER = "+79161231234"


def test_a_vote_is_signed_by_a_code_on_a_telephone(enter: Enter, hall: Hall, tmp_path: Path) -> None:
    links = hall.meeting(signing=SIMPLE, phones={ALFA: NUMBER})
    console = organizer(enter, hall, links)
    expect(console.get_by_role("region", name="Готовность к подписанию")).to_contain_text(
        "протокол собрания кредиторов № 1"
    )
    alfa, beta = participant(enter, links[ALFA]), participant(enter, links[BETA])
    expect(ahead(alfa)).to_contain_text("+7 ··· ··· 12 34")
    expect(ahead(beta)).to_contain_text("нет номера телефона")
    open_meeting(console)
    start(console, REPORT)

    step = choose_by(alfa, "За", "Подпись бюллетеня кодом")
    expect(step.get_by_text("Код отправлен на +7 ··· ··· 12 34")).to_be_visible()
    typed = step.get_by_label("Код из SMS")
    expect(typed).to_have_attribute("autocomplete", "one-time-code")
    expect(typed).to_have_attribute("inputmode", "numeric")
    expect(step.get_by_text("Отправить ещё раз можно через")).to_be_visible()
    button(step, "Подписать и отправить").click()
    expect(step.get_by_role("alert")).to_contain_text("все шесть цифр")
    (code,) = hall.codes(NUMBER)
    typed.fill(f"{(int(code) + 1) % 10**6:06d}")
    button(step, "Подписать и отправить").click()
    expect(step.get_by_role("alert")).to_contain_text("Осталось попыток: 4")
    assert axe.faults(alfa) == []
    alfa.screenshot(path=tmp_path / "code.png")
    typed.fill(code)
    button(step, "Подписать и отправить").click()
    expect(accepted(running(alfa))).to_be_visible()

    refused = choose_by(beta, "За", "Подпись бюллетеня кодом")
    expect(refused.get_by_text("бумажным бюллетенем")).to_be_visible()
    expect(button(refused, "Подписать и отправить")).to_be_hidden()
    console.get_by_text("Телефоны для кодов из SMS", exact=True).click()
    button(console, f"Изменить телефон: {BETA}").click()
    confirm(console, "Изменить телефон", {"Новый номер": "8 916 555-66-77", "Причина": "номера не было"})
    button(refused, "Отправить код ещё раз").click()
    expect(refused.get_by_text("Код отправлен на +7 ··· ··· 66 77")).to_be_visible()
    (code,) = hall.codes("+79165556677")
    refused.get_by_label("Код из SMS").fill(code)
    button(refused, "Подписать и отправить").click()
    expect(accepted(running(beta))).to_be_visible()
    expect(ahead(beta)).to_contain_text("Номер для кодов изменён")
    button(console, f"Изменить телефон: {BETA}").click()
    dialog = console.get_by_role("dialog")
    dialog.get_by_label("Новый номер").fill(NUMBER)
    dialog.get_by_label("Причина").fill("ещё раз")
    button(dialog, "Изменить телефон").click()
    expect(dialog).to_contain_text("уже подписал бюллетень кодом")


def ahead(room: Page) -> Locator:
    return room.get_by_role("region", name="Подпись кодом из SMS")
