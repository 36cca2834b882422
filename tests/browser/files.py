"""The files that a practitioner brings: twelve creditors, eight of them with one representative, and an agenda."""

from datetime import datetime, timedelta, timezone

ALFA, BETA, GAMMA, DELTA = "ООО «Альфа»", "ООО «Бета»", "Гаврилов Пётр Ильич", "Дёмин Олег Львович"
OWN = {ALFA: 900_000, BETA: 500_000, GAMMA: 200_000, DELTA: 50_000}
REPRESENTATIVE = "Павлова Инна Сергеевна"
PRINCIPALS = tuple(f"ООО «Доверитель {n}»" for n in range(1, 9))
REPORT, PLACE, COMMITTEE, ENVOY = "Отчёт", "Место собраний", "Комитет кредиторов", "Представитель собрания"
MEMBERS, POWERS = "Состав комитета", "Полномочия комитета"
CANDIDATES = tuple(f"Кандидат {letter}" for letter in "АБВГ")
MOSCOW = timezone(timedelta(hours=3))
PHONE = "+7 900 000-00-02"

QUESTIONS = f"""
повестка:
  - тема: прочее
    заголовок: {REPORT}
    формулировка: Принять к сведению отчёт конкурсного управляющего.
    голосование: открытое
    время: 10 мин
  - тема: прочее
    заголовок: {PLACE}
    формулировка: Определить место следующих собраний.
    варианты: [У должника, У управляющего, Дистанционно]
    время: 10 мин
  - тема: образование комитета кредиторов
    заголовок: {COMMITTEE}
    формулировка: Образовать комитет кредиторов из трёх человек.
    время: 10 мин
    вложенные:
      - тема: избрание комитета кредиторов
        заголовок: {MEMBERS}
        формулировка: Избрать членов комитета кредиторов.
        мест: 3
        время: 10 мин
        варианты: [{", ".join(CANDIDATES)}]
      - тема: прочее
        заголовок: {POWERS}
        формулировка: Утвердить регламент комитета.
        время: 10 мин
  - тема: прочее
    заголовок: {ENVOY}
    формулировка: Избрать представителем собрания Панова Олега Егоровича.
    голосование: закрытое
    время: 10 мин
"""


def register(claims: dict[str, object] | None = None) -> bytes:
    """A CSV as an office program saves it; given claims stand in for the usual ones."""
    sums = {**OWN, **dict.fromkeys(PRINCIPALS, 100_000), **(claims or {})}
    lines = ["Кредитор;Сумма требования, руб.", *(f"{name};{amount}" for name, amount in sums.items())]
    return "\n".join(lines).encode()


def contacts(phones: dict[str, str] | None = None, snils: dict[str, str] | None = None) -> bytes:
    """`phones` and `snils` are of creditors who come without a representative."""
    lines = ["Кредитор;Представитель;Доверенность;Телефон;СНИЛС"]
    lines += [f"{name};{REPRESENTATIVE};№ {n} от 01.11.2026;;" for n, name in enumerate(PRINCIPALS, start=1)]
    lines += [f"{name};;;{phone};" for name, phone in (phones or {}).items()]
    lines += [f"{name};;;;{number}" for name, number in (snils or {}).items()]
    return "\n".join(lines).encode()


def agenda(starts_in: timedelta = timedelta(hours=-1)) -> bytes:
    """By default the hour has come, so that the meeting may be opened at once."""
    starts_at = datetime.now(MOSCOW) + starts_in
    card = f"""собрание:
  должник: ООО «Тихая гавань»
  дело: А00-77/2026
  суд: Арбитражный суд Полярного края
  процедура: конкурсное производство
  форма: очная
  начало: {starts_at:%Y-%m-%d %H:%M}
  часовой пояс: Europe/Moscow
  место: г. Полярск, ул. Заводская, д. 1
  организатор: Орлова Марина Сергеевна
  телефон: {PHONE}
"""
    return (card + QUESTIONS).encode()
