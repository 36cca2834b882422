"""Contacts are joined to creditors by ИНН or by name, and representatives gather their creditors."""

import pytest

from app.meetings.importing.people import participants
from app.meetings.phones import normal_phone
from tests.app.meetings.importing.files import a_register, stops, tried, warnings, xlsx

REGISTER = a_register(
    (1, "Общество с ограниченной ответственностью «Ромашка»", "7707083893", "100"),
    (2, "АО «Лютик»", "", "200"),
    (3, "Ёлкин Пётр Петрович", "500100732259", "300"),
)
HEADINGS = ("Кредитор", "ИНН", "E-mail", "Телефон", "Представитель", "Доверенность", "Мировое соглашение")


def test_contacts_find_their_creditor_by_number_and_by_name() -> None:
    run = tried(
        REGISTER,
        xlsx(
            [
                HEADINGS,
                ("другое имя", "500100732259", "elkin@example.ru", "8 (912) 345-67-89", "", "", ""),
                (
                    "ООО Ромашка",
                    "",
                    "r@example.ru",
                    "+7 495 1234567",
                    "Юрьев Юрий",
                    "№ 5 от 01.02.2026",
                    "да",
                ),
                ('ао  "лютик"', "", "R@example.ru", "", "Юрьев Юрий", "№ 6", "нет"),
            ]
        ),
    )

    assert run.report.faults == ()
    assert run.lines is not None
    romashka, lutik, elkin = run.lines
    assert (elkin.email, elkin.phone, elkin.representative) == ("elkin@example.ru", "+79123456789", None)
    assert (romashka.representative, romashka.power_of_attorney) == ("Юрьев Юрий", "№ 5 от 01.02.2026")
    assert romashka.may_vote_settlement
    assert not lutik.may_vote_settlement
    assert run.report.links == 2


def test_a_representative_is_one_person_for_all_his_creditors() -> None:
    run = tried(
        REGISTER,
        xlsx(
            [
                HEADINGS,
                ("АО «Лютик»", "", "y@example.ru", "", "Юрьев Юрий", "№ 6", ""),
                ("ООО «Ромашка»", "", "y@example.ru", "", "юрьев  юрий", "№ 5", "да"),
            ]
        ),
    )
    assert run.lines is not None

    yuriev, elkin = participants(run.lines)

    assert yuriev.creditors == ("c0001", "c0002")
    assert yuriev.settlement == ("c0001",)
    assert (elkin.name, elkin.creditors, elkin.settlement) == ("Ёлкин Пётр Петрович", ("c0003",), ("c0003",))


def test_one_name_with_two_addresses_is_pointed_out() -> None:
    run = tried(
        REGISTER,
        xlsx(
            [
                HEADINGS,
                ("АО «Лютик»", "", "a@example.ru", "", "Юрьев Юрий", "", ""),
                ("ООО «Ромашка»", "", "b@example.ru", "", "Юрьев Юрий", "", ""),
            ]
        ),
    )

    assert [code for code, _, _ in warnings(run)] == ["representative_with_two_emails"]
    assert run.report.links == 3


def test_faults_of_contacts_are_named_by_row_and_column() -> None:
    run = tried(
        REGISTER,
        xlsx(
            [
                HEADINGS,
                ("АО «Лютик»", "", "not an address", "12", "", "", "может быть"),
                ("АО «Лютик»", "", "", "", "", "", ""),
                ("Никто", "", "", "", "", "", ""),
                ("=1+1", "", "", "", "", "", ""),
            ]
        ),
    )

    assert stops(run) == [
        ("bad_email", 2, "C"),
        ("bad_phone", 2, "D"),
        ("not_yes_or_no", 2, "G"),
        ("duplicate_contact", 3, None),
        ("formula", 5, "A"),
    ]
    assert warnings(run) == [("contact_of_nobody", 4, None)]
    assert run.lines is None


