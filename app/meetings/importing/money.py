"""Sums as people type them, to whole kopecks; never guesses and never rounds."""

import re
from decimal import Decimal
from typing import Literal

from app.meetings.importing.limits import MAX_KOPECKS

Unit = Literal["rubles", "kopecks"]

EXCEL_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; a longer one has already lost its tail."""

_SPACES = re.compile("[\\s\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]+")
_NOTHING = frozenset({"", "-", "–", "—", "нет", "0-00"})
_RUBLES_AND_KOPECKS = re.compile(
    r"^(?P<rubles>[^а-я₽]+?) ?(?:руб(?:\.|лей|ля|ль)?|р\.?|₽),? ?(?P<kopecks>\d{1,2}) ?коп(?:\.|еек|ейки|ейка)?$",
    re.ASCII,
)
_CURRENCY = re.compile(r" ?(?:руб(?:\.|лей|ля|ль)?|р\.?|₽|rub|rur)$")
_KOPECK_WORD = re.compile(r" ?(?:коп(?:\.|еек|ейки|ейка)?)$")
_PLAIN = re.compile(r"^(?P<whole>\d+)(?:[.,](?P<part>\d{1,2}))?$", re.ASCII)
_SPACED = re.compile(r"^(?P<whole>\d{1,3}(?:[ '’]\d{3})+)(?:[.,](?P<part>\d{1,2}))?$", re.ASCII)
_DOTTED = re.compile(
    r"^(?P<whole>\d{1,3}(?:\.\d{3})+),(?P<part>\d{1,2})$|^(?P<many>\d{1,3}(?:\.\d{3}){2,})$", re.ASCII
)
_COMMAED = re.compile(
    r"^(?P<whole>\d{1,3}(?:,\d{3})+)\.(?P<part>\d{1,2})$|^(?P<many>\d{1,3}(?:,\d{3}){2,})$", re.ASCII
)
_AMBIGUOUS = re.compile(r"^\d{1,3}[.,]\d{3}$", re.ASCII)
_LONG_PART = re.compile(r"^[\d ]+[.,]\d{3,}$", re.ASCII)


class NotMoney(ValueError):
    """The cell does not hold a sum; `code` is one of the money faults of `texts.FAULTS`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def kopecks_of_text(text: str, unit: Unit) -> int:
    """Whole kopecks of a typed sum: spaces, commas, «руб.», «12 руб. 50 коп.»; a dash or nothing is 0.

    Raises `NotMoney`: not a number, negative, ambiguous («1,234»), parts of a kopeck, too large.
    """
    typed = _SPACES.sub(" ", text).strip().casefold()
    if typed in _NOTHING:
        return 0
    if _is_negative(typed):
        raise NotMoney("negative_amount")
    split = _RUBLES_AND_KOPECKS.match(typed)
    if split:
        return _bounded(_whole_rubles(split["rubles"]) * 100 + int(split["kopecks"]))
    if _KOPECK_WORD.search(typed):
        return _bounded(_scaled(*_digits(_KOPECK_WORD.sub("", typed)), "kopecks"))
    return _bounded(_scaled(*_digits(_CURRENCY.sub("", typed)), unit))


def kopecks_of_number(number: Decimal, unit: Unit) -> int:
    """Whole kopecks of a numeric cell, already cut to the digits that a spreadsheet keeps. Raises `NotMoney`."""
    if number < 0:
        raise NotMoney("negative_amount")
    kopecks = number * 100 if unit == "rubles" else number
    if kopecks != kopecks.to_integral_value():
        raise NotMoney("parts_of_a_kopeck")
    if kopecks and kopecks.adjusted() >= EXCEL_DIGITS:
        raise NotMoney("number_too_long")
    return _bounded(int(kopecks))


def number_of_float(value: float) -> Decimal:
    """The number a spreadsheet shows for a binary fraction: 15 significant digits, so that 0.1 + 0.2 is 0.3."""
    return Decimal(f"{value:.{EXCEL_DIGITS}g}")


def rubles(kopecks: int) -> str:
    """ "1 234 567,89" with no-break spaces."""
    whole, part = divmod(kopecks, 100)
    return f"{whole:,}".replace(",", "\u00a0") + f",{part:02d}"


def _is_negative(typed: str) -> bool:
    return typed[0] in "-−–" or (typed[0] == "(" and typed[-1] == ")")


def _whole_rubles(typed: str) -> int:
    whole, part = _digits(typed)
    if part:
        raise NotMoney("not_a_number")
    return int(whole)


def _digits(typed: str) -> tuple[str, str]:
    """Digits before and after the decimal mark."""
    for pattern in (_PLAIN, _SPACED, _DOTTED, _COMMAED):
        found = pattern.match(typed)
        if found:
            parts = found.groupdict()
            whole = parts["whole"] or parts["many"]
            return re.sub(r"\D", "", whole), parts["part"] or ""
    if _AMBIGUOUS.match(typed):
        raise NotMoney("ambiguous_amount")
    raise NotMoney("parts_of_a_kopeck" if _LONG_PART.match(typed) else "not_a_number")


def _scaled(whole: str, part: str, unit: Unit) -> int:
    if unit == "rubles":
        return int(whole) * 100 + int(part.ljust(2, "0"))
    if part.strip("0"):
        raise NotMoney("parts_of_a_kopeck")
    return int(whole)


def _bounded(kopecks: int) -> int:
    if kopecks >= MAX_KOPECKS:
        raise NotMoney("amount_too_large")
    return kopecks
