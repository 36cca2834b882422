"""A voting in the minutes: its terms, sums and decision; ballots by name, annulled, missed, damaged; signatures under them."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from app.meetings.agenda import is_spoiled
from app.meetings.joins import Texts, creditor_name, option_names, reason_of, text_of
from app.meetings.minutes_row import Row
from app.meetings.model import Meeting, Opened, Question, Signed, Voting
from app.meetings.outcome import option_totals, participants_of, table_mark
from app.meetings.texts.minutes import DAMAGES, MINUTES, OWNERS, REVOCATIONS, SIGNED
from app.meetings.texts.moments import moment
from app.meetings.texts.words import (
    CHANNELS,
    GONE,
    MARKS,
    VOTING_STATES,
    ground_text,
    outcome_text,
    with_names,
)
from tally import percent
from tally.money import rubles


@dataclass(frozen=True, slots=True)
class VotingSection:
    number: int
    heading: str
    facts: tuple[Row, ...]
    totals: tuple[Row, ...]
    decision: str
    explanation: str
    ballots: tuple[Row, ...]
    annulled: tuple[Row, ...]
    missed: tuple[Row, ...]
    damaged: tuple[Row, ...]
    signed: tuple[Row, ...]
    warning: str | None


def voting_section(
    meeting: Meeting, texts: Texts, question: Question, voting: Voting, named: bool
) -> VotingSection:
    """Choices appear only in what is counted; names only where `named`."""
    result = meeting.results.get(voting.number)
    names = option_names(texts, question)
    return VotingSection(
        number=voting.number,
        heading=MINUTES["voting"].format(voting.number, VOTING_STATES[voting.state]),
        facts=tuple(voting_rows(meeting, texts, voting)),
        totals=tuple(total_rows(meeting, texts, question, voting)),
        decision=outcome_text(result.outcome) if result else "",
        explanation=with_names(result.explanation, names) if result else "",
        ballots=tuple(ballot_rows(meeting, texts, question, voting)) if named and result else (),
        annulled=tuple(annulled_rows(meeting, texts, voting)) if named else (),
        missed=tuple(missed_rows(meeting, texts, voting)) if named else (),
        damaged=tuple(damaged_rows(meeting, texts, voting, named)),
        signed=tuple(signed_rows(meeting, texts, voting)) if named else (),
        warning=MINUTES["spoiled"] if is_spoiled(voting) else None,
    )


def voting_rows(meeting: Meeting, texts: Texts, voting: Voting) -> Iterator[Row]:
    zone = meeting.the_card.timezone
    yield Row(MINUTES["opened"], (moment(voting.opened_at, zone, seconds=True),))
    yield Row(MINUTES["deadline"], (moment(voting.deadline, zone, seconds=True),))
    tolerance = MINUTES["tolerance_s"].format(voting.tolerance // 1_000_000)
    yield Row(MINUTES["admit_until"], (f"{moment(voting.admit_until, zone, seconds=True)} ({tolerance})",))
    if voting.prolonged:
        yield Row(MINUTES["prolonged"], (str(voting.prolonged),))
    yield Row(
        MINUTES["register"], (f"{MINUTES['version']} {voting.register_version}, {voting.register_sha256}",)
    )
    yield Row(MINUTES["electorate"], (voting.electorate_sha256,))
    if voting.undrained or voting.workers_lost:
        yield Row(MINUTES["undrained"], (f"{voting.undrained} / {voting.workers_lost}",))
    if voting.reason is not None:
        yield Row(MINUTES["reason"], (reason_of(texts, voting.reason) or GONE,))


def total_rows(meeting: Meeting, texts: Texts, question: Question, voting: Voting) -> Iterator[Row]:
    """Sums by mark with percent of the base, then the exact fraction against the threshold."""
    result = meeting.results.get(voting.number)
    if result is None:
        return
    for total in option_totals(meeting, voting, result, option_names(texts, question)):
        yield Row(total.text, (rubles(int(total.kopecks)), f"{total.percent} %", str(total.creditors)))
    if result.share is not None:
        share = Fraction(result.share)
        shown = f"{result.share} ({percent(share.numerator, share.denominator)} %)"
        yield Row(MINUTES["share"], (shown, threshold_text(result.threshold), ""))


def threshold_text(threshold: tuple[int, int] | None) -> str:
    return MINUTES["threshold"].format(*threshold) if threshold else ""


def ballot_rows(meeting: Meeting, texts: Texts, question: Question, voting: Voting) -> Iterator[Row]:
    """The table by name: the whole edition names every ballot, also of a closed voting."""
    opened = meeting.opened.get(voting.number, Opened())
    names = option_names(texts, question)
    weights = meeting.weights(voting)
    for creditor in participants_of(meeting, voting):
        ballot = voting.ballots.get(creditor)
        mark = table_mark(meeting, voting, creditor, names)
        said = {**MARKS, **names}.get(mark, mark)
        if creditor in opened.grounds and not voting.counts_without(creditor):
            said = f"{said}: {ground_text(opened.grounds[creditor])}"
        channel = cast_by(meeting, texts, voting, creditor)
        zone = meeting.the_card.timezone
        received = moment(ballot.received_at, zone, seconds=True) if ballot else "—"
        yield Row(
            creditor_name(meeting, texts, creditor), (rubles(weights[creditor]), said, channel, received)
        )


def cast_by(meeting: Meeting, texts: Texts, voting: Voting, creditor: str) -> str:
    """By what and by whom: the creditor's own link, a representative's, or paper with the desk's representative."""
    ballot = voting.ballots.get(creditor)
    if ballot is None:
        return CHANNELS["none"]
    if ballot.channel == "electronic":
        name = text_of(texts, meeting.persons[ballot.person].text).get("name", GONE)
        own = creditor_name(meeting, texts, creditor)
        if GONE in (name, own):  # whose link it was nobody can tell any more
            return f"{CHANNELS[ballot.channel]}, {GONE}"
        person = None if name == own else name
    elif (presence := voting.present.get(creditor)) is not None:
        entered = text_of(texts, presence.text or meeting.creditors[creditor])
        person = entered.get("representative")
    else:
        return CHANNELS[ballot.channel]
    who = MINUTES["representative_of"].format(person) if person else MINUTES["creditor_himself"]
    return f"{CHANNELS[ballot.channel]}, {who}"