def test_a_name_that_fits_two_creditors_asks_for_the_number() -> None:
    namesakes = a_register((1, "Иванов И.", "500100732259", "1"), (2, "Иванов И.", "7707083893", "2"))

    run = tried(namesakes, xlsx([HEADINGS, ("Иванов И.", "", "", "", "Юрьев", "", "")]))

    assert stops(run) == [("contact_of_which", 2, None)]


def test_contacts_without_headings_are_refused() -> None:
    assert stops(tried(REGISTER, xlsx([("a", "b"), ("c", "d")]))) == [("no_contact_headings", None, None)]


TELEPHONES = ("Кредитор", "E-mail", "Телефон", "Представитель")


def test_two_telephones_of_one_person_stop_a_meeting_signed_by_codes_and_are_told_in_any_other() -> None:
    contacts = xlsx(
        [
            TELEPHONES,
            ("ООО «Ромашка»", "y@example.ru", "+7 916 123-12-31", "Юрьев Юрий"),
            ("АО «Лютик»", "Y@example.ru", "+7 916 123-12-32", "юрьев  юрий"),
        ]
    )

    by_code, by_certificate = tried(REGISTER, contacts, by_code=True), tried(REGISTER, contacts)

    place = [("person_with_two_phones", 2, None)]
    assert (stops(by_code), by_code.lines, warnings(by_code)) == (place, None, [])
    assert (stops(by_certificate), warnings(by_certificate)) == ([], place)
    assert "«Юрьев Юрий» разные телефоны, строки 2, 3." in by_code.report.faults[0].text


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("8 (912) 345-67-89", "+79123456789"),
        ("912 345-67-89", "+79123456789"),
        ("+7 912 345-67-89", "+79123456789"),
        ("+375 29 123-45-67", "+375291234567"),
        ("+7 912 345-67-8", None),
        ("+7 912 345-67-890", None),
        ("+12", None),
        ("звоните", None),
    ],
)
def test_a_number_is_read_however_it_is_typed_and_never_with_a_digit_left_out(
    typed: str, phone: str | None
) -> None:
    assert normal_phone(typed) == phone


def test_one_telephone_of_several_persons_is_told_with_the_rows() -> None:
    contacts = xlsx(
        [
            TELEPHONES,
            ("ООО «Ромашка»", "y@example.ru", "+7 916 123-12-31", "Юрьев Юрий"),
            ("АО «Лютик»", "y@example.ru", "8 916 123 12 31", "Юрьев Юрий"),
            ("Ёлкин Пётр Петрович", "", "89161231231", ""),
        ]
    )

    run = tried(REGISTER, contacts, by_code=True)

    assert (stops(run), warnings(run)) == ([], [("phone_of_several", 2, None)])
    assert run.lines is not None
    assert "строки 2, 4." in run.report.faults[0].text


SNILS = ("Кредитор", "E-mail", "СНИЛС", "Представитель")


def test_two_snils_of_one_person_stop_the_meeting() -> None:
    contacts = xlsx(
        [
            SNILS,
            ("ООО «Ромашка»", "y@example.ru", "112-233-445 95", "Юрьев Юрий"),
            ("АО «Лютик»", "y@example.ru", "087-654-303 00", "юрьев юрий"),
        ]
    )

    run = tried(REGISTER, contacts)

    assert stops(run) == [("person_with_two_snils", 2, None)]
    assert "«Юрьев Юрий» разные СНИЛС, строки 2, 3." in run.report.faults[0].text


def test_zeros_that_a_spreadsheet_ate_are_restored_in_a_snils() -> None:
    contacts = xlsx([SNILS, ("ООО «Ромашка»", "y@example.ru", 8765430300, "Юрьев Юрий")])

    run = tried(REGISTER, contacts)

    assert (stops(run), warnings(run)) == ([], [("snils_zero_restored", 2, "C")])
    assert run.lines is not None
    assert [line.snils for line in run.lines if line.snils] == ["08765430300"]
