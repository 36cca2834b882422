"""Is the owner of a certificate the person who should have signed? By СНИЛС, then ИНН, then name; nothing is guessed.

Everything that both sides know must agree. A changed surname is the one difference that people settle by hand: it shows
as another name with an equal СНИЛС, and is marked for review, never passed on silently. Where no number could be
compared it is `same_name`, of a person and of an organization alike: it may vote, and who reads the minutes is told.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from app.signatures.model import Owner

IdentityVerdict = Literal[
    "same",
    "same_name",
    "snils_absent",
    "bad_snils",
    "snils_differs",
    "organization_differs",
    "representative",
    "inn_differs",
    "no_name_in_certificate",
    "name_differs",
]

LAST_UNCHECKED_SNILS = 1_001_998
"""Up to 001-001-998 the numbers have no check sum."""
ORGANIZATION_INN, PERSON_INN = 10, 12
SOLE_TRADER = re.compile(r"^(ИП|ИНДИВИДУАЛЬНЫЙ ПРЕДПРИНИМАТЕЛЬ) ")
WORDS_OF_A_NAME = range(2, 6)
INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
DASHES = re.compile(r"\s*[-‐‑‒–—―−]\s*")
PUNCTUATION = re.compile(r"[\"'«»„“”‘’`.,]")
LOOK_ALIKES = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
CYRILLIC = re.compile(r"[А-Я]")


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """Who should have signed, as the register or the account knows him; "" is unknown. An ИНН of 10 digits is an organization's."""

    name: str = ""
    snils: str = ""
    inn: str = ""

    def __repr__(self) -> str:
        return "Claimed(***)"


@dataclass(frozen=True, slots=True)
class Identity:
    verdict: IdentityVerdict
    needs_review: bool = False
    """The same СНИЛС with another name: a person decides."""

    @property
    def is_same(self) -> bool:
        return self.verdict in ("same", "same_name")


def compare(owner: Owner, claimed: Claimed) -> Identity:
    """The first difference; what either side does not know is not compared, but СНИЛС and name must be there."""
    if verdict := _snils_difference(digits(owner.snils), digits(claimed.snils)):
        return Identity(verdict)
    if verdict := _inn_difference(owner, digits(claimed.inn)):
        return Identity(verdict)
    if verdict := _name_difference(owner, claimed):
        return Identity(verdict, needs_review=verdict == "name_differs" and bool(claimed.snils))
    return Identity("same" if _is_number_known(owner, claimed) else "same_name")


def _is_number_known(owner: Owner, claimed: Claimed) -> bool:
    """Both sides name a СНИЛС or an ИНН, and nothing differed: a name alone is also a namesake's."""
    inn = digits(claimed.inn)
    own = organization_inn(owner) if len(inn) == ORGANIZATION_INN else person_inn(owner)
    return bool(digits(claimed.snils) or (inn and own))


def _snils_difference(owner: str, claimed: str) -> IdentityVerdict | None:
    if not claimed:
        return None
    if not owner:
        return "snils_absent"
    if not is_snils(owner):
        return "bad_snils"
    return None if owner == claimed else "snils_differs"


def _inn_difference(owner: Owner, claimed: str) -> IdentityVerdict | None:
    if len(claimed) == ORGANIZATION_INN:
        if not organization_inn(owner):
            return "representative"
        return None if organization_inn(owner) == claimed else "organization_differs"
    own = person_inn(owner)
    return "inn_differs" if claimed and own and own != claimed else None


def _name_difference(owner: Owner, claimed: Claimed) -> IdentityVerdict | None:
    if len(digits(claimed.inn)) == ORGANIZATION_INN:
        return None  # one organization is named in many ways; its ИНН has decided
    names = {normal_name(name) for name in (person_name(owner), owner.organization)} - {""}
    if not names:
        return "no_name_in_certificate"
    return None if normal_name(claimed.name) in names else "name_differs"


def person_name(owner: Owner) -> str:
    """Surname and given names; of an old certificate the common name, if it can be a person's."""
    if owner.surname and owner.given_name:
        return f"{owner.surname} {owner.given_name}"
    words = normal_name(owner.common_name).split()
    return owner.common_name if not owner.organization and len(words) in WORDS_OF_A_NAME else ""


def person_inn(owner: Owner) -> str:
    inn = digits(owner.inn)
    return "" if _is_padded(inn) else inn


def organization_inn(owner: Owner) -> str:
    """Before September 2021 an organization's ИНН stood in the person's field with two zeros before it (from memory)."""
    inn = digits(owner.inn)
    return digits(owner.inn_le) or (inn[2:] if _is_padded(inn) else "")


def _is_padded(inn: str) -> bool:
    return len(inn) == PERSON_INN and inn.startswith("00")


def is_snils(number: str) -> bool:
    """11 digits; the last two are a check sum over the first nine, except for the oldest numbers."""
    if not re.fullmatch(r"[0-9]{11}", number):
        return False
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number[:9]))
    return int(number[:9]) <= LAST_UNCHECKED_SNILS or total % 101 % 100 == int(number[9:])


def digits(number: str) -> str:
    return re.sub(r"[\s-]", "", number)


def normal_name(name: str) -> str:
    """One case, Ё as Е, one kind of dash, no quotes and dots, no Latin letters among Cyrillic ones; a sole trader's name alone."""
    plain = unicodedata.normalize("NFKC", name).translate(INVISIBLE).upper().replace("Ё", "Е")
    plain = PUNCTUATION.sub(" ", DASHES.sub("-", plain))
    words = [word.translate(LOOK_ALIKES) if CYRILLIC.search(word) else word for word in plain.split()]
    return SOLE_TRADER.sub("", " ".join(words))
