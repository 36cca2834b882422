"""Agenda files: what they become, and how their faults are named."""

import json
from datetime import UTC, datetime

import pytest

from app.meetings.importing.dry_run import AgendaRun, run_agenda
from app.meetings.importing.texts import TOPICS
from app.meetings.importing.topics import code_of, shape_of
from tally import PROFILE
from tests.app.meetings.importing.files import AGENDA, QUESTION


def tried(text: str, now: int = 0) -> AgendaRun:
    return run_agenda(text.encode(), now)


def stops(run: AgendaRun) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.path) for fault in run.report.faults if fault.severity == "fault"]


PACKET = """
  - тема: образование комитета кредиторов
    заголовок: Комитет
    формулировка: Образовать комитет из трёх человек
    голосование: закрытое
    время: 90 с
    вложенные:
      - тема: committee
        заголовок: Состав
        формулировка: Избрать
        мест: 3
        варианты: [Иванов, Петров, Сидоров, Кузнецов]
"""


def test_card_and_questions_are_read() -> None:
    run = tried(AGENDA + QUESTION + PACKET)

    assert run.report.faults == ()
    assert run.agenda is not None
    card, (report, committee) = run.agenda.card, run.agenda.questions
    assert card.procedure == "liquidation"
    assert card.starts_at == int(datetime(2026, 12, 10, 8, 0, tzinfo=UTC).timestamp()) * 1_000_000
    assert (report.id, report.topic, report.secrecy, report.duration_s) == ("q1", "general", "open", 180)
    assert (committee.id, committee.secrecy, committee.duration_s) == ("q2", "closed", 90)
    (members,) = committee.nested
    assert (members.id, members.seats, members.options[0]) == ("q2.1", 3, ("o1", "Иванов"))


OBSERVERS = "\nнаблюдатели:\n"


def test_observers_are_read_by_name() -> None:
    run = tried(AGENDA + QUESTION + OBSERVERS + "  - Смирнов Павел\n  - ' Власова Инна '\n")

    assert run.report.faults == ()
    assert run.agenda is not None
    assert run.agenda.observers == ("Смирнов Павел", "Власова Инна")


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("  - Смирнов\n  - СМИРНОВ\n", ("agenda_observer_twice", "наблюдатели.2")),
        ("  - [a]\n", ("agenda_not_text_value", "наблюдатели.1")),
        ("  - " + "я" * 201 + "\n", ("agenda_too_long", "наблюдатели.1")),
        ("".join(f"  - Имя{n}\n" for n in range(51)), ("agenda_too_many_observers", "наблюдатели")),
        ("  a: b\n", ("agenda_not_a_list", "наблюдатели")),
    ],
)
def test_faults_of_observers_are_named_by_place(lines: str, fault: tuple[str, str]) -> None:
    assert stops(tried(AGENDA + QUESTION + OBSERVERS + lines)) == [fault]


