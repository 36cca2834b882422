"""Rendering: values are never markup, the file is what it says, the stamp and the watermark can be seen."""

import asyncio
import io
import re
import shutil
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pikepdf
import pytest

from app.documents.model import Stamp
from app.documents.render import AHEAD, Renderer, Sheet, compiled, compiler, pages_of, sources
from app.documents.service import shown
from tests.servers import missing

AT = 1_700_000_000_000_000
RIGHT_EDGE_PT = (210 - 15) / 25.4 * 72
STAMP = Stamp("0a01ff", "Петрова Алёна", datetime(2026, 2, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC))
MARKUP = '#panic("x") #read("/etc/passwd") *жирно* $x^2$ <метка> @ссылка \\u{41} "]} #{ // /* `код`'


def a_ballot(is_draft: bool = False, **changes: Any) -> Sheet:
    data: dict[str, Any] = {
        "title": "Бюллетень",
        "subtitle": "на собрании",
        "footer": "Дело № А40-1/2026",
        "is_blank": False,
        "form": "Форма № 1",
        "copy": "Копия",
        "card": [("Должник", "АО «Должник»")],
        "question": "Вопрос 1",
        "wording": "Утвердить отчёт",
        "votes": [("Участник", "ООО «Ромашка»")],
        "kind": "yes_no",
        "options": [{"text": "За", "is_marked": True, "given": "0"}],
        "pool": "",
        "explanation": "Один вариант",
        "stamp": None,
        "unsigned": "Без подписи",
        "signer_label": "Участник",
        "signer": "Иванов",
        "sums": [("SHA-256", "9f" * 32)],
        "legal": "Копия",
    }
    words = {"candidate": "Кандидат", "votes_given": "Отдано"}
    return Sheet("ballot", words, {**data, **changes}, AT, is_draft)


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        missing(f"{name} (apt-get install poppler-utils)")
    return str(found)


def text_of(pdf: bytes) -> str:
    done = subprocess.run(
        [program("pdftotext"), "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return re.sub(r"\s+", " ", done.stdout.decode())


def seen(pdf: bytes) -> list[tuple[int, int, int]]:
    """Pixels of the first page, as a reader sees it."""
    command = [program("pdftoppm"), "-r", "72", "-f", "1", "-l", "1", "-"]
    image = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    pixels = image.split(b"\n", 3)[3]
    return list(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))


def blue_pixels(pdf: bytes) -> int:
    """Of the ink of the stamp."""
    return sum(1 for red, green, blue in seen(pdf) if red < 80 and green < 110 and blue > 120)


def test_data_that_look_like_markup_are_printed_as_they_are() -> None:
    pdf = compiled(compiler(), a_ballot(wording=MARKUP, signer=MARKUP, card=[(MARKUP, MARKUP)]))

    assert re.sub(r"\s+", "", text_of(pdf)).count(re.sub(r"\s+", "", '#panic("x")')) >= 3
    assert "root:" not in text_of(pdf)


def test_a_document_is_pdf_a_2b_with_its_fonts_in_it() -> None:
    pdf = compiled(compiler(), a_ballot(stamp=shown(STAMP, "Europe/Moscow")))

    with pikepdf.open(io.BytesIO(pdf)) as read, read.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B")
        assert not read.is_encrypted
        (intent,) = read.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert len(intent.DestOutputProfile.read_bytes()) > 128
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(read.Root.keys())
        kinds = [each.get("/Type") for each in read.objects if isinstance(each, pikepdf.Dictionary)]
        assert "/Font" in kinds
        assert not {"/Action", "/EmbeddedFile"} & set(kinds)
        for each in read.objects:
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor":
                assert "/FontFile2" in each


def test_a_word_longer_than_its_column_is_broken_and_never_runs_over_the_next() -> None:
    long = "Сверхдлинноеназваниебезпробелов" * 9

    pdf = compiled(
        compiler(), a_ballot(kind="choice", options=[{"text": long, "is_marked": True, "given": "0"}])
    )

    command = [program("pdftotext"), "-bbox", "-", "-"]
    words = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()
    assert max(float(end) for end in re.findall(r'xMax="([\d.]+)"', words)) < RIGHT_EDGE_PT + 0.01


def test_the_same_sheet_gives_the_same_bytes_from_any_compiler() -> None:
    assert compiled(compiler(), a_ballot()) == compiled(compiler(), a_ballot())


def test_pages_are_counted_as_another_reader_counts_them() -> None:
    long = compiled(compiler(), a_ballot(wording="Утвердить отчёт. " * 900))

    with pikepdf.open(io.BytesIO(long)) as read:
        assert pages_of(long) == len(read.pages) > 2


def test_the_stamp_is_blue_and_names_the_certificate() -> None:
    plain = compiled(compiler(), a_ballot())
    stamped = compiled(compiler(), a_ballot(stamp=shown(STAMP, "Europe/Moscow")))

    for part in ("ДОКУМЕНТ ПОДПИСАН", "0A01FF", "Петрова Алёна", "с 01.02.2026 по 01.05.2027"):
        assert part in text_of(stamped)
    assert blue_pixels(plain) == 0
    assert blue_pixels(stamped) > 500


def test_a_draft_says_so_across_the_page() -> None:
    plain, draft = seen(compiled(compiler(), a_ballot())), seen(compiled(compiler(), a_ballot(is_draft=True)))

    assert sum(1 for before, after in zip(plain, draft, strict=True) if before != after) > 10_000


async def test_many_are_rendered_in_their_order_and_the_loop_goes_on() -> None:
    renderer = Renderer()
    sheets = [partial(a_ballot, signer=f"Участник-{number}") for number in range(2 * AHEAD)]
    turns, is_over = 0, False

    async def count_turns() -> None:
        nonlocal turns
        while not is_over:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count_turns())
    made = [pdf async for pdf in renderer.render_all(sheets)]
    is_over = True
    await counting
    renderer.close()

    assert [f"Участник-{number}" in text_of(pdf) for number, pdf in enumerate(made)] == [True] * len(sheets)
    assert turns > len(sheets)


async def test_a_sheet_is_put_together_where_it_is_rendered_not_on_the_loop() -> None:
    renderer = Renderer()
    threads: list[str] = []

    def sheet() -> Sheet:
        threads.append(threading.current_thread().name)
        return a_ballot()

    await renderer.render(sheet)
    renderer.close()

    assert [name.partition("_")[0] for name in threads] == ["typst"]


def test_a_file_is_no_part_of_what_is_encoded_under_the_lock() -> None:
    original = b"%PDF" + bytes(1_000_000)

    given = sources(replace(a_ballot(), files={"original.pdf": original}))

    assert sorted(given) == ["document.json", "look.typ", "main.typ"]
    assert len(given["document.json"]) < 10_000


@pytest.mark.parametrize("kind", ["choice", "cumulative"])
def test_every_form_prints_its_options(kind: str) -> None:
    options = [{"text": f"Кандидат {n}", "is_marked": n == 2, "given": f"{n}00,00"} for n in range(1, 4)]

    text = text_of(compiled(compiler(), a_ballot(kind=kind, options=options, pool="Всего голосов 600,00")))

    assert all(str(option["text"]) in text for option in options)
    assert ("300,00" in text) == (kind == "cumulative")
