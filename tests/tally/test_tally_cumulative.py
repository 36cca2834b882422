"""Cumulative election of a committee (127-ФЗ, art. 18 p. 2); ties are our decision."""

import pytest

from tally.cumulative import Election, elect, votes_by_candidate


def test_votes_are_added_up_in_the_order_of_the_list() -> None:
    votes = votes_by_candidate(("x", "y", "z"), [{"y": 5, "x": 1}, {"y": 2}])

    assert list(votes.items()) == [("x", 1), ("y", 7), ("z", 0)]


@pytest.mark.parametrize(
    ("votes", "seats", "elected", "tied", "unfilled", "outcome"),
    [
        ({"a": 1, "b": 3, "c": 2}, 2, ("b", "c"), (), 0, "elected"),
        ({"a": 2, "b": 3, "c": 2}, 3, ("b", "a", "c"), (), 0, "elected"),
        ({"c": 2, "a": 2, "b": 1}, 2, ("c", "a"), (), 0, "elected"),
        ({"a": 2, "b": 3, "c": 2}, 2, ("b",), ("a", "c"), 1, "tie_for_last_seats"),
        ({"a": 1, "b": 1, "c": 1}, 1, (), ("a", "b", "c"), 1, "tie_for_last_seats"),
        ({"a": 9, "b": 8, "c": 5, "d": 5, "e": 5}, 4, ("a", "b"), ("c", "d", "e"), 2, "tie_for_last_seats"),
        ({"a": 1, "b": 0}, 2, ("a",), (), 1, "seats_unfilled"),
        ({"a": 5, "b": 0, "c": 0}, 1, ("a",), (), 0, "elected"),
        ({"a": 0, "b": 0}, 1, (), (), 1, "seats_unfilled"),
        ({"a": 7}, 3, ("a",), (), 2, "seats_unfilled"),
    ],
)
def test_the_most_votes_win_and_a_tie_for_the_last_seats_elects_none_of_the_tied(
    votes: dict[str, int],
    seats: int,
    elected: tuple[str, ...],
    tied: tuple[str, ...],
    unfilled: int,
    outcome: str,
) -> None:
    election = elect(votes, seats)

    assert election == Election(elected, tied, unfilled)
    assert election.outcome == outcome
