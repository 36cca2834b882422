"""Cumulative election of a committee: every creditor has votes × seats to give (127-ФЗ, art. 18 p. 2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Election:
    """`elected` by votes, then by the list; `tied` share the last seats, which stay open for a new vote."""

    elected: tuple[str, ...]
    tied: tuple[str, ...]
    unfilled_seats: int

    @property
    def outcome(self) -> str:
        if self.tied:
            return "tie_for_last_seats"
        return "seats_unfilled" if self.unfilled_seats else "elected"


def votes_by_candidate(
    candidates: tuple[str, ...], distributions: Iterable[Mapping[str, int]]
) -> dict[str, int]:
    votes = dict.fromkeys(candidates, 0)
    for distribution in distributions:
        for candidate, given in distribution.items():
            votes[candidate] += given
    return votes


def elect(votes: Mapping[str, int], seats: int) -> Election:
    """The most votes win, with no minimum; nobody wins with none. A tie for the last seats elects none of the tied."""
    ranked = sorted((name for name in votes if votes[name] > 0), key=lambda name: -votes[name])
    if len(ranked) <= seats or votes[ranked[seats - 1]] > votes[ranked[seats]]:
        elected = tuple(ranked[:seats])
        return Election(elected, (), seats - len(elected))
    cut = votes[ranked[seats]]
    elected = tuple(name for name in ranked if votes[name] > cut)
    tied = tuple(name for name in ranked if votes[name] == cut)
    return Election(elected, tied, seats - len(elected))
