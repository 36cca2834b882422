"""Explanations in Russian: the arithmetic, the article, and nobody's name."""

from dataclasses import replace

from tally import (
    PROFILE,
    Attendance,
    Ballot,
    MeetingContext,
    Question,
    RegisterLine,
    TallyResult,
    explain,
    explain_quorum,
    not_put_to_vote,
    quorum,
)
from tests.tally.tally_builders import (
    LIQUIDATION,
    a_committee,
    a_question,
    a_register,
    counted,
    distributions,
    everybody,
    marks,
)

NBSP = "\u00a0"
ABCD = a_register(A=500_000_00, B=300_000_00, C=150_000_00, D=50_000_01)
MOST = everybody(ABCD)[:3]


def read(result: TallyResult, number: str = "3.1", **names: str) -> str:
    """An explanation with ordinary spaces, so that a test can be read."""
    return explain(result, number, names).replace(NBSP, " ")


def test_a_decision_by_the_present_is_told_with_both_bounds() -> None:
    result = counted(a_question(), ABCD, (*marks(A="for", B="against"), Ballot("C")), attendance=MOST)

    assert read(result) == (
        "Вопрос 3.1. Право голоса: 1 000 000,01 руб.; присутствуют 950 000,00 руб. (95000000/100000001, 94,99 %). "
        "Кворум имеется: нужно более половины всех голосов, то есть более 500 000,00 руб. (127-ФЗ, ст. 12 п. 4). "
        "За 500 000,00, против 300 000,00, воздержались 0,00, недействительны 150 000,00, не сданы 0,00 руб. "
        "Для принятия требуется более половины голосов присутствующих (127-ФЗ, ст. 15 п. 1), "
        "то есть более 475 000,00 руб. "
        "Решение принято: за 500 000,00 > 475 000,00 руб. (10/19, 52,63 %)."
    )


def test_a_decision_by_the_register_that_fails_says_so() -> None:
    ballots = marks(A="for", B="abstain")

    text = read(counted(a_question("majority_register", "external_plan"), ABCD, ballots, attendance=MOST))

    assert text.endswith(
        "За 500 000,00, против 0,00, воздержались 300 000,00, недействительны 0,00, не сданы 150 000,00 руб. "
        "Для принятия требуется более половины всех голосов по вопросу (127-ФЗ, ст. 15 п. 2), "
        "то есть более 500 000,00 руб. "
        "Решение не принято: за 500 000,00 ≤ 500 000,00 руб. (50000000/100000001, 49,99 %)."
    )


def test_thousands_and_percents_are_set_with_no_break_spaces() -> None:
    text = explain(counted(a_question(), ABCD, marks(A="for")), "1")

    assert f"1{NBSP}000{NBSP}000,01 руб." in text
    assert f"100,00{NBSP}%" in text


def test_in_absence_people_take_part_instead_of_being_present() -> None:
    context = MeetingContext("liquidation", form="absentee")

    text = read(counted(a_question(), a_register(A=100, B=50), marks(A="for"), context))

    assert "; участвуют 1,00 руб. (2/3, 66,66 %)." in text
    assert "более половины голосов участвующих" in text
    assert "присутств" not in text


def test_without_a_quorum_nothing_is_counted_and_the_text_says_so() -> None:
    context = replace(LIQUIDATION, repeated=True)

    text = read(counted(a_question(), a_register(A=30, B=70), (), context, everybody(a_register(A=30))))

    assert text == (
        "Вопрос 3.1. Право голоса: 1,00 руб.; присутствуют 0,30 руб. (3/10, 30,00 %). "
        "Кворум отсутствует: нужно более 30 % всех голосов, то есть более 0,30 руб. (127-ФЗ, ст. 12 п. 4). "
        "Голосование не проводится, бюллетени не подсчитываются."
    )


