"""Telephones that take a code, and how they are shown to their owners; numbers come from `importing.contacts`."""

import re

_LANDLINE = re.compile(r"\+7[^79]")


def mobile_of(phone: str | None) -> str | None:
    """The number, if a text message may reach it: a Russian landline takes none."""
    return None if not phone or _LANDLINE.match(phone) else phone


def masked(phone: str) -> str:
    """«+7 ··· ··· 12 34»: whoever knows the number knows it again, nobody else learns it."""
    country = "+7" if phone.startswith("+7") else "+"
    return f"{country} ··· ··· {phone[-4:-2]} {phone[-2:]}"
