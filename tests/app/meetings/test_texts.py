"""Every code that a person may meet has its Russian sentence."""

from pathlib import Path

from app.kernel.errors import Draining, Forbidden
from app.meetings.refusals import MeetingRefused, NotCountable, NotExamined
from app.meetings.texts.moments import moment
from app.meetings.texts.refusals import REFUSALS
from app.meetings.texts.words import with_names

WEB = Path(__file__).resolve().parents[3] / "web"


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


def test_the_pages_have_a_sentence_for_every_refusal_of_a_command() -> None:
    """An answer in a frame brings only the code."""
    told_by_http = {"archive_not_ready", "bad_agenda", "minutes_await_lists", "minutes_not_ready"}
    told_by_http |= {"basis_missing", "policy_not_offered"}
    texts = WEB / "src/lib/i18n"
    lazily = (texts / "signing.ts", texts / "verdicts.ts")
    known = "".join(file.read_text("utf-8") for file in (*texts.glob("refusals*.ts"), *lazily))

    missing = {code for code in codes() - told_by_http if f" {code}: '" not in known}

    assert missing == set()
