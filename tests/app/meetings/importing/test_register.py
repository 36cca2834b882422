"""Registers as people make them, good and bad."""

import io
from collections.abc import Sequence

import openpyxl
import pytest

from app.meetings.importing.dry_run import run_register
from app.meetings.importing.mapping import Mapping
from tests.app.meetings.importing.files import HEADINGS, ROW, a_register, csv, stops, tried, warnings, xlsx


def row(**changes: object) -> Sequence[object]:
    names = ("number", "name", "inn", "claim", "secured", "penalties", "repaid")
    return tuple({**dict(zip(names, ROW, strict=True)), **changes}.values())


def test_a_typical_register_is_read_without_a_word() -> None:
    second = row(
        name="Иванов Иван Иванович", inn="500100732259", claim=2000.5, penalties="10 руб.", repaid=500
    )

    run = tried(a_register(ROW, second, ("", "Итого", "", "3 000,50", "", "10", "500")))

    assert run.report.faults == ()
    assert run.lines is not None
    assert [(line.creditor, line.claim_kopecks) for line in run.lines] == [
        ("c0001", 100000),
        ("c0002", 200050),
    ]
    assert run.lines[1].penalties_kopecks == 1000
    assert run.lines[1].repaid_kopecks == 50000
    assert run.report.sums.claims == "300050"


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_csv_of_any_office_is_read(delimiter: str, encoding: str) -> None:
    rows = [HEADINGS, row(claim="1234.56")]
    if delimiter == ",":
        rows[0] = tuple(str(heading).replace(",", "") for heading in HEADINGS)

    run = tried(csv(rows, delimiter, encoding))

    assert run.report.faults == ()
    assert run.lines is not None
    assert run.lines[0].claim_kopecks == 123456
    assert run.lines[0].name == "ООО «Ромашка»"


def test_columns_may_stand_in_any_order() -> None:
    headings = ("Погашено", "Сумма требований", "Кредитор", "Очередь", "ИНН")

    run = tried(a_register(("100", "1 000", "ООО «Ромашка»", "3-я", "7707083893"), headings=headings))

    assert run.report.mapping is not None
    assert run.report.mapping.columns == {
        "repaid": "A",
        "claim": "B",
        "name": "C",
        "order": "D",
        "inn": "E",
    }
    assert run.lines is not None
    assert run.lines[0].repaid_kopecks == 10000


def test_headings_merged_over_two_rows_are_joined() -> None:
    rows = [
        ("Реестр требований кредиторов ООО «Должник»",),
        (),
        ("№", "Наименование кредитора", "ИНН", "Размер требований, руб.", None, None),
        (None, None, None, "основной долг", "в т.ч. обеспечено залогом", "штрафы, пени"),
        (1, 2, 3, 4, 5, 6),
        (1, "ООО «Ромашка»", "7707083893", "1000", "400", "50"),
    ]

    run = tried(xlsx(rows, merged=("A1:F1", "A3:A4", "B3:B4", "C3:C4", "D3:F3")))

    assert run.report.faults == ()
    assert run.lines is not None
    line = run.lines[0]
    assert (line.claim_kopecks, line.secured_kopecks, line.penalties_kopecks) == (100000, 40000, 5000)


def test_blank_rows_sections_and_subtotals_are_no_creditors() -> None:
    other = row(name="АО «Лютик»", inn="", claim="500")

    run = tried(
        a_register(
            ("Раздел 3. Требования третьей очереди",),
            ROW,
            (),
            ("", "Итого по разделу", "", "1 000"),
            (None, " ", ""),
            other,
            ("", "Итого по разделу", "", "500"),
            ("", "ВСЕГО:", "", "1 500,00"),
        )
    )

    assert stops(run) == []
    assert warnings(run) == [("section_skipped", 2, None)]
    assert run.report.creditors == 2


def test_a_total_that_is_not_the_sum_is_named_with_both_numbers() -> None:
    run = tried(a_register(ROW, ("", "Итого", "", "1 000,01")))

    assert stops(run) == [("wrong_total", 3, "D")]
    assert "1\u00a0000,01" in run.report.faults[0].text
    assert "1\u00a0000,00" in run.report.faults[0].text