def test_json_reads_like_yaml() -> None:
    as_json = {
        "собрание": {
            "должник": "ООО «Должник»",
            "инн": 7707083893,
            "адрес должника": "г. Пермь, ул. Ленина, д. 1",
            "дело": "А40-1/2026",
            "суд": "Арбитражный суд",
            "процедура": "наблюдение",
            "форма": "заочная",
            "повторное": True,
            "начало": "2026-12-10 11:00",
            "окончание": "2026-12-12 18:00",
            "часовой пояс": "Asia/Yekaterinburg",
            "место": "г. Пермь",
            "организатор": "Петров",
            "телефон": "+7 342 123-45-67",
            "почта": "petrov@example.ru",
        },
        "повестка": [{"тема": "general", "заголовок": "а", "формулировка": "б", "мест": None}],
    }

    run = tried(json.dumps(as_json, ensure_ascii=False))

    assert run.report.faults == ()
    assert run.agenda is not None
    card = run.agenda.card
    assert (card.form, card.repeated, card.debtor_inn) == ("absentee", True, "7707083893")
    assert card.debtor_address == "г. Пермь, ул. Ленина, д. 1"
    assert card.starts_at == int(datetime(2026, 12, 10, 6, 0, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("тема: прочее", "тема: погода", ("agenda_choose", "повестка.1.тема")),
        ("тема: прочее", "тематика: прочее", ("agenda_unknown_key", "повестка.1")),
        ("заголовок: Отчёт", "заголовок: [Отчёт]", ("agenda_not_text_value", "повестка.1.заголовок")),
        ("заголовок: Отчёт", "заголовок:", ("agenda_missing", "повестка.1.заголовок")),
        ("заголовок: Отчёт", "заголовок: '  '", ("agenda_missing", "повестка.1.заголовок")),
        ("заголовок: Отчёт", "время: 1 год", ("agenda_bad_duration", "повестка.1.время")),
        ("заголовок: Отчёт", "время: 5 с", ("agenda_bad_duration", "повестка.1.время")),
        ("заголовок: Отчёт", "порог: 3/4", ("agenda_threshold_not_for_topic", "повестка.1.порог")),
        ("заголовок: Отчёт", "мест: 3", ("agenda_seats_not_for_topic", "повестка.1.мест")),
        ("заголовок: Отчёт", "варианты: [a]", ("agenda_options_needed", "повестка.1.варианты")),
        ("заголовок: Отчёт", "варианты: [a, A]", ("agenda_option_twice", "повестка.1.варианты.2")),
        ("прочее", "мировое соглашение\n    варианты: [a, b]", ("agenda_options_not_for_topic", "повестка.1.варианты")),
        ("прочее", "выбор управляющего или СРО\n    варианты: [a]", ("agenda_options_needed", "повестка.1.варианты")),
        ("прочее", "committee\n    варианты: [a]", ("agenda_seats_needed", "повестка.1.мест")),
        ("прочее", "committee\n    мест: 3\n    варианты: [a]", ("agenda_few_candidates", "повестка.1.варианты")),
        ("прочее", "committee\n    мест: много\n    варианты: [a]", ("agenda_bad_number", "повестка.1.мест")),
        ("прочее", "transfer_unfinished_object", ("agenda_threshold_needed", "повестка.1.порог")),
        ("прочее", "transfer_unfinished_object\n    порог: 4/3\n    база: реестр\n    статья: ст. 201.10",
         ("agenda_bad_threshold", "повестка.1.порог")),
        ("прочее", "transfer_unfinished_object\n    порог: 3/4\n    база: реестр\n    статья: по просьбе Иванова И. И.",
         ("agenda_bad_article", "повестка.1.статья")),
        ("начало: 2026-12-10 11:00", "начало: завтра", ("agenda_bad_date", "собрание.начало")),
        ("начало: 2026-12-10 11:00", "начало: 2026-13-10 11:00", ("agenda_bad_date", "собрание.начало")),
        ("форма: очная", "форма: заочная", ("agenda_end_needed", "собрание.окончание")),
        ("форма: очная", "форма: очная\n  окончание: 2026-12-11 11:00", ("agenda_end_not_needed", "собрание.окончание")),
        ("форма: очная", "форма: смешанная\n  окончание: 2026-12-10 10:00", ("agenda_end_before_start", "собрание.окончание")),
        ("форма: очная", "форма: устная", ("agenda_choose", "собрание.форма")),
        ("форма: очная", "форма: очная\n  часовой пояс: Луна", ("agenda_bad_zone", "собрание.часовой пояс")),
        ("форма: очная", "форма: очная\n  часовой пояс: ../../etc", ("agenda_bad_zone", "собрание.часовой пояс")),
        ("форма: очная", "форма: очная\n  инн: 7707083894", ("agenda_bad_inn", "собрание.инн")),
        ("форма: очная", "форма: очная\n  почта: нет", ("agenda_bad_email", "собрание.почта")),
        ("телефон: +7 495 123-45-67", "телефон: звоните", ("agenda_bad_phone", "собрание.телефон")),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_path(old: str, new: str, fault: tuple[str, str]) -> None:
    text = (AGENDA + QUESTION).replace(old, new, 1)
    assert text != AGENDA + QUESTION

    run = tried(text)

    assert fault in stops(run)
    assert run.agenda is None


def test_a_fault_deep_in_a_packet_has_its_whole_path() -> None:
    run = tried(AGENDA + QUESTION + PACKET.replace("формулировка: Избрать", "формулировка: ''"))

    assert stops(run) == [("agenda_missing", "повестка.2.вложенные.1.формулировка")]


def test_an_hour_that_a_clock_change_doubles_is_refused() -> None:
    text = (AGENDA + QUESTION).replace("11:00", "02:30").replace("2026-12-10", "2026-10-25")

    run = tried(text.replace("форма: очная", "форма: очная\n  часовой пояс: Europe/Berlin"))

    assert stops(run) == [("agenda_no_such_hour", "собрание.начало")]


def test_a_start_in_the_past_is_a_warning() -> None:
    run = tried(AGENDA + QUESTION, now=4_000_000_000_000_000)

    assert [fault.code for fault in run.report.faults] == ["agenda_past"]
    assert run.report.ok


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [1, 2", "agenda_broken"),
        ('{"a": 1,}', "agenda_broken"),
        ("a: &x [1]\nb: *x", "agenda_alias"),
        ("a: 1\na: 2", "agenda_key_twice"),
        ('{"a": 1, "a": 2}', "agenda_key_twice"),
        ("[" * 5_000, "agenda_too_complex"),
        ("[" * 200_000, "agenda_too_complex"),
        ("- " * 5_000, "agenda_too_complex"),
        ("x\n" * 200_000, "agenda_too_large"),
        ("просто текст", "agenda_not_a_map"),
        ("", "agenda_not_a_map"),
        ("!!python/object/apply:os.system ['true']", "agenda_not_a_map"),
        ("? [1, 2]\n: 3", "agenda_broken"),
        ("\x00", "agenda_not_text"),
        ("собрание: {}\nповестка: {}", "agenda_not_a_list"),
    ],
)
def test_what_is_no_agenda_is_refused_with_a_report(text: str, code: str) -> None:
    run = tried(text)

    assert code in [fault for fault, _ in stops(run)]
    assert run.agenda is None


def test_letters_in_another_encoding_are_named() -> None:
    assert stops(run_agenda("собрание:".encode("cp1251"), 0)) == [("agenda_not_text", None)]


def test_too_many_and_too_deep_questions_are_refused() -> None:
    deep = AGENDA + QUESTION
    for level in range(1, 6):
        indent = "  " * (2 * level)
        deep += f"{indent}вложенные:\n{indent}  - тема: прочее\n{indent}    заголовок: а\n{indent}    формулировка: б\n"

    assert ("agenda_too_many_questions", "повестка") in stops(tried(AGENDA + QUESTION * 101))
    assert ("agenda_too_deep", "повестка.1.вложенные.1.вложенные.1.вложенные.1.вложенные.1") in stops(
        tried(deep)
    )


def test_every_topic_of_the_law_has_a_russian_name_and_a_shape() -> None:
    assert {topic.code for topic in PROFILE.topics} == set(TOPICS)
    assert {code_of(name) for name in TOPICS.values()} == set(TOPICS)

    assert [shape_of(code) for code in ("committee", "settlement", "general", "weather")] == [
        "candidates",
        "marks",
        "marks_or_options",
        None,
    ]
