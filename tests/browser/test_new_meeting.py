"""«Новое собрание»: from files with faults to a meeting with printed links."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.browser import files
from tests.browser.acts import button, confirm, signed_in
from tests.browser.conftest import Enter
from tests.browser.files import ALFA, BETA, REPRESENTATIVE
from tests.browser.hall import Hall, upload


def test_a_practitioner_mends_the_register_and_founds_a_meeting_with_links(enter: Enter, hall: Hall) -> None:
    page = signed_in(enter, hall)

    give(page, "Реестр требований", "register.csv", files.register({ALFA: "сто рублей", BETA: -5}))
    give(page, "Контакты", "contacts.csv", files.contacts())
    give(page, "Повестка", "agenda.yaml", files.agenda(starts_in=timedelta(days=1)))
    button(page, "Проверить файлы").click()
    expect(page.get_by_text("Найдено: 2 ошибки")).to_be_visible()
    faults = page.get_by_role("region", name="Ошибки в файлах")
    expect(faults.get_by_role("row").filter(has_text="«сто рублей»")).to_contain_text(
        re.compile(r"реестр\s*2\s*B")
    )
    expect(faults.get_by_role("row").filter(has_text="«-5»")).to_contain_text(re.compile(r"реестр\s*3\s*B"))
    expect(button(page, "Создать собрание")).to_have_attribute("aria-disabled", "true")

    give(page, "Реестр требований", "register.csv", files.register())
    button(page, "Проверить файлы").click()
    expect(page.get_by_text("Ошибок нет")).to_be_visible()
    columns = page.get_by_role("region", name="Столбцы файла")
    expect(columns.get_by_label("B Сумма требования, руб.")).to_have_value("claim")
    expect(page.get_by_text("12 кредиторов, 5 личных ссылок").first).to_be_visible()
    page.get_by_label("Чем подписывают бюллетени").select_option("simple")
    button(page, "Создать собрание").click()
    expect(page.get_by_text("Укажите документ")).to_be_visible()
    page.get_by_label("Документ основания").fill("протокол № 1 от 01.02.2026")
    button(page, "Создать собрание").click()
    confirm(page, "Создать собрание")
    expect(page.get_by_text("На связи", exact=True)).to_be_visible()
    expect(page.get_by_text("решение собрания кредиторов: протокол № 1 от 01.02.2026")).to_be_visible()
    expect(page.get_by_role("region", name="Повестка дня").get_by_role("listitem")).to_have_count(6)

    with page.expect_popup() as popup:
        page.get_by_role("link", name="Ссылки для печати").click()
    expect(popup.value.get_by_role("heading", name=REPRESENTATIVE)).to_be_visible()
    expect(popup.value.locator("article svg").first).to_be_visible()
    address = page.get_by_role("link", name="Ссылки в CSV").get_attribute("href")
    listed = page.request.get(f"{hall.url}{address}").text()
    assert f"{REPRESENTATIVE};участник" in listed


def give(page: Page, label: str, name: str, body: bytes) -> None:
    page.get_by_role("group", name=label).locator("input").set_input_files(upload(name, body))
    expect(page.get_by_role("group", name=label)).to_contain_text(f"Выбран: {name}")
