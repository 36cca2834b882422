"""Is the owner of a certificate who was admitted? By СНИЛС, ИНН and name, by the server's rule; nothing is guessed."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from verifier.archive import Event
from verifier.strict_json import loads

ORGANIZATION_INN, PERSON_INN = 10, 12
LAST_UNCHECKED_SNILS = 1_001_998
WORDS_OF_A_NAME = range(2, 6)
SOLE_TRADER = re.compile(r"^(ИП|ИНДИВИДУАЛЬНЫЙ ПРЕДПРИНИМАТЕЛЬ) ")
INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
LOOK_ALIKES = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
Person = Mapping[str, str]
"""name, snils, inn, as far as they are known and shown."""


def admitted(events: Iterable[Event]) -> dict[str, Person]:
    """By person, from the private parts of the admissions: what is hidden or destroyed is not in it."""
    found: dict[str, Person] = {}
    for event in events:
        if event.kind != "persons_admitted" or not event.private:
            continue
        for person, part in zip(event.said.get("persons", ()), event.private, strict=False):
            if "text" in part:
                found[str(person["person"])] = {
                    name: str(value) for name, value in loads(part["text"].encode()).items()
                }
    return found


def difference(owner: Person, person: Person) -> str:
    """`snils`, `inn` or `name`: the first in which they differ; "" for none."""
    snils, inn = _digits(person.get("snils")), _digits(person.get("inn"))
    if snils and not (is_snils(snils) and snils == _digits(owner.get("snils"))):
        return "snils"
    if len(inn) == ORGANIZATION_INN:
        return "" if inn == organization_inn(owner) else "inn"
    own = person_inn(owner)
    if inn and own and inn != own:
        return "inn"
    names = {normal_name(name) for name in (person_name(owner), owner.get("organization", ""))}
    return "" if normal_name(person.get("name", "")) in names - {""} else "name"


def is_by_name_alone(person: Person) -> bool:
    return not person.get("snils") and not person.get("inn")


def person_name(owner: Person) -> str:
    """Surname and given names; else the common name, if it can be a person's and there is no organization."""
    if owner.get("surname") and owner.get("given_name"):
        return f"{owner['surname']} {owner['given_name']}"
    common = owner.get("common_name", "")
    is_person = not owner.get("organization") and len(normal_name(common).split()) in WORDS_OF_A_NAME
    return common if is_person else ""


def is_snils(number: str) -> bool:
    """11 digits with their check sum; the oldest numbers have none."""
    if not re.fullmatch(r"[0-9]{11}", number):
        return False
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(number[:9]))
    return int(number[:9]) <= LAST_UNCHECKED_SNILS or total % 101 % 100 == int(number[9:])


def person_inn(owner: Person) -> str:
    inn = _digits(owner.get("inn"))
    return "" if _is_padded(inn) else inn


def organization_inn(owner: Person) -> str:
    """Of an old certificate it stands in the person's field with two zeros before it."""
    inn = _digits(owner.get("inn"))
    return _digits(owner.get("inn_le")) or (inn[2:] if _is_padded(inn) else "")


def _is_padded(inn: str) -> bool:
    return len(inn) == PERSON_INN and inn.startswith("00")


def normal_name(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).translate(INVISIBLE).upper().replace("Ё", "Е")
    plain = re.sub(r"\s*[-‐‑‒–—―−]\s*", "-", plain)
    plain = re.sub(r"[\"'«»„“”‘’`.,]", " ", plain)
    words = [word.translate(LOOK_ALIKES) if re.search("[А-Я]", word) else word for word in plain.split()]
    return SOLE_TRADER.sub("", " ".join(words))


def _digits(number: str | None) -> str:
    return re.sub(r"[\s-]", "", number or "")