def test_without_an_electorate_there_can_be_no_quorum() -> None:
    register = (RegisterLine("A", 0, penalties_kopecks=5), RegisterLine("B", 0))

    assert read(counted(a_question(), register, ())) == (
        "Вопрос 3.1. Голосов по вопросу нет ни у одного кредитора, кворум невозможен (127-ФЗ, ст. 12 п. 4). "
        "Решение принять нельзя."
    )


def test_what_was_not_put_to_the_vote_has_one_sentence() -> None:
    result = not_put_to_vote(Question("n", "general", "simple_present"), LIQUIDATION)

    assert read(result, "4.2") == (
        "Вопрос 4.2. Не ставился на голосование: решение по основному вопросу пакета не принято."
    )


def test_a_settlement_tells_of_the_secured_without_naming_them() -> None:
    register = (
        *a_register(A=900),
        *(RegisterLine(name, 50, secured_kopecks=50) for name in ("SECRET1", "SECRET2")),
    )
    question = a_question("settlement", "settlement")

    failed = read(counted(question, register, marks(A="for", SECRET1="against")))
    adopted = read(counted(question, register, marks(A="for", SECRET1="for", SECRET2="for")))

    assert failed.endswith(
        "Решение не принято: за 9,00 > 5,00 руб. (9/10, 90,00 %); "
        "залоговых кредиторов, не проголосовавших «за»: 2, а нужны голоса всех."
    )
    assert "SECRET" not in failed
    assert adopted.endswith("(1/1, 100,00 %); все залоговые кредиторы проголосовали «за».")
    assert "(127-ФЗ, ст. 150 п. 2)" in adopted


def test_an_odd_bound_is_given_in_whole_kopecks_and_stays_exact() -> None:
    text = read(counted(a_question(), a_register(A=51, B=50), marks(A="for")))

    assert "то есть более 0,50 руб. Решение принято: за 0,51 > 0,50 руб. (51/101, 50,49 %)" in text


def test_a_threshold_that_is_not_strict_says_not_less() -> None:
    question = a_question(
        "threshold", threshold=(3, 4), base="register", strict=False, article="127-ФЗ, ст. 201.10"
    )
    register = a_register(A=76, B=25)

    adopted = read(counted(question, register, marks(A="for")))
    failed = read(counted(question, a_register(A=74, B=25), marks(A="for")))

    assert (
        "требуется не менее 3/4 всех голосов по вопросу (127-ФЗ, ст. 201.10), то есть не менее 0,76 руб."
        in adopted
    )
    assert "Решение принято: за 0,76 ≥ 0,76 руб. (76/101, 75,24 %)." in adopted
    assert "Решение не принято: за 0,74 < 0,75 руб. (74/99, 74,74 %)." in failed


def test_a_choice_names_its_options_as_the_agenda_does() -> None:
    question = a_question("choice_register", "manager_choice", options=("m1", "m2"))
    register = a_register(A=600, B=400)

    chosen = read(counted(question, register, marks(A="m1", B="m2")), m1="Иванов И. И.")
    nobody = read(counted(question, register, marks(A="abstain", B="m2")))

    assert chosen == (
        "Вопрос 3.1. Право голоса: 10,00 руб.; присутствуют 10,00 руб. (1/1, 100,00 %). "
        "Кворум имеется: нужно более половины всех голосов, то есть более 5,00 руб. (127-ФЗ, ст. 12 п. 4). "
        "За варианты: «Иванов И. И.» — 6,00 (3/5, 60,00 %); «m2» — 4,00 (2/5, 40,00 %); "
        "воздержались 0,00, недействительны 0,00, не сданы 0,00 руб. "
        "Для принятия требуется более половины всех голосов по вопросу (127-ФЗ, ст. 15 п. 2), то есть более 5,00 руб. "
        "Выбран вариант «Иванов И. И.»: 6,00 > 5,00 руб. (3/5, 60,00 %)."
    )
    assert nobody.endswith("Решение не принято: ни один вариант не набрал нужного числа голосов.")


