"""The owner of a certificate is compared with who should have signed; all people here are made up."""

from dataclasses import replace

import pytest

from app.signatures.identity import Claimed, Identity, compare, is_snils, normal_name
from app.signatures.model import Owner

SNILS, INN = "11223344595", "500100732259"
PETROVA = Owner(
    common_name="Петрова Алёна Сергеевна",
    surname="Петрова",
    given_name="Алёна Сергеевна",
    snils=SNILS,
    inn=INN,
)
CLAIMED = Claimed("Петрова Алёна Сергеевна", SNILS, INN)
COMPANY = Owner(
    common_name="ООО «Ромашка»",
    surname="Иванов",
    given_name="Пётр",
    organization="ООО «Ромашка»",
    inn_le="7707083893",
    snils=SNILS,
)


def test_the_same_person_is_the_same() -> None:
    assert compare(PETROVA, CLAIMED) == Identity("same")


@pytest.mark.parametrize(
    "name",
    [
        "ПЕТРОВА АЛЕНА СЕРГЕЕВНА",
        "  Петрова   Алёна Сергеевна ",
        "Пет\u00adрова Алёна Сергеевна",
        "Пeтpoвa Алёна Сергеевна",  # Latin e, p, o, a
        "Петрова Алёна Сергеевна",
    ],
)
def test_ways_to_write_a_name_are_one_name(name: str) -> None:
    assert compare(PETROVA, replace(CLAIMED, name=name)).is_same


@pytest.mark.parametrize(
    "name",
    [
        "Петрова Алина Сергеевна",
        "Петрова А С",
        "Петрова Алёна",
        "Алёна Сергеевна Петрова",
        "Петров Алёна Сергеевна",
        "",
    ],
)
def test_another_name_with_the_same_snils_is_for_a_person_to_decide(name: str) -> None:
    assert compare(PETROVA, replace(CLAIMED, name=name)) == Identity("name_differs", needs_review=True)


def test_another_name_without_a_snils_is_another_person() -> None:
    assert compare(PETROVA, Claimed("Сидорова Алёна Сергеевна")) == Identity("name_differs")


def test_a_changed_surname_does_not_pass_by_the_inn_alone() -> None:
    found = compare(PETROVA, Claimed("Сидорова Алёна Сергеевна", inn=INN))

    assert found == Identity("name_differs")


@pytest.mark.parametrize(
    ("owner", "verdict"),
    [
        (replace(PETROVA, snils="08765430300"), "snils_differs"),
        (replace(PETROVA, snils=""), "snils_absent"),
        (replace(PETROVA, snils="11223344596"), "bad_snils"),
        (replace(PETROVA, snils="1122334459"), "bad_snils"),
        (replace(PETROVA, inn="773600000003"), "inn_differs"),
        (replace(PETROVA, snils="08765430300", inn="773600000003"), "snils_differs"),
    ],
)
def test_numbers_that_differ_are_told_before_names(owner: Owner, verdict: str) -> None:
    assert compare(owner, replace(CLAIMED, name="Кто угодно")).verdict == verdict


def test_numbers_may_be_written_with_dashes_and_spaces() -> None:
    assert compare(PETROVA, replace(CLAIMED, snils="112-233-445 95")).is_same


@pytest.mark.parametrize(
    ("owner", "claimed", "verdict"),
    [
        (PETROVA, Claimed(PETROVA.common_name), "same_name"),
        (replace(PETROVA, inn=""), Claimed(PETROVA.common_name, inn=INN), "same_name"),
        (PETROVA, Claimed(PETROVA.common_name, inn=INN), "same"),
        (PETROVA, Claimed(PETROVA.common_name, SNILS), "same"),
        (COMPANY, Claimed("ООО «Ромашка»"), "same_name"),
        (COMPANY, Claimed("Иванов Пётр", inn=INN), "same_name"),
        (COMPANY, Claimed("ООО «Ромашка»", inn="7707083893"), "same"),
    ],
)
def test_a_name_alone_is_less_than_a_number(owner: Owner, claimed: Claimed, verdict: str) -> None:
    assert compare(owner, claimed).verdict == verdict


