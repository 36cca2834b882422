"""What must be shown before a run may be called checked; a check that saw nothing is not a pass."""

from collections.abc import Iterator, Mapping
from typing import Any

from load import texts
from load.ballot import Ballot
from load.counted import Record


def missing(live: tuple[Ballot, ...], hidden: tuple[str, ...], record: Record) -> Iterator[str]:
    """In words, for people. `hidden` are voters whose own ballots the server would not show."""
    if not live:
        yield texts.NO_BALLOTS
    if not record.keys:
        yield texts.NO_KEYS
    yield from (texts.BALLOTS_HIDDEN.format(who=who) for who in hidden)
    for voting in sorted({ballot.voting for ballot in live}):
        places = [name for name, shown in _places(record).items() if voting not in shown]
        if places and record.votings.get(voting, {}).get("state") != "cancelled":
            yield texts.NOT_SHOWN.format(voting=voting, places=", ".join(places))


def _places(record: Record) -> dict[str, Mapping[int, Any]]:
    return {
        texts.PLACES["votings"]: record.votings,
        texts.PLACES["results"]: record.results,
        texts.PLACES["tables"]: record.tables,
        texts.PLACES["counts"]: record.counts,
        texts.PLACES["minutes"]: record.minutes or {},
    }
