"""Telephones: how a number is read, which of them take a code, and how it is shown to its owner."""

import re

_LANDLINE = re.compile(r"\+7[^79]")


def normal_phone(typed: str) -> str | None:
    """A Russian number as +7 and ten digits, another one as + and digits; None if it is no number.

    After «+7» all ten digits stand: with one left out it would be somebody else's number.
    """
    digits = re.sub(r"[^0-9]", "", typed)
    is_whole = typed.startswith("+")
    if is_whole and not digits.startswith("7"):
        return "+" + digits if 8 <= len(digits) <= 15 else None
    if re.fullmatch(r"[78][0-9]{10}", digits) or (len(digits) == 10 and not is_whole):
        return "+7" + digits[-10:]
    return None


def mobile_of(phone: str | None) -> str | None:
    """The number, if a text message may reach it: a Russian landline takes none."""
    return None if not phone or _LANDLINE.match(phone) else phone


def masked(phone: str) -> str:
    """«+7 ··· ··· 12 34»: whoever knows the number knows it again, nobody else learns it."""
    country = "+7" if phone.startswith("+7") else "+"
    return f"{country} ··· ··· {phone[-4:-2]} {phone[-2:]}"
