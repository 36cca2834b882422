"""The minutes read from the printed page, as the product prints them."""

from load.minutes import kopecks, read_minutes
from tests.load.fake_meeting import MINUTES


def test_rubles_are_read_to_the_kopeck() -> None:
    assert [kopecks(text) for text in ("1 001,01", "65\u00a0065,65", "0,00")] == [100101, 6506565, 0]


def test_totals_and_ballots_of_a_voting_are_read_and_the_exact_share_is_not_a_total() -> None:
    page = MINUTES.format(
        totals="<tr><th>За</th><td>3,00</td><td>100 %</td><td>1</td></tr>"
        "<tr><th>За, точная дробь</th><td>5/6 (83,33 %)</td><td>порог 1/2</td><td></td></tr>",
        ballots="<tr><th>АО &laquo;А&raquo;</th><td>3,00</td><td>За</td><td>электронный</td><td>10:00</td></tr>",
    )

    (voting,) = read_minutes(page).items()

    assert voting[0] == 1
    assert voting[1].totals == [("За", 300)]
    assert voting[1].ballots == [("АО «А»", "За")]


def test_tables_outside_a_voting_are_nobodys() -> None:
    assert read_minutes("<h2>x</h2><table><tr><th>a</th></tr></table>") == {}
