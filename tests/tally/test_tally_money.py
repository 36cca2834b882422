"""Money and percents as people read them."""

import pytest

from tally import TallyError
from tally.money import check_kopecks, is_whole, percent, rubles


@pytest.mark.parametrize(
    ("kopecks", "text"),
    [
        (0, "0,00"),
        (5, "0,05"),
        (100, "1,00"),
        (99_999, "999,99"),
        (123_456_789, "1\u00a0234\u00a0567,89"),
        (10**18, "10\u00a0000\u00a0000\u00a0000\u00a0000\u00a0000,00"),
        (-150, "-1,50"),
        (-1, "-0,01"),
    ],
)
def test_kopecks_read_as_roubles_with_no_break_spaces(kopecks: int, text: str) -> None:
    assert rubles(kopecks) == text


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (0, 5, "0,00"),
        (1, 1, "100,00"),
        (1, 3, "33,33"),
        (2, 3, "66,66"),
        (1, 20, "5,00"),
        (1, 10_000, "0,01"),
        (1, 10_001, "0,00"),
        (499_999, 1_000_000, "49,99"),
        (10**17 - 1, 2 * 10**17, "49,99"),
        (0, 0, "0,00"),
    ],
)
def test_a_percent_is_cut_and_never_rounded(numerator: int, denominator: int, text: str) -> None:
    assert percent(numerator, denominator) == text


def test_a_bool_is_not_a_number() -> None:
    assert [is_whole(value) for value in (1, 0, -1, True, False, 1.0, "1", None)] == [
        True, True, True, False, False, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("value", [True, False, 1.0, 100.5, "100", None])
def test_only_whole_kopecks_are_taken(value: object) -> None:
    with pytest.raises(TallyError) as refused:
        check_kopecks(value, "A.claim_kopecks")

    assert (refused.value.code, refused.value.detail) == ("not_integer_kopecks", "A.claim_kopecks")


def test_an_amount_below_zero_is_refused_and_zero_is_not() -> None:
    check_kopecks(0, "A.claim_kopecks")
    with pytest.raises(TallyError) as refused:
        check_kopecks(-1, "A.claim_kopecks")

    assert str(refused.value) == "negative_amount: A.claim_kopecks"
