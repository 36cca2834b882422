"""Papers of a meeting that is over: minutes that any program signs, and the participant's own ballot to take home."""

import subprocess
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from tests.browser import axe
from tests.browser.acts import accepted, act, button, opened, running, start, stop
from tests.browser.conftest import visiting
from tests.browser.files import ALFA, REPORT
from tests.browser.hall import opened_hall
from tests.browser.signers import choose, holder, take_way


def test_minutes_are_signed_by_the_openssl_program_and_a_ballot_is_taken_home(
    browser: Browser, playwright: Playwright, tmp_path: Path
) -> None:
    with opened_hall(tmp_path / "hall", playwright, signed=True) as hall:
        links = hall.meeting()
        office = playwright.request.new_context(base_url=hall.url, extra_http_headers={"Origin": hall.url})
        chair = holder(office, hall.practitioner)
        office.dispose()
        with visiting(browser, hall.url) as people:
            console, alfa, _ = opened(people.enter, hall, links)
            a_signed_vote(console, alfa)
            act(console, "Завершить собрание")

            card = console.locator("section").filter(has_text="Подписей может быть несколько")
            expect(card).to_contain_text("Протокол ещё никто не подписал")
            minutes = downloaded(console, card, "Скачать PDF", tmp_path)
            expect(card).to_contain_text(sha256_by_openssl(minutes))
            upload(card, chair.sign(a_file(tmp_path, "other.pdf", b"%PDF")))
            expect(card.get_by_role("alert")).to_contain_text("Подпись сделана под другим документом")
            upload(card, chair.sign(minutes))
            expect(card.get_by_role("status")).to_contain_text("Подпись принята: Орлова Марина Сергеевна")
            expect(card.get_by_role("listitem").filter(has_text="сертификат")).to_have_count(1)
            assert downloaded(console, card, "Копия со штампами", tmp_path).read_bytes().startswith(b"%PDF")
            assert axe.faults(console) == []

            takes_his_ballot_home(alfa, tmp_path)


def test_a_sole_signer_issues_the_minutes_with_the_stamp_of_his_certificate(
    browser: Browser, playwright: Playwright, tmp_path: Path
) -> None:
    with opened_hall(tmp_path / "hall", playwright, signed=True) as hall:
        links = hall.meeting()
        with visiting(browser, hall.url) as people:
            console, *_ = opened(people.enter, hall, links)
            act(console, "Завершить собрание")

            card = console.locator("section").filter(has_text="Подписей может быть несколько")
            button(card, "Подписать здесь, со штампом").click()
            card = console.locator("section").filter(has_text="Чем подписать")
            take_way(card, "Демонстрационная подпись")
            card = console.locator("section").filter(has_text="Посмотреть проект")
            with console.expect_download() as preview:
                button(card, "Посмотреть проект").click()
            assert preview.value.suggested_filename == "proekt-protokola.pdf"
            assert axe.faults(console) == []
            button(card, "Подписать и выпустить").click()

            card = console.locator("section").filter(has_text="Файл со штампом выпущен")
            expect(card.get_by_role("status")).to_contain_text("Подпись принята: ")
            minutes = downloaded(console, card, "Скачать PDF", tmp_path)
            expect(card).to_contain_text(sha256_by_openssl(minutes))
            expect(card.get_by_role("link", name="Копия со штампами")).to_have_count(0)


def a_signed_vote(console: Page, room: Page) -> None:
    start(console, REPORT)
    step = choose(room, "За")
    take_way(step, "Демонстрационная подпись")
    button(step, "Подписать и отправить").click()
    expect(accepted(running(room))).to_be_visible()
    stop(console, REPORT)


def takes_his_ballot_home(room: Page, folder: Path) -> None:
    button(room.get_by_role("dialog", name="Организатор завершил собрание"), "Закрыть").click()
    papers = room.get_by_role("region", name="Документы собрания")
    papers.get_by_text("Ваши бюллетени: 1").click()
    assert axe.faults(room) == []
    packed = downloaded(room, papers, f"Голосование 1: {ALFA}", folder)
    with zipfile.ZipFile(packed) as files:
        assert sorted(files.namelist()) == ["ballot.json", "ballot.json.sig", "ballot.pdf"]
        files.extractall(folder)
    expect(papers).to_contain_text(sha256_by_openssl(folder / "ballot.json"))
    minutes = downloaded(room, papers, "Протокол в PDF", folder)
    papers.get_by_text("SHA-256 файла").click()
    expect(papers).to_contain_text(sha256_by_openssl(minutes))
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-noverify", "-out", "said.json"]
    given = ["-in", "ballot.json.sig", "-content", "ballot.json"]
    subprocess.run([*command, *given], cwd=folder, check=True, capture_output=True)
    assert (folder / "said.json").read_bytes() == (folder / "ballot.json").read_bytes()


def downloaded(page: Page, where: Locator, name: str, folder: Path) -> Path:
    with page.expect_download() as download:
        where.get_by_role("link", name=name).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def upload(card: Locator, signature: Path) -> None:
    card.locator("input[type=file]").set_input_files(signature)
    button(card, "Загрузить подпись").click()


def a_file(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def sha256_by_openssl(file: Path) -> str:
    command = ["openssl", "dgst", "-sha256", "-r", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout[:64]
