"""Made-up creditors, any number of them, always the same; no person or number is real."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stdnum.ru import inn

from app.meetings.importing.money import rubles

CREDITORS = 300

NOT_A_REGION = "98"
"""ИНН begin with the code of a region; this one has never been given out, so the numbers belong to nobody."""

REGISTER_HEADINGS = (
    "№ п/п",
    "Наименование (ФИО) кредитора",
    "ИНН",
    "Очередь",
    "Основной долг, руб.",
    "в т.ч. обеспечено залогом, руб.",
    "Неустойки, штрафы, пени, руб.",
    "Погашено, руб.",
    "в т.ч. погашено по залогу, руб.",
)
CONTACT_HEADINGS = (
    "Кредитор",
    "ИНН",
    "Электронная почта",
    "Телефон",
    "Представитель",
    "Доверенность",
    "Право голосовать за мировое соглашение",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ADJECTIVES = _words(
    "Северный Южный Восточный Западный Новый Первый Единый Волжский Уральский Невский "
    "Полярный Янтарный Гранитный Светлый Степной Речной Сосновый Береговой Дальний Вольный"
)
_NOUNS = _words(
    "Альянс Берег Вектор Горизонт Двор Завод Импульс Квартал Лес Мост "
    "Порт Ресурс Склад Терминал Узел Форум Центр Элеватор Экспресс Ярус"
)
_TRADES = ("Строй", "Торг", "Транс", "Тех", "Агро", "Энерго", "Снаб", "Сервис")
_SURNAMES = _words(
    "Абрамов Баранов Власов Горшков Данилов Ершов Жданов Зимин Игнатов Калинин "
    "Лапин Макаров Носков Осипов Панов Рожков Суханов Титов Уваров Фокин "
    "Хохлов Цветков Чернов Шаров Щукин Юдин Яшин Бобров Грачёв Дроздов"
)
_NAMES = _words("Алексей Борис Виктор Глеб Денис Егор Захар Игорь Кирилл Лев Максим Никита Олег Пётр Роман")
_PATRONYMICS = _words(
    "Андреевич Борисович Викторович Денисович Егорович Иванович Львович Олегович Петрович Сергеевич"
)

_REPRESENTATIVES = (
    "Дроздова Анна Викторовна",
    "Грачёв Лев Сергеевич",
    "Боброва Ирина Петровна",
    "Яшин Захар Олегович",
)
_REPRESENTED = ((10, 8), (18, 4), (22, 3), (25, 2))
"""(first creditor, how many) of each representative: one stands for eight."""


@dataclass(frozen=True, slots=True)
class Creditor:
    """Sums in kopecks; `repaid` is the whole, `repaid_secured` a part of it, as people write it."""

    name: str
    inn: str
    claim: int
    secured: int
    penalties: int
    repaid: int
    repaid_secured: int
    email: str
    phone: str
    representative: str
    power_of_attorney: str
    may_vote_settlement: bool


def creditors(count: int = CREDITORS) -> tuple[Creditor, ...]:
    """The same creditors for the same count, on every machine."""
    chance = random.Random(127)  # noqa: S311 - a made-up register, not a secret
    names = _unique_names(chance, count)
    return tuple(_creditor(chance, number, name) for number, name in enumerate(names))


def register_rows(listed: Sequence[Creditor]) -> list[tuple[str, ...]]:
    """Headings, creditors and a total, as a practitioner's table has them."""
    rows = [(str(number), *_register_cells(one)) for number, one in enumerate(listed, start=1)]
    sums = [
        sum(values)
        for values in zip(
            *((o.claim, o.secured, o.penalties, o.repaid, o.repaid_secured) for o in listed), strict=True
        )
    ]
    return [REGISTER_HEADINGS, *rows, ("", "Итого", "", "", *(rubles(total) for total in sums))]


def contact_rows(listed: Sequence[Creditor]) -> list[tuple[str, ...]]:
    return [CONTACT_HEADINGS, *(_contact_cells(one) for one in listed)]


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    return "\r\n".join(";".join(row) for row in rows).encode("utf-8-sig")