def test_a_committee_is_told_from_the_pool_to_the_seats() -> None:
    register = a_register(A=100_00, B=50_00, C=20_00, D=10_00)
    ballots = (
        *distributions(A={"x": 200_00, "y": 50_00}, B={"y": 151_00}),
        Ballot("C", distribution={"z": 60_00}),
    )

    text = read(counted(a_committee(3), register, ballots), y="Банк", x="ФНС", z="Завод")

    assert text == (
        "Вопрос 3.1. Право голоса: 180,00 руб.; присутствуют 180,00 руб. (1/1, 100,00 %). "
        "Кворум имеется: нужно более половины всех голосов, то есть более 90,00 руб. (127-ФЗ, ст. 12 п. 4). "
        "Голоса умножаются на число мест (127-ФЗ, ст. 18 п. 2): 180,00 × 3 = 540,00. "
        "Распределено 310,00, не распределено 50,00, недействительны 150,00, не сданы 30,00. "
        "За кандидатов: «ФНС» — 200,00; «Завод» — 60,00; «Банк» — 50,00. "
        "Избраны: «ФНС», «Завод», «Банк»."
    )


def test_open_seats_and_ties_are_told() -> None:
    register = a_register(A=100, B=100)

    tie = read(counted(a_committee(1), register, distributions(A={"x": 100}, B={"y": 100})))
    open_seat = read(counted(a_committee(2), register, distributions(A={"x": 200})))

    assert tie.endswith(
        "Не избран никто. Поровну голосов за последние места: «x», «y». "
        "Не занято мест: 1, по ним нужно новое голосование."
    )
    assert open_seat.endswith("Избраны: «x». Не занято мест: 1, по ним нужно новое голосование.")


def test_the_single_creditor_is_mentioned_with_the_article() -> None:
    text = read(counted(a_question(), a_register(A=10), marks(A="for")))

    assert text.endswith("(1/1, 100,00 %). Решение единственного кредитора (127-ФЗ, ст. 12 п. 1).")


def test_an_agenda_addition_shows_both_readings() -> None:
    question = a_question("majority_register", "agenda_addition")
    register = a_register(A=500, B=300, C=200)

    narrow = read(counted(question, register, marks(A="for"), attendance=everybody(register)[:2]))
    wide = read(counted(question, register, marks(B="for"), attendance=everybody(register)[:2]))

    assert narrow.endswith(
        "Решение не принято: за 5,00 ≤ 5,00 руб. (1/2, 50,00 %). "
        "Справочно, при ином толковании закона (127-ФЗ, ст. 15 п. 1): решение было бы принято, "
        "за 5,00 > 4,00 руб. (5/8, 62,50 %)."
    )
    assert wide.endswith("решение не было бы принято, за 3,00 ≤ 4,00 руб. (3/8, 37,50 %).")


def test_a_quorum_is_explained_alone() -> None:
    text = explain_quorum(quorum(100, 51, LIQUIDATION, PROFILE)).replace(NBSP, " ")

    assert text == (
        "Право голоса: 1,00 руб.; присутствуют 0,51 руб. (51/100, 51,00 %). "
        "Кворум имеется: нужно более половины всех голосов, то есть более 0,50 руб. (127-ФЗ, ст. 12 п. 4)."
    )
    assert "участвуют 0,51" in explain_quorum(quorum(100, 51, LIQUIDATION, PROFILE), "mixed")


def test_no_explanation_names_a_creditor() -> None:
    register = a_register(CREDITOR1=60, CREDITOR2=40)
    journal = (Attendance("SOMEBODY", ("CREDITOR1", "CREDITOR2")),)

    for question, ballots in (
        (a_question(), marks(CREDITOR1="for", CREDITOR2="against")),
        (a_question("choice_present", options=("v", "w")), marks(CREDITOR1="v")),
        (a_committee(2), distributions(CREDITOR1={"x": 1})),
    ):
        text = counted(question, register, ballots, attendance=journal).explanation_ru

        assert "CREDITOR" not in text
        assert "SOMEBODY" not in text
