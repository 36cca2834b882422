"""What people may write: nothing that misleads a reader, everything that Russian texts need."""

import pytest

from app.kernel.writing import escaped, hidden

CONTROLS = (0x00, 0x0D, 0x1B, 0x7F, 0x85, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x202A, 0x202E)
OTHERS = (0x2060, 0x2066, 0x2069, 0xFEFF, 0xD800, 0xDFFF, 0xE0041)


@pytest.mark.parametrize(
    "sign",
    [chr(code) for code in (*CONTROLS, *OTHERS)],
)
def test_what_misleads_is_found_and_named(sign: str) -> None:
    assert hidden(f"ООО «Ромашка»{sign}") == f"U+{ord(sign):04X}"


@pytest.mark.parametrize(
    "text",
    [
        "ООО «Ромашка» № 5",
        "„Лапки“ — “и” … § 1",
        "1\u00a0000,00\u202f₽",
        "пере\u00adнос",
        "две\nстроки\tи",
        "ё й́ 😀",
    ],
)
def test_ordinary_writing_is_not(text: str) -> None:
    assert hidden(text) is None


def test_a_line_of_a_log_stays_one_line_without_colours() -> None:
    assert escaped("/a\n\x1b[31m\u202eпуть") == "/a\\n\\x1b[31m\\u202eпуть"
