"""Sums as people type them never lose a kopeck."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.meetings.importing.money import (
    NotMoney,
    kopecks_of_number,
    kopecks_of_text,
    number_of_float,
    rubles,
)

KOPECKS = st.integers(0, 10**17 - 1)
EXCEL_KOPECKS = st.integers(0, 10**15 - 1)
SPACES = st.sampled_from(["", " ", "\u00a0", "\u202f", "\u2009", "'"])
MARKS = st.sampled_from([",", "."])
SUFFIXES = st.sampled_from(["", " руб.", " руб", "руб.", " р.", " ₽", "\u00a0рублей", " RUB"])


@settings(max_examples=300)
@given(KOPECKS, SPACES, MARKS, SUFFIXES)
def test_however_a_sum_is_typed_it_is_the_same_kopecks(
    kopecks: int, space: str, mark: str, suffix: str
) -> None:
    whole = f"{kopecks // 100:,}".replace(",", space)

    assert kopecks_of_text(f"  {whole}{mark}{kopecks % 100:02d}{suffix} ", "rubles") == kopecks


@given(KOPECKS)
def test_a_sum_in_kopecks_is_taken_as_it_stands(kopecks: int) -> None:
    assert kopecks_of_text(str(kopecks), "kopecks") == kopecks
    assert kopecks_of_text(f"{kopecks} коп.", "rubles") == kopecks


@given(KOPECKS)
def test_what_we_print_we_read_back(kopecks: int) -> None:
    assert kopecks_of_text(rubles(kopecks), "rubles") == kopecks


@settings(max_examples=300)
@given(EXCEL_KOPECKS)
def test_a_spreadsheet_number_keeps_its_kopecks(kopecks: int) -> None:
    as_excel_stores_it = float(f"{kopecks // 100}.{kopecks % 100:02d}")

    assert kopecks_of_number(number_of_float(as_excel_stores_it), "rubles") == kopecks


def test_noise_of_binary_fractions_is_no_part_of_a_kopeck() -> None:
    assert kopecks_of_number(number_of_float(0.1 + 0.2), "rubles") == 30


@pytest.mark.parametrize(
    ("typed", "kopecks"),
    [
        ("1 234 567,89 руб.", 123456789),
        ("1.234.567,89", 123456789),
        ("1,234,567.89", 123456789),
        ("12 руб. 5 коп.", 1205),
        ("1 000 руб. 50 коп", 100050),
        ("100", 10000),
        ("100,5", 10050),
        ("—", 0),
        ("-", 0),
        ("", 0),
        ("0,00", 0),
    ],
)
def test_usual_writings(typed: str, kopecks: int) -> None:
    assert kopecks_of_text(typed, "rubles") == kopecks


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1,234", "ambiguous_amount"),
        ("1.234", "ambiguous_amount"),
        ("-5", "negative_amount"),
        ("−5,00", "negative_amount"),
        ("(100,00)", "negative_amount"),
        ("12,345678", "parts_of_a_kopeck"),
        ("много", "not_a_number"),
        ("1О0", "not_a_number"),
        ("1 2345,00", "not_a_number"),
        ("1e5", "not_a_number"),
        ("٣٤", "not_a_number"),
        ("10.12.2026", "not_a_number"),
        ("999999999999999999,00", "amount_too_large"),
    ],
)
def test_what_may_be_read_two_ways_or_none_is_refused(typed: str, code: str) -> None:
    with pytest.raises(NotMoney) as refused:
        kopecks_of_text(typed, "rubles")

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (Decimal("-1"), "negative_amount"),
        (Decimal("0.001"), "parts_of_a_kopeck"),
        (Decimal("12345678901234.00"), "number_too_long"),
    ],
)
def test_a_number_that_a_spreadsheet_has_already_cut_is_refused(number: Decimal, code: str) -> None:
    with pytest.raises(NotMoney) as refused:
        kopecks_of_number(number, "rubles")

    assert refused.value.code == code
