"""Ballot bytes and choices, as the server will judge them."""

from random import Random
from typing import Any

import msgspec
import pytest

from app.meetings.commands import BallotContent, Cast
from load.ballot import Choice, write_ballot
from load.human import choose, spread

HASH = "ab" * 32
QUESTION: dict[str, Any] = {"id": "q1", "wording_sha256": HASH}
VOTING = {"voting": 3, "register_sha256": HASH, "electorate_sha256": HASH}
RIGHT = {"creditor": "c0001", "weight_kopecks": "1205", "pool_kopecks": "6025"}


def test_the_server_reads_our_ballot_and_its_bytes_are_canonical() -> None:
    ballot = write_ballot("m_1", QUESTION, VOTING, RIGHT, Choice(choices=("for",)))

    read = msgspec.json.decode(ballot.content, type=BallotContent)
    assert (read.meeting, read.question, read.voting, read.creditor) == ("m_1", "q1", 3, "c0001")
    assert (read.weight_kopecks, read.choices, read.distribution) == ("1205", ["for"], None)
    assert msgspec.json.encode(read, order="sorted") == ballot.content


def test_two_equal_choices_have_different_bytes() -> None:
    first, second = (write_ballot("m_1", QUESTION, VOTING, RIGHT, Choice(choices=("for",))) for _ in range(2))

    assert first.sha256 != second.sha256


def test_a_cast_of_our_ballots_has_the_shape_of_the_command() -> None:
    ballot = write_ballot("m_1", QUESTION, VOTING, RIGHT, Choice(distribution={"a": 6025}))

    cast = msgspec.convert(
        {"op": "cast", "voting": 3, "ballots": [{"bytes": ballot.content, "signature": None}]}, type=Cast
    )

    assert cast.ballots[0].content == ballot.content
    assert ballot.kopecks() == {"a": 6025}


@pytest.mark.parametrize("seed", range(30))
def test_a_distribution_spends_the_pool_to_the_kopeck(seed: int) -> None:
    question = {"kind": "cumulative", "options": [{"id": name} for name in "abcd"]}

    choice = spread(choose(question, Random(seed)), RIGHT)

    assert choice.distribution is not None
    assert sum(choice.distribution.values()) == 6025
    assert min(choice.distribution.values()) > 0


def test_most_people_vote_for_and_the_same_seed_votes_the_same() -> None:
    question = {"kind": "yes_no", "options": [{"id": name} for name in ("for", "against", "abstain")]}

    crowd, again = ([choose(question, Random(seed)).choices for seed in range(1000)] for _ in range(2))

    assert crowd == again
    assert 600 < crowd.count(("for",)) < 800
    assert 50 < crowd.count(("abstain",)) < 150