def annulled_rows(meeting: Meeting, texts: Texts, voting: Voting) -> Iterator[Row]:
    zone = meeting.the_card.timezone
    for annulled in voting.annulled:
        name = creditor_name(meeting, texts, annulled.ballot.creditor)
        channel = CHANNELS[annulled.ballot.channel]
        yield Row(
            name,
            (moment(annulled.at, zone, seconds=True), channel, reason_of(texts, annulled.reason) or GONE),
        )


def missed_rows(meeting: Meeting, texts: Texts, voting: Voting) -> Iterator[Row]:
    zone = meeting.the_card.timezone
    for missed in voting.missed:
        yield Row(
            creditor_name(meeting, texts, missed.creditor), (moment(missed.received_at, zone, seconds=True),)
        )


def damaged_rows(meeting: Meeting, texts: Texts, voting: Voting, named: bool) -> Iterator[Row]:
    """Each ballot that a count could not read, in every edition: whose, why, and what became of it. Nobody's choice."""
    zone = meeting.the_card.timezone
    for damage in voting.damaged.values():
        if damage.reason is not None:
            fate = MINUTES["damaged_without"].format(reason=reason_of(texts, damage.reason) or GONE)
        else:
            fate = MINUTES["damaged_restored" if voting.state == "counted" else "damaged_waits"]
        received = voting.ballots[damage.creditor].received_at
        yield Row(
            creditor_name(meeting, texts, damage.creditor) if named else "—",
            (moment(received, zone, seconds=True), DAMAGES[damage.why], fate),
        )


def signed_rows(meeting: Meeting, texts: Texts, voting: Voting) -> Iterator[Row]:
    """Under each ballot the number of the certificate, how it was checked, and what is still to be looked at."""
    for creditor in participants_of(meeting, voting):
        ballot = voting.ballots.get(creditor)
        if ballot is None or ballot.signed is None:
            continue
        signed = ballot.signed
        values = (signed.serial, SIGNED[signed.algorithm or "none"], signature_state(signed))
        yield Row(creditor_name(meeting, texts, creditor), values)


def signature_state(signed: Signed) -> str:
    said = [REVOCATIONS[signed.revocation]]
    if signed.owner_match in OWNERS:
        said.append(OWNERS[signed.owner_match])
    if signed.demo:
        said.append(MINUTES["demo"])
    return ", ".join(said)