def _unique_names(chance: random.Random, count: int) -> list[str]:
    """The bank, the tax service, then companies and people about three to one."""
    names = {"ПАО «Полярный банк»": None, "ФНС России в лице УФНС по Полярному краю": None}
    while len(names) < count:
        names[_company(chance) if chance.random() < 0.72 else _person(chance)] = None
    return list(names)[:count]


def _company(chance: random.Random) -> str:
    form = chance.choice(("ООО", "ООО", "ООО", "АО"))
    noun = chance.choice(_NOUNS)
    name = chance.choice(
        (f"{chance.choice(_ADJECTIVES)} {noun.lower()}", f"{chance.choice(_TRADES)}{noun.lower()}")
    )
    number = chance.choice(("", "", f" {chance.randint(2, 99)}"))
    return f"{form} «{name}{number}»"


def _person(chance: random.Random) -> str:
    name = f"{chance.choice(_SURNAMES)} {chance.choice(_NAMES)} {chance.choice(_PATRONYMICS)}"
    return f"ИП {name}" if chance.random() < 0.3 else name


def _creditor(chance: random.Random, number: int, name: str) -> Creditor:
    claim, secured, penalties = _sums(chance, number)
    repaid_secured = secured // 5 if secured and number % 2 == 0 else 0
    repaid = repaid_secured + ((claim - secured) // chance.randint(3, 9) if number % 5 == 4 else 0)
    representative = _representative(number)
    return Creditor(
        name=name,
        inn=_inn(number, is_person=name.split()[0] not in ("ООО", "АО", "ПАО", "ФНС")),
        claim=claim,
        secured=secured,
        penalties=penalties,
        repaid=repaid,
        repaid_secured=repaid_secured,
        email=_email(number, representative),
        phone=_phone(number if representative is None else _REPRESENTED[representative][0]),
        representative=_REPRESENTATIVES[representative] if representative is not None else "",
        power_of_attorney="" if representative is None else f"№ {100 + number} от 01.09.2026",
        may_vote_settlement=representative is not None and number % 2 == 0,
    )


def _email(number: int, representative: int | None) -> str:
    if representative is None:
        return f"creditor{number + 1}@example.org"
    return f"representative{representative + 1}@example.org"


def _phone(number: int) -> str:
    """A representative has one, that of the first whom he stands for."""
    return f"+7 900 {number // 10_000:03d}-{number // 100 % 100:02d}-{number % 100:02d}"


def _sums(chance: random.Random, number: int) -> tuple[int, int, int]:
    """Claim, secured part, penalties: a few large claims and a long tail, as registers are."""
    if number == 0:
        return 48_312_750_64, 41_000_000_00, 6_120_433_18
    if number == 1:
        return 22_708_415_93, 0, 9_884_120_07
    claim = int(min(chance.lognormvariate(13.2, 1.1), 9_000_000) * 100)
    secured = claim if number % 60 == 7 else claim // 2 if number % 60 == 23 else 0
    penalties = claim * chance.randint(1, 30) // 100 if chance.random() < 0.4 else 0
    return claim, secured, penalties


def _representative(number: int) -> int | None:
    """Which representative stands for this creditor, if anybody does."""
    for index, (first, many) in enumerate(_REPRESENTED):
        if first <= number < first + many:
            return index
    return None


def _inn(number: int, *, is_person: bool) -> str:
    if is_person:
        body = f"{NOT_A_REGION}{number:08d}"
        return body + str(inn.calc_personal_check_digits(body))
    body = f"{NOT_A_REGION}{number:07d}"
    return body + str(inn.calc_company_check_digit(body))


def _register_cells(one: Creditor) -> tuple[str, ...]:
    sums = (one.claim, one.secured, one.penalties, one.repaid, one.repaid_secured)
    return one.name, one.inn, "3", *(rubles(kopecks) if kopecks else "" for kopecks in sums)


def _contact_cells(one: Creditor) -> tuple[str, ...]:
    settles = "да" if one.may_vote_settlement else ""
    return one.name, one.inn, one.email, one.phone, one.representative, one.power_of_attorney, settles
