"""Every code that a person may meet has its Russian sentence."""

from app.kernel.errors import Draining, Forbidden
from app.meetings.refusals import MeetingRefused, NotCountable, NotExamined
from app.meetings.texts import REFUSALS, moment, with_names


def codes() -> set[str]:
    made = {Draining.code, NotCountable.code, NotExamined.code, Forbidden.code}
    return made | {kind.code for kind in MeetingRefused.__subclasses__()}


def test_every_refusal_has_a_sentence_and_every_sentence_a_refusal() -> None:
    assert set(REFUSALS) == codes()


def test_a_moment_is_told_in_the_meetings_own_time() -> None:
    assert moment(1_700_000_000_000_000, "Asia/Novosibirsk", seconds=True) == "15.11.2023 05:13:20"
    assert moment(None, "Europe/Moscow") == "—"


def test_options_in_an_explanation_are_named() -> None:
    assert with_names("Выбран вариант «m1».", {"m1": "СРО"}) == "Выбран вариант «СРО»."
