"""Every verdict has a sentence, and every sentence of a failure says what to do."""

import re
from pathlib import Path
from types import ModuleType
from typing import get_args

from app.kernel.errors import Refused
from app.signatures import refusals
from app.signatures.identity import IdentityVerdict
from app.signatures.libcrypto import Missing
from app.signatures.model import Algorithm, Revocation, Verdict
from app.signatures.reference import PAGE, verdicts_page
from app.signatures.texts import ALGORITHMS, IDENTITIES, MISSING, REFUSALS, REVOCATIONS, VERDICTS

PAGE_TEXTS = Path(__file__).resolve().parents[3] / "web/src/lib/i18n/verdicts.ts"
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
    assert list(IDENTITIES) == list(get_args(IdentityVerdict))
    assert set(REFUSALS) == {each.code for each in refusals_of(refusals)}


def test_the_page_knows_every_reason_for_which_a_signature_is_refused() -> None:
    told = set(re.findall(r"^  (\w+): '", PAGE_TEXTS.read_text("utf-8"), re.MULTILINE))

    assert {*get_args(Verdict), *get_args(IdentityVerdict)} - told == {"ok", "same", "same_name"}


def test_a_failure_says_what_to_do() -> None:
    silent = [
        verdict for verdict, sentence in VERDICTS.items() if not any(word in sentence for word in TO_DO)
    ]

    assert silent == ["ok"]


def test_no_two_verdicts_say_the_same() -> None:
    assert len(set(VERDICTS.values())) == len(VERDICTS)


def test_the_page_of_verdicts_is_not_stale() -> None:
    assert PAGE.read_text("utf-8") == verdicts_page(), "run: python -m app.signatures.reference"


def refusals_of(module: ModuleType) -> list[type[Refused]]:
    made = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Refused)]
    return [each for each in made if each.__module__ == module.__name__]
