"""No character in a name or wording may keep a document from being made, nor print it in another order."""

import pytest

from app.documents.glyphs import BODY, FONTS, characters, drawable
from app.documents.render import compiled, compiler
from tests.app.documents.test_render import a_ballot, text_of


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("ООО «Ромашка» № 1 — Łódź, Société, Ґ", "ООО «Ромашка» № 1 — Łódź, Société, Ґ"),
        ("1 000 ₽", "1 000 руб."),
        ("银行 🙂", "[U+94F6][U+884C] [U+1F642]"),
        ("Иванов\u202eвонавИ\u202c", "Иванов[U+202E]вонавИ[U+202C]"),
        ("Алё\u0301на, е\u0308ж", "Алё\u0301на, ёж"),
        ("Рома\u200bшка\ufeff\t1\x00", "Ромашка 1[U+0000]"),
    ],
)
def test_what_our_fonts_have_is_printed_as_it_is_and_the_rest_by_its_number(given: str, printed: str) -> None:
    assert drawable({"rows": [(given, 1, None, True)]}) == {"rows": [[printed, 1, None, True]]}


def test_a_file_is_made_of_whatever_people_write() -> None:
    junk = "".join(map(chr, (*range(1, 0x500), *range(0x2000, 0x2100), 0xFDFD, 0xFFFF, 0x1F642, 0x10FFFF)))

    text = text_of(
        compiled(compiler(), a_ballot(signer=junk, card=[(junk, junk)], wording=f"Сумма 5 ₽ {junk}"))
    )

    assert "Сумма 5 руб." in text


def test_all_fonts_that_set_values_are_read() -> None:
    for name in BODY:
        assert {ord(sign) for sign in "Яё№«»—A"} < set(characters(FONTS / name))