def test_what_one_side_does_not_know_is_not_compared() -> None:
    assert compare(PETROVA, Claimed(PETROVA.common_name)).is_same
    assert compare(replace(PETROVA, inn=""), CLAIMED).is_same


def test_a_certificate_with_a_common_name_only_may_be_a_persons() -> None:
    old = Owner(common_name="Петрова Алёна Сергеевна", snils=SNILS)

    assert compare(old, CLAIMED).is_same
    assert compare(Owner(common_name="Петрова", snils=SNILS), CLAIMED).verdict == "no_name_in_certificate"
    assert compare(Owner(snils=SNILS), CLAIMED).verdict == "no_name_in_certificate"


def test_a_sole_trader_is_the_person() -> None:
    trader = Owner(common_name="ИП Орлова Мария Андреевна", ogrnip="304500116000157", snils=SNILS)

    assert compare(trader, Claimed("Орлова Мария Андреевна", SNILS)).is_same
    assert compare(trader, Claimed("ИП Орлова Мария Андреевна", SNILS)).is_same


@pytest.mark.parametrize(
    ("surname", "given", "name"),
    [
        ("Римский-Корсаков", "Николай", "Римский — Корсаков Николай"),
        ("Мамедов", "Анар Вагиф оглы", "Мамедов Анар Вагиф Оглы"),
        ("Алиева", "Лейла Рашид кызы", "АЛИЕВА ЛЕЙЛА РАШИД КЫЗЫ"),
        ("Ким", "Ольга", "Ким Ольга"),
    ],
)
def test_names_of_many_kinds(surname: str, given: str, name: str) -> None:
    assert compare(Owner(surname=surname, given_name=given), Claimed(name)).is_same


def test_a_double_surname_is_not_half_of_it() -> None:
    owner = Owner(surname="Римский-Корсаков", given_name="Николай")

    assert compare(owner, Claimed("Корсаков Николай")).verdict == "name_differs"


def test_an_organization_is_known_by_its_inn() -> None:
    assert compare(COMPANY, Claimed("Общество «Ромашка»", inn="7707083893")).is_same
    assert compare(COMPANY, Claimed("ООО «Ромашка»", inn="7707083894")).verdict == "organization_differs"


def test_the_old_form_of_an_organizations_inn_is_known() -> None:
    old = replace(COMPANY, inn_le="", inn="007707083893")

    assert compare(old, Claimed("ООО «Ромашка»", inn="7707083893")).is_same
    assert compare(old, Claimed("Иванов Пётр", inn=INN)).is_same


def test_a_person_who_signs_for_an_organization_needs_authority() -> None:
    assert compare(PETROVA, Claimed("ООО «Ромашка»", inn="7707083893")).verdict == "representative"


def test_an_organization_without_a_known_inn_is_compared_by_name() -> None:
    assert compare(COMPANY, Claimed("ООО Ромашка")).is_same
    assert compare(COMPANY, Claimed("ООО «Лютик»")).verdict == "name_differs"


def test_who_acts_for_an_organization_is_known_by_his_own_name() -> None:
    assert compare(COMPANY, Claimed("Иванов Пётр", SNILS)).is_same


@pytest.mark.parametrize(
    ("number", "is_good"),
    [
        (SNILS, True),
        ("08765430300", True),
        ("11223344500", False),
        ("00100199899", True),
        ("00100199999", False),
        ("1122334459", False),
        ("1122334459X", False),
        ("", False),
    ],
)
def test_check_sums_of_snils(number: str, is_good: bool) -> None:
    assert is_snils(number) == is_good


def test_latin_words_stay_latin() -> None:
    assert normal_name("KPMG Сервис") == "KPMG СЕРВИС"


def test_numbers_and_names_are_never_shown_by_chance() -> None:
    assert SNILS not in repr(CLAIMED)
    assert "Петрова" not in repr(CLAIMED)


def test_a_name_of_signs_alone_is_nobodys() -> None:
    """Of a person whose data were destroyed nothing is known: an empty name is not equal to it."""
    assert compare(Owner(organization="«»"), Claimed()).verdict == "no_name_in_certificate"
