"""What lies between two states of a meeting: whose own map may have changed, and whether people wait for it. Pure."""

from collections.abc import Iterator, Mapping

from app.meetings.model import Meeting, Voting


def touched(old: Meeting, new: Meeting) -> frozenset[str] | None:
    """Persons whose `me` may differ; None: everybody's may (a voting began or ended, the register or roles changed)."""
    if concerns_all(old, new):
        return None
    creditors = {*changed_keys(old.attendance, new.attendance), *creditors_of_ballots(old, new)}
    return frozenset(person.id for person in new.persons.values() if not creditors.isdisjoint(person.creditors))


def is_urgent(old: Meeting, new: Meeting) -> bool:
    """An opening, a closing, a result, a new deadline, a change of the meeting itself: not how many have voted."""
    return (
        old.status != new.status
        or old.results.keys() != new.results.keys()
        or old.recesses != new.recesses
        or {n: moment(v) for n, v in old.votings.items()} != {n: moment(v) for n, v in new.votings.items()}
    )


def concerns_all(old: Meeting, new: Meeting) -> bool:
    states = [{number: voting.state for number, voting in meeting.votings.items()} for meeting in (old, new)]
    return (
        states[0] != states[1]
        or old.status != new.status
        or old.results.keys() != new.results.keys()
        or old.registers.keys() != new.registers.keys()
        or old.persons is not new.persons
        or old.creditors is not new.creditors
    )


def moment(voting: Voting) -> tuple[str, int]:
    return voting.state, voting.deadline


def creditors_of_ballots(old: Meeting, new: Meeting) -> Iterator[str]:
    for number, voting in new.votings.items():
        before = old.votings.get(number)
        if before is voting or before is None:
            continue
        yield from changed_keys(before.ballots, voting.ballots)
        yield from (annulled.ballot.creditor for annulled in voting.annulled[len(before.annulled) :])
        yield from (missed.creditor for missed in voting.missed[len(before.missed) :])


def changed_keys(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    if old is new:
        return
    yield from (key for key in old.keys() | new.keys() if old.get(key) is not new.get(key))
