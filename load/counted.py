"""Promised ballots against what was counted: the tables, the input of each count, its totals, the minutes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from load import texts
from load.ballot import Ballot
from load.company import Company
from load.minutes import Minuted

YES_NO = frozenset({"for", "against", "abstain"})

Row = Mapping[str, Any]
Place = tuple[int, str]
"""A voting and a creditor: one ballot may stand there."""


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """The server's record of `topic`: values of `voting/…`, `result/…`, `question/…`, tables and inputs of counts by voting,
    public receipt keys. What the asking person may not see is missing; `minutes` are None for who may not read them.
    """

    votings: Mapping[int, Row]
    results: Mapping[int, Row]
    questions: Mapping[str, Row]
    tables: Mapping[int, list[Row]]
    counts: Mapping[int, list[Row]]
    minutes: Mapping[int, Minuted] | None = None
    keys: Mapping[str, str] | None = None
    topic: str = ""


Look = Callable[[Ballot], tuple[str, str] | None]
"""What is wrong with a ballot in one place: «lost», «changed» or «unsigned», and in words; None if nothing."""


def against_the_count(
    live: tuple[Ballot, ...], unsaved: frozenset[str], record: Record, company: Company
) -> Iterator[Finding]:
    """Every live ballot stands once and as it was cast, wherever the server shows it, and the sums come to the kopeck.

    `unsaved` are SHA-256 of ballots that the server does not show to their own voters.
    """
    looks = (_saved(unsaved), _in_table(record), _in_count(record), _in_minutes(record), _under(record))
    for ballot in live:
        faults = [fault for look in looks if (fault := look(ballot)) is not None]
        for kind in sorted({kind for kind, _ in faults}):
            where = "; ".join(words for of, words in faults if of == kind)
            yield Finding(kind, f"{named(ballot)}: {where}")
    yield from _doubled(live, record)
    yield from _sums(live, record, company)
    yield from _printed_sums(record)


# --- one ballot, wherever it must stand ---


def _saved(unsaved: frozenset[str]) -> Look:
    return lambda ballot: ("lost", texts.NOT_SAVED) if ballot.sha256 in unsaved else None


def _in_table(record: Record) -> Look:
    """A table names the option; distributions stand there in words, and are checked by the input of the count."""
    standing = _by_place(record.tables)

    def look(ballot: Ballot) -> tuple[str, str] | None:
        row = standing.get((ballot.voting, ballot.creditor))
        if ballot.voting not in record.tables:
            return None
        if row is None or row["channel"] == "none":
            return "lost", texts.NOT_IN_TABLE
        if ballot.choice.choices is not None and row["mark"] != ballot.choice.choices[0]:
            return "changed", texts.OTHER_IN_TABLE.format(cast=ballot.choice.choices[0], mark=row["mark"])
        return None

    return look


def _in_count(record: Record) -> Look:
    standing = _by_place(record.counts)

    def look(ballot: Ballot) -> tuple[str, str] | None:
        row = standing.get((ballot.voting, ballot.creditor))
        if ballot.voting not in record.counts:
            return None
        if row is None:
            return "lost", texts.NOT_IN_COUNT
        if not _is_choice_of(row, ballot):
            return "changed", texts.OTHER_IN_COUNT.format(mark=row["choices"] or row["distribution"])
        return None

    return look


def _in_minutes(record: Record) -> Look:
    """The minutes know names only; the table knows whose name is whose. Namesakes are told apart by the table alone."""
    standing, minutes = _by_place(record.tables), record.minutes or {}
    marks = {voting: dict(minuted.ballots) for voting, minuted in minutes.items()}
    times = {voting: Counter(name for name, _ in minuted.ballots) for voting, minuted in minutes.items()}

    def look(ballot: Ballot) -> tuple[str, str] | None:
        row = standing.get((ballot.voting, ballot.creditor))
        if record.minutes is None or row is None or ballot.voting not in record.results:
            return None
        if ballot.voting not in minutes or row["name"] not in marks[ballot.voting]:
            return "lost", texts.NOT_IN_MINUTES
        said, expected = marks[ballot.voting][row["name"]], _in_words(ballot, row, record)
        is_told_apart = times[ballot.voting][row["name"]] == 1
        if is_told_apart and said != expected and not said.startswith(f"{expected}: "):
            return "changed", texts.OTHER_IN_MINUTES.format(cast=expected, mark=said)
        return None

    return look


def _under(record: Record) -> Look:
    """A ballot that was signed stands in the minutes with the number of the certificate."""
    standing, minutes = _by_place(record.tables), record.minutes or {}
    signed = {voting: set(minuted.signed) for voting, minuted in minutes.items()}

    def look(ballot: Ballot) -> tuple[str, str] | None:
        row = standing.get((ballot.voting, ballot.creditor))
        if not ballot.serial or row is None or ballot.voting not in signed:
            return None
        return (
            None if (row["name"], ballot.serial) in signed[ballot.voting] else ("unsigned", texts.NOT_SIGNED)
        )

    return look


def _in_words(ballot: Ballot, row: Row, record: Record) -> str:
    """The mark as the minutes print it."""
    if ballot.choice.choices is None:
        return str(row["mark"])
    texts = {total["id"]: total["text"] for total in record.results[ballot.voting]["totals"]}
    return str(texts.get(ballot.choice.choices[0], row["mark"]))


def _is_choice_of(row: Row, ballot: Ballot) -> bool:
    if ballot.choice.choices is not None:
        return tuple(row["choices"] or ()) == ballot.choice.choices
    counted = {who: int(part) for who, part in (row["distribution"] or {}).items() if int(part)}
    return counted == ballot.choice.distribution


def _by_place(tables: Mapping[int, list[Row]]) -> dict[Place, Row]:
    return {(voting, row["creditor"]): row for voting, rows in tables.items() for row in rows}


# --- all together ---


def _doubled(live: tuple[Ballot, ...], record: Record) -> Iterator[Finding]:
    for place, times in Counter((ballot.voting, ballot.creditor) for ballot in live).items():
        again = Finding("doubled", texts.PROMISED_AGAIN.format(voting=place[0], creditor=place[1]))
        yield from (again for _ in range(times - 1))
    for where, tables in ((texts.PLACES["tables"], record.tables), (texts.PLACES["counts"], record.counts)):
        for voting, rows in tables.items():
            for creditor, times in Counter(row["creditor"] for row in rows).items():
                said = texts.STANDS_AGAIN.format(voting=voting, creditor=creditor, where=where)
                again = Finding("doubled", said)
                yield from (again for _ in range(times - 1))
    for voting, result in record.results.items():
        totals = [total for total in result["totals"] if total["id"] in YES_NO]
        counted, voted = sum(total["creditors"] for total in totals), record.votings[voting]["voted"]
        if counted > voted:
            yield Finding("doubled", texts.MORE_COUNTED.format(voting=voting, counted=counted, voted=voted))


def uninvited(
    promised: tuple[Ballot, ...], ours: frozenset[str], record: Record, company: Company
) -> Iterator[Finding]:
    """Ballots that nobody cast who may: all are ours, or of those who may vote without us. Where a human leads, paper
    comes to the registrar's desk past us.
    """
    places = {(ballot.voting, ballot.creditor) for ballot in promised}
    channels = {place: row["channel"] for place, row in _by_place(record.tables).items()}
    marked = {place for place, channel in channels.items() if channel != "none"}
    for voting, creditor in sorted((marked | _by_place(record.counts).keys()) - places):
        is_paper = channels.get((voting, creditor)) == "paper"
        if not company.may_vote(creditor, ours) and (company.leads or not is_paper):
            yield Finding("phantom", texts.CAST_BY_NOBODY.format(voting=voting, creditor=creditor))


def _sums(live: tuple[Ballot, ...], record: Record, company: Company) -> Iterator[Finding]:
    """Equal to the kopeck where every voter is one of ours; where others vote too, ours are a part of it.

    A voting without its quorum has no totals.
    """
    cast, voters = _cast_by_us(live)
    for voting, result in record.results.items():
        voted, known = record.votings[voting]["voted"], len(voters[voting])
        most = None if company.others is None else known + len(company.others)
        if voted < known or (most is not None and voted > most):
            yield Finding("sums", texts.OTHER_VOTED.format(voting=voting, voted=voted, known=known))
        if not result["totals"]:
            continue
        totals = {total["id"]: int(total["kopecks"]) for total in result["totals"]}
        is_complete = company.is_alone() or known == voted
        for option in (option["id"] for option in record.questions[result["question"]]["options"]):
            counted, ours = totals.get(option, 0), cast[voting][option]
            if counted < ours or (is_complete and counted != ours):
                said = texts.OTHER_SUM.format(voting=voting, option=option, counted=counted, ours=ours)
                yield Finding("sums", said)


def _cast_by_us(live: tuple[Ballot, ...]) -> tuple[dict[int, Counter[str]], dict[int, set[str]]]:
    """Kopecks by option, and the creditors, of each voting."""
    cast: defaultdict[int, Counter[str]] = defaultdict(Counter)
    voters: defaultdict[int, set[str]] = defaultdict(set)
    for ballot in live:
        cast[ballot.voting].update(ballot.kopecks())
        voters[ballot.voting].add(ballot.creditor)
    return cast, voters


def _printed_sums(record: Record) -> Iterator[Finding]:
    """The minutes print the totals of the result, and no more names than the table has."""
    for voting, minuted in (record.minutes or {}).items():
        result, table = record.results.get(voting), record.tables.get(voting)
        told = [(total["text"], int(total["kopecks"])) for total in result["totals"]] if result else []
        if told and minuted.totals != told:
            said = texts.OTHER_MINUTES.format(voting=voting, printed=minuted.totals, told=told)
            yield Finding("sums", said)
        if table is not None and len(minuted.ballots) > len(table):
            names, rows = len(minuted.ballots), len(table)
            yield Finding("doubled", texts.MORE_NAMES.format(voting=voting, names=names, rows=rows))


def named(ballot: Ballot) -> str:
    return texts.BALLOT.format(voting=ballot.voting, creditor=ballot.creditor)
