"""Every verdict has a sentence, and every sentence of a failure says what to do."""

from typing import get_args

from app.signatures.libcrypto import Missing
from app.signatures.model import Algorithm, Revocation, Verdict
from app.signatures.reference import PAGE, verdicts_page
from app.signatures.texts import ALGORITHMS, MISSING, REVOCATIONS, VERDICTS

TO_DO = (
    "Подпишите",
    "подпишите",
    "Передайте",
    "передайте",
    "Создайте",
    "Повторите",
    "сообщите",
    "Сообщите",
    "Выберите",
    "Получите",
)


def test_every_value_has_its_words() -> None:
    assert list(VERDICTS) == list(get_args(Verdict))
    assert set(ALGORITHMS) == set(get_args(Algorithm))
    assert set(REVOCATIONS) == set(get_args(Revocation))
    assert set(MISSING) == set(get_args(Missing))


def test_a_failure_says_what_to_do() -> None:
    silent = [
        verdict for verdict, sentence in VERDICTS.items() if not any(word in sentence for word in TO_DO)
    ]

    assert silent == ["ok"]


def test_no_two_verdicts_say_the_same() -> None:
    assert len(set(VERDICTS.values())) == len(VERDICTS)


def test_the_page_of_verdicts_is_not_stale() -> None:
    assert PAGE.read_text("utf-8") == verdicts_page(), "run: python -m app.signatures.reference"