def test_a_sum_that_cannot_be_read_is_not_blamed_on_the_total_too() -> None:
    run = tried(a_register(row(claim="тысяча"), ("", "Итого", "", "1 000")))

    assert stops(run) == [("not_a_number", 2, "D")]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"claim": "тысяча"}, ("not_a_number", 2, "D")),
        ({"claim": "-1"}, ("negative_amount", 2, "D")),
        ({"claim": ""}, ("no_claim", 2, "D")),
        ({"claim": "1,234"}, ("ambiguous_amount", 2, "D")),
        ({"claim": True}, ("not_a_number", 2, "D")),
        ({"claim": 0.001}, ("parts_of_a_kopeck", 2, "D")),
        ({"secured": "1 000,01"}, ("secured_exceeds_claim", 2, "E")),
        ({"repaid": "1 000,01"}, ("repaid_exceeds_claim", 2, "G")),
        ({"secured": "400", "repaid": "1"}, ("repaid_of_which_part", 2, "G")),
        ({"name": ""}, ("no_name", 2, "B")),
        ({"name": "А" * 301}, ("text_too_long", 2, "B")),
        ({"name": "А" * 2001}, ("cell_too_long", 2, "B")),
    ],
)
def test_a_wrong_row_is_named_by_row_and_column(
    changes: dict[str, object], fault: tuple[str, int, str]
) -> None:
    run = tried(a_register(row(**changes)))

    assert fault in stops(run)
    assert run.lines is None
    assert not run.report.ok


def test_a_formula_is_refused_with_its_cell_named() -> None:
    run = tried(a_register(ROW, row(inn="", name="АО «Лютик»", claim="=SUM(D2:D2)")))

    assert stops(run) == [("formula", 3, "D")]
    assert "D3" in run.report.faults[0].text
    assert run.lines is None


def test_a_formula_in_csv_is_refused_too() -> None:
    run = tried(csv([HEADINGS, row(name='=HYPERLINK("x")')]))

    assert stops(run) == [("formula", 2, "B")]


def test_every_fault_is_listed_not_only_the_first() -> None:
    run = tried(a_register(row(claim="x"), row(name="АО", inn="", claim="y", secured="z")))

    assert stops(run) == [("not_a_number", 2, "D"), ("not_a_number", 3, "D"), ("not_a_number", 3, "E")]


def test_the_same_creditor_twice_is_refused() -> None:
    same_name = [row(inn=""), row(inn="", claim="5")]

    by_inn = tried(a_register(ROW, row(name="Другое имя")))
    by_name = tried(a_register(*same_name))

    assert stops(by_inn) == [("duplicate_inn", 3, "C")]
    assert stops(by_name) == [("duplicate_name", 3, "B")]


def test_namesakes_with_different_numbers_are_two_creditors() -> None:
    run = tried(
        a_register(row(name="Иванов И. И.", inn="500100732259"), row(name="Иванов И. И.", inn="7707083893"))
    )

    assert run.report.ok
    assert run.report.creditors == 2


def test_check_digits_of_a_number_are_a_warning() -> None:
    run = tried(a_register(row(inn="7707083894")))

    assert warnings(run) == [("inn_check_digits", 2, "C")]
    assert run.report.ok


def test_a_zero_that_the_spreadsheet_ate_is_restored() -> None:
    run = tried(a_register(row(inn=274062111)))

    assert warnings(run) == [("inn_zero_restored", 2, "C")]
    assert run.lines is not None
    assert run.lines[0].inn == "0274062111"


def test_a_repayment_of_the_pledge_is_told_apart() -> None:
    headings = ("Кредитор", "Сумма требования", "Обеспечено залогом", "Погашено", "в т.ч. погашено по залогу")

    run = tried(a_register(("ПАО «Банк»", "1000", "600", "300", "200"), headings=headings))

    assert run.lines is not None
    line = run.lines[0]
    assert (line.repaid_kopecks, line.repaid_secured_kopecks) == (10000, 20000)


