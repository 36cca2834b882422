"""Big registers by a formula."""

from typing import Any

import pytest

from tally import Attendance, Ballot, RegisterLine, TallyError
from tally.case import count_case, read_case
from tally.generator import checksum, read_generator
from tests.tally.tally_builders import a_question

SMALL: dict[str, Any] = {
    "n": 6,
    "mul": 7,
    "add": 3,
    "mod": 20,
    "pen_div": 10,
    "per_rep": 2,
    "secured_every": 3,
    "repaid_every": [2, 6],
    "absent_every": [4],
    "missing_every": 5,
    "spoil_every": 6,
    "pattern": ["for", "against"],
}
NEVER = {key: value for key, value in SMALL.items() if not key.endswith("_every")}


def test_the_register_follows_the_formula() -> None:
    register = read_generator(SMALL, "generator").register()

    assert register == (
        RegisterLine("C0001", 1002, 0, 100),
        RegisterLine("C0002", 1703, 0, 170, 851),
        RegisterLine("C0003", 404, 404, 40),
        RegisterLine("C0004", 1105, 0, 110, 552),
        RegisterLine("C0005", 1806, 0, 180),
        RegisterLine("C0006", 507, 507, 50, 0),
    )


def test_representatives_take_neighbours_and_the_absent_are_left_out() -> None:
    assert read_generator(SMALL, "generator").attendance() == (
        Attendance("P0001", ("C0001", "C0002")),
        Attendance("P0002", ("C0003",)),
        Attendance("P0003", ("C0005", "C0006")),
    )


def test_ballots_follow_the_pattern_with_the_spoiled_and_without_the_missing() -> None:
    generator = read_generator(SMALL, "generator")

    assert generator.ballots(a_question()) == (
        Ballot("C0001", ("against",)),
        Ballot("C0002", ("for",)),
        Ballot("C0003", ("against",)),
        Ballot("C0006", ("for", "against")),
    )
    assert generator.ballots(a_question(options=("a", "b", "c")))[-1].choices == ("a", "b")


def test_a_missing_period_means_never() -> None:
    generator = read_generator(NEVER, "generator")

    assert [line.secured_kopecks + line.repaid_kopecks for line in generator.register()] == [0] * 6
    assert [len(ballot.choices) for ballot in generator.ballots(a_question())] == [1] * 6
    assert len(generator.attendance()) == 3


def test_the_checksum_is_that_of_the_lines() -> None:
    lines = (RegisterLine("C0001", 5, 4, 3, 2), RegisterLine("C0002", 1))

    assert checksum(lines) == {
        "creditors": 2,
        "claims_sum_kopecks": 6,
        # printf 'C0001;5;4;3;2\nC0002;1;0;0;0' | sha256sum
        "register_sha256": "c2dfca9f9b81dc9fc08e779f93ccae595c225a4fca1f24f3f848d7e1003c886c",
    }


def test_a_generated_case_is_counted() -> None:
    case = read_case(
        {
            "id": "g",
            "procedure": "liquidation",
            "question": {"topic": "general", "rule": "simple_present"},
            "generator": SMALL,
        }
    )

    result = count_case(case)["g"]

    assert case.checksum == checksum(case.register)
    assert case.is_packet is False
    assert result.totals == {"for": 852, "against": 1002, "abstain": 0, "invalid": 0, "not_submitted": 1806}


@pytest.mark.parametrize(
    ("generator", "detail"),
    [
        (5, "generator is not an object"),
        ({**SMALL, "n": 0}, "generator.n is not a whole number of 1 or more"),
        ({**SMALL, "n": 1.0}, "generator.n is not a whole number of 1 or more"),
        ({**SMALL, "n": 100_001}, "generator.n is above 100000"),
        ({**SMALL, "mod": None}, "generator.mod is not a whole number of 1 or more"),
        ({**SMALL, "mul": -1}, "generator.mul is not a whole number of 0 or more"),
        ({**SMALL, "add": "1"}, "generator.add is not a whole number of 0 or more"),
        ({**SMALL, "pen_div": 0}, "generator.pen_div is not a whole number of 1 or more"),
        ({**SMALL, "per_rep": 0}, "generator.per_rep is not a whole number of 1 or more"),
        ({**SMALL, "absent_every": 0}, "generator.absent_every is not a whole number of 1 or more"),
        ({**SMALL, "spoil_every": [2, 0]}, "generator.spoil_every is not a whole number of 1 or more"),
        ({**SMALL, "pattern": []}, "generator.pattern has no marks"),
        ({**SMALL, "pattern": ["for", 1]}, "generator.pattern has no marks"),
        ({**SMALL, "pattern": "for"}, "generator.pattern is not a list"),
    ],
)
def test_a_wrong_generator_is_refused_with_the_place(generator: Any, detail: str) -> None:
    with pytest.raises(TallyError) as refused:
        read_generator(generator, "generator")

    assert (refused.value.code, refused.value.detail) == ("malformed", detail)


def test_the_largest_register_and_zero_factors_are_taken() -> None:
    generator = read_generator({**SMALL, "n": 100_000, "mul": 0, "add": 0}, "generator")

    assert (generator.n, generator.claim_kopecks(7)) == (100_000, 8)
