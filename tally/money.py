"""Money and shares as people read them; the count itself knows only whole kopecks."""

from typing import TypeGuard

from tally.errors import TallyError

NO_BREAK_SPACE = "\u00a0"


def is_whole(value: object) -> TypeGuard[int]:
    """An int that is not a bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_kopecks(value: object, where: str) -> None:
    """Refuse anything but a whole number of kopecks, zero or more."""
    if not is_whole(value):
        raise TallyError("not_integer_kopecks", where)
    if value < 0:
        raise TallyError("negative_amount", where)


def rubles(kopecks: int) -> str:
    """123456789 → "1 234 567,89", with no-break spaces between the thousands."""
    sign = "-" if kopecks < 0 else ""
    whole, rest = divmod(abs(kopecks), 100)
    thousands = f"{whole:,}".replace(",", NO_BREAK_SPACE)
    return f"{sign}{thousands},{rest:02d}"


def percent(numerator: int, denominator: int) -> str:
    """A share of 0 or more in percent with two digits, cut and never rounded: 49,9999 % reads "49,99".

    A share of nothing reads "0,00".
    """
    if denominator == 0:
        return "0,00"
    whole, rest = divmod(numerator * 10_000 // denominator, 100)
    return f"{whole},{rest:02d}"