def test_a_total_with_penalties_gives_the_claim_without_them() -> None:
    headings = ("Кредитор", "Общая сумма требований", "Неустойка")

    run = tried(a_register(("ПАО «Банк»", "1000", "300"), headings=headings))

    assert run.lines is not None
    assert run.lines[0].claim_kopecks == 70000


def test_interest_for_the_use_of_money_votes() -> None:
    headings = ("Кредитор", "Основной долг", "Проценты за пользование", "Неустойка", "Общая сумма")
    rows = [("ПАО «Банк»", "1000", "50", "300", "1350"), ("АО «Б»", "1", "1", "1", "4")]

    run = tried(a_register(*rows, headings=headings))

    assert stops(run) == [("total_is_not_the_sum", 3, "E")]
    assert run.report.sums.claims == "105200"


def test_kopecks_are_recognised_by_the_heading() -> None:
    run = tried(a_register(("ПАО «Банк»", "150"), headings=("Кредитор", "Сумма требования, коп.")))

    assert run.lines is not None
    assert run.lines[0].claim_kopecks == 150


def test_two_columns_that_look_alike_are_left_to_a_person() -> None:
    headings = ("Кредитор", "Сумма требования", "Сумма требования по определению")

    run = tried(a_register(("ПАО «Банк»", "150", "150"), headings=headings))
    sent = Mapping({"name": "A", "claim": "C"}, header_row=1)
    mended = run_register(a_register(("ПАО «Банк»", "150", "151"), headings=headings), None, sent, {})

    assert stops(run) == [("two_columns", 1, None)]
    assert mended.lines is not None
    assert mended.lines[0].claim_kopecks == 15100


def test_unknown_headings_ask_for_a_mapping_and_show_the_columns() -> None:
    file = a_register(("ПАО «Банк»", "150"), headings=("кто", "сколько"))

    run = tried(file)
    mapped = run_register(file, None, Mapping({"name": "A", "claim": "B"}, header_row=1), {})

    assert stops(run) == [("no_headings", None, None)]
    assert [column.letter for column in run.report.columns] == ["A", "B"]
    assert mapped.report.ok
    assert mapped.report.columns[1].heading == "сколько"
    assert mapped.report.columns[1].field == "claim"


def test_a_remembered_mapping_is_used_for_the_same_headings() -> None:
    file = a_register(("ПАО «Банк»", "150"), headings=("кто", "сколько"))
    mapping = Mapping({"name": "A", "claim": "B"}, header_row=1)
    signature = run_register(file, None, mapping, {}).signature
    assert signature is not None

    again = run_register(file, None, None, {signature: mapping})

    assert again.report.ok
    assert again.report.mapping_was_remembered


@pytest.mark.parametrize(
    "mapping",
    [
        Mapping({}, 1),
        Mapping({"name": "A"}, 1),
        Mapping({"claim": "B"}, 1),
        Mapping({"name": "A", "claim": "A"}, 1),
        Mapping({"name": "A", "claim": "1; drop"}, 1),
        Mapping({"name": "A", "claim": "ZZ"}, 1),
        Mapping({"name": "A", "claim": "B", "weight": "C"}, 1),
        Mapping({"name": "A", "claim": "B"}, 10**9),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(mapping: Mapping) -> None:
    run = run_register(a_register(ROW), None, mapping, {})

    assert not run.report.ok
    assert run.lines is None


def a_book(name: str) -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Титульный лист"])
    sheet = book.create_sheet(name)
    for line in (HEADINGS, ROW):
        sheet.append(list(line))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_the_sheet_with_the_register_is_found_among_others() -> None:
    run = tried(a_book("Реестр"))

    assert run.report.ok
    assert run.report.mapping is not None
    assert run.report.mapping.sheet == "Реестр"


def test_a_mapping_of_last_months_sheet_finds_this_months() -> None:
    mapping = tried(a_book("Реестр на 01.10")).report.mapping
    first = run_register(a_book("Реестр на 01.10"), None, mapping, {})
    assert first.signature is not None
    assert mapping is not None

    again = run_register(a_book("Реестр на 01.11"), None, None, {first.signature: mapping})

    assert again.report.ok
    assert again.report.mapping_was_remembered
