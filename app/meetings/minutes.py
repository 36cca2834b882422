"""The minutes as printable HTML, or the minutes of a meeting that did not take place; pure in (state, texts, role).

There are two editions. The organizer's and the registrar's is whole. Participants and observers read theirs when the
meeting is over: without the documents of those registered, and of closed votings without any table by name.
Law: 127-ФЗ, art. 12 p. 7; contents by п. 10 of постановление № 56, as far as the log holds them.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from app.kernel.log.model import Position
from app.meetings.agenda import is_spoiled, state_of
from app.meetings.doubts_view import certificate_name
from app.meetings.joins import (
    Texts,
    basis_of,
    creditor_name,
    masked_phone,
    option_names,
    person_name,
    reason_of,
    text_of,
)
from app.meetings.legal import context_of, general_weights
from app.meetings.model import Act, Meeting, Opened, Question, Role, Signed, Voting
from app.meetings.outcome import option_totals, participants_of, table_mark
from app.meetings.texts import (
    CHANNELS,
    DAMAGES,
    FORMS,
    GONE,
    MARKS,
    MINUTES,
    MINUTES_FILE,
    OWNERS,
    POLICIES,
    QUESTION_STATES,
    REVIEWED,
    REVOCATIONS,
    SECRECY,
    SIGNED,
    STATUSES,
    UNCHECKED,
    VOTING_STATES,
    ground_text,
    moment,
    money,
    outcome_text,
    procedure_text,
    rule_text,
    topic_text,
    with_names,
    zone_text,
)
from app.meetings.unchecked import unchecked
from tally import PROFILE, explain_quorum, percent, quorum

_STYLE = (Path(__file__).parent / "templates/minutes.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of the page: its own style and nothing else."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list or table: a label and what stands beside it."""

    label: str
    values: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class QuestionSection:
    number: str
    title: str
    wording: str
    facts: tuple[Row, ...]
    votings: tuple[VotingSection, ...]


@dataclass(frozen=True, slots=True)
class Minutes:
    """Everything that the template prints; all words are already people's words."""

    title: str
    status: str
    card: tuple[Row, ...]
    attendance: tuple[Row, ...]
    quorum: str
    rolls: tuple[Row, ...]
    order: tuple[Row, ...]
    questions: tuple[QuestionSection, ...]
    recesses: tuple[Row, ...]
    corrections: tuple[Row, ...]
    losses: tuple[Row, ...]
    reviews: tuple[Row, ...]
    phones: tuple[Row, ...]
    unchecked: tuple[Row, ...]
    hurried: str
    proof: tuple[Row, ...]


WHOLE: tuple[Role, ...] = ("organizer", "registrar")
"""Who reads every name and document, and a draft before the end."""


def may_read(meeting: Meeting, role: Role) -> bool:
    return role in WHOLE or (meeting.is_over and role != "screen")


def minutes(
    meeting: Meeting, texts: Texts, role: Role, files: tuple[Row, ...] = (), head: Position | None = None
) -> str:
    """Printable HTML for a role that `may_read` it; of a meeting that is not over, a draft.

    `files`: the hashes of what was issued as PDF and of the signatures under it. `head` of the log is printed where it
    is given. The verifier of archives reads what `data-fact` marks.
    """
    style = Markup(_STYLE)  # noqa: S704 - our own file
    edition = minutes_of(meeting, texts, role in WHOLE)
    if head is not None:
        edition = replace(edition, proof=(*edition.proof, *head_rows(head)))
    return template().render(m=edition, files=files, t=MINUTES, style=style)


def head_rows(head: Position) -> Iterator[Row]:
    yield Row(MINUTES_FILE["head"], (MINUTES_FILE["head_text"].format(head.at),))
    yield Row(MINUTES_FILE["head_mark"], (head.mark.hex(),))


@cache
def template() -> Template:
    loader = PackageLoader("app.meetings", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("minutes.html")


def minutes_of(meeting: Meeting, texts: Texts, whole: bool) -> Minutes:
    return Minutes(
        title=title_of(meeting),
        status=STATUSES[meeting.status],
        card=tuple(card_rows(meeting, texts)),
        attendance=tuple(attendance_rows(meeting, texts, whole)),
        quorum=quorum_sentence(meeting),
        rolls=tuple(roll_rows(meeting)),
        order=tuple(order_rows(meeting)),
        questions=tuple(question_section(meeting, texts, q, whole) for q in meeting.questions.values()),
        recesses=tuple(recess_rows(meeting, texts)),
        corrections=tuple(correction_rows(meeting, texts)),
        losses=tuple(loss_rows(meeting, texts, whole)),
        reviews=tuple(review_rows(meeting, texts, whole)),
        phones=tuple(phone_rows(meeting, texts)) if whole else (),
        unchecked=tuple(unchecked_rows(meeting, texts, whole)),
        hurried=hurried_sentence(meeting, texts),
        proof=tuple(proof_rows(meeting, texts)),
    )


def title_of(meeting: Meeting) -> str:
    if meeting.status == "failed":
        return MINUTES["title_failed"]
    return MINUTES["title"] if meeting.status == "ended" else MINUTES["title_draft"]


def card_rows(meeting: Meeting, texts: Texts) -> Iterator[Row]:
    card = meeting.the_card
    text = text_of(texts, card.text)
    zone = card.timezone
    yield Row(MINUTES["debtor"], (text.get("debtor", GONE),))
    yield Row(MINUTES["case"], (f"{text.get('case_no', GONE)}, {text.get('court', GONE)}",))
    yield Row(MINUTES["procedure"], (procedure_text(card.procedure),))
    repeated = MINUTES["repeated"] if card.repeated else MINUTES["first_call"]
    yield Row(MINUTES["form"], (f"{FORMS[card.form]}, {repeated}",))
    yield Row(MINUTES["place"], (text.get("place", GONE),))
    yield Row(MINUTES["zone"], (zone_text(zone, card.starts_at),))
    yield Row(MINUTES["called_for"], (moment(card.starts_at, zone),))
    yield Row(MINUTES["opened"], (moment(meeting.opened_at, zone),))
    yield Row(MINUTES["ended"], (moment(meeting.ended_at, zone),))
    yield Row(
        MINUTES["organizer"], (f"{text.get('organizer_name', GONE)}, {text.get('organizer_phone', GONE)}",)
    )
    if meeting.reason is not None:
        yield Row(MINUTES["reason"], (reason_of(texts, meeting.reason) or GONE,))


def attendance_rows(meeting: Meeting, texts: Texts, whole: bool) -> Iterator[Row]:
    """The registration journal, act by act: creditor, what, representative, documents, votes by the register then."""
    here: set[str] = set()
    for act in meeting.journal:
        if act.creditor is None:
            here.clear()
            yield Row(act_moment(meeting, act), (MINUTES["postponed"], *["—"] * 4))
            continue
        said = MINUTES[
            "left" if act.kind == "left" else "came_back" if act.creditor in here else "registered"
        ]
        here.add(act.creditor)
        person, documents = (
            entry_of(meeting, texts, act, act.creditor) if act.kind == "registered" else ("", "")
        )
        votes = general_weights(meeting, act.register_version).get(act.creditor, 0)
        name = creditor_name(meeting, texts, act.creditor)
        by = MINUTES["by_desk" if act.by == "desk" else "by_self"]
        shown = (documents if whole else "") or "—"
        yield Row(act_moment(meeting, act), (name, f"{said} {by}", person or "—", shown, money(votes)))


def act_moment(meeting: Meeting, act: Act) -> str:
    return moment(act.at, meeting.the_card.timezone, seconds=True)


def entry_of(meeting: Meeting, texts: Texts, act: Act, creditor: str) -> tuple[str, str]:
    """Representative and documents: those the desk saw, of a creditor registered by the own link the register's."""
    seen = text_of(texts, act.text) if act.text else text_of(texts, meeting.creditors[creditor])
    documents = "; ".join(part for part in (seen.get("documents"), seen.get("power_of_attorney")) if part)
    return seen.get("representative") or "", documents


def roll_rows(meeting: Meeting) -> Iterator[Row]:
    """Who was here at the opening, after each recess and at the failing."""
    if meeting.the_card.form == "absentee":
        return
    for roll in meeting.rolls:
        share = percent(roll.registered_kopecks, roll.register_kopecks)
        quorum = MINUTES["quorum_later"]
        if meeting.the_card.form == "in_person":
            quorum = MINUTES["quorum_held" if roll.held else "quorum_not_held"]
        yield Row(
            moment(roll.at, meeting.the_card.timezone, seconds=True),
            (str(roll.registered), money(roll.registered_kopecks), f"{share} %", quorum),
        )


def quorum_sentence(meeting: Meeting) -> str:
    """Of a failed meeting why it failed; of any other that the quorum is stated with each question."""
    if meeting.status != "failed":
        return MINUTES["quorum_by_question"]
    if meeting.the_card.form != "in_person":
        return MINUTES["no_quorum_at_all"]
    last = meeting.rolls[-1]
    context = context_of(meeting.the_card)
    return explain_quorum(quorum(last.total_kopecks, last.present_kopecks, context, PROFILE))


def order_rows(meeting: Meeting) -> Iterator[Row]:
    """The order in which questions were really put to the vote."""
    zone = meeting.the_card.timezone
    for voting in meeting.votings.values():
        number = meeting.questions[voting.question].number
        yield Row(moment(voting.opened_at, zone, seconds=True), (number, VOTING_STATES[voting.state]))


def question_section(meeting: Meeting, texts: Texts, question: Question, whole: bool) -> QuestionSection:
    named = whole or question.secrecy == "open"
    text = text_of(texts, question.text)
    votings = (voting for voting in meeting.votings.values() if voting.question == question.id)
    return QuestionSection(
        number=question.number,
        title=text.get("title", GONE),
        wording=text.get("wording", GONE),
        facts=tuple(question_rows(meeting, texts, question)),
        votings=tuple(voting_section(meeting, texts, question, voting, named) for voting in votings),
    )


def question_rows(meeting: Meeting, texts: Texts, question: Question) -> Iterator[Row]:
    yield Row(MINUTES["topic"], (topic_text(question.topic),))
    yield Row(MINUTES["rule"], (f"{rule_text(question.rule)} ({question.article})",))
    yield Row(MINUTES["secrecy"], (SECRECY[question.secrecy],))
    if question.kind != "yes_no":
        names = [name for id, name in option_names(texts, question).items() if id != "abstain"]
        yield Row(MINUTES["options"], ("; ".join(names),))
    yield Row(MINUTES["state"], (QUESTION_STATES[state_of(meeting, question)],))
    if question.stage == "no_quorum" and question.present_kopecks is not None:
        sums = money(question.present_kopecks), money(question.total_kopecks or 0)
        yield Row(MINUTES["quorum"], (MINUTES["present_of"].format(*sums),))
    if question.reason is not None:
        yield Row(MINUTES["reason"], (reason_of(texts, question.reason) or GONE,))


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
        yield Row(total.text, (money(int(total.kopecks)), f"{total.percent} %", str(total.creditors)))
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
            creditor_name(meeting, texts, creditor), (money(weights[creditor]), said, channel, received)
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


def policy_text(meeting: Meeting) -> str:
    """How ballots were signed; a certificate of the demonstration authority anywhere marks all."""
    said = POLICIES[meeting.the_card.signature_policy]
    votings = meeting.votings.values()
    is_demo = any(b.signed and b.signed.demo for voting in votings for b in voting.ballots.values())
    return f"{said} ({MINUTES['demo']})" if is_demo else said


def recess_rows(meeting: Meeting, texts: Texts) -> Iterator[Row]:
    zone = meeting.the_card.timezone
    for taken in meeting.recesses:
        times = (moment(taken.called_at, zone), moment(taken.until, zone), moment(taken.resumed_at, zone))
        yield Row(reason_of(texts, taken.reason) or GONE, times)


def correction_rows(meeting: Meeting, texts: Texts) -> Iterator[Row]:
    zone = meeting.the_card.timezone
    for correction in meeting.corrections:
        name = creditor_name(meeting, texts, correction.creditor)
        reason = reason_of(texts, correction.reason) or GONE
        yield Row(name, (moment(correction.at, zone), str(correction.version), reason))


def loss_rows(meeting: Meeting, texts: Texts, whole: bool) -> Iterator[Row]:
    """What the log says of its own lost parts; who showed a receipt stands in the whole edition only."""
    zone = meeting.the_card.timezone
    for restoration in meeting.restorations:
        lost = str(restoration.lost) if restoration.lost else MINUTES["lost_unknown"]
        said = MINUTES["history_restored"].format(kept=restoration.kept, lost=lost)
        yield Row(moment(restoration.at, zone, seconds=True), (said,))
    for receipt in meeting.unrecorded:
        name = person_name(meeting, texts, receipt.person) if whole else "—"
        said = MINUTES["receipt_without_record"].format(name=name, pos=receipt.pos)
        yield Row(moment(receipt.at, zone, seconds=True), (said,))


def coded_ballots(meeting: Meeting) -> int:
    """Ballots that stand, signed by codes."""
    votings = meeting.votings.values()
    return sum(ballot.code_sent_at is not None for voting in votings for ballot in voting.ballots.values())


def review_rows(meeting: Meeting, texts: Texts, whole: bool) -> Iterator[Row]:
    """Signers in another name, and what the organizer decided; the names stand in the whole edition only."""
    zone = meeting.the_card.timezone
    for review in meeting.reviews.values():
        name = person_name(meeting, texts, review.person) if whole else "—"
        other = certificate_name(texts, review) if whole else "—"
        at, reason = moment(review.reviewed_at, zone, seconds=True), reason_of(texts, review.reason) or GONE
        decided = REVIEWED[review.accepted].format(at=at, reason=reason)
        yield Row(name, (other, review.serial, decided))


def phone_rows(meeting: Meeting, texts: Texts) -> Iterator[Row]:
    """To which other telephones codes went, since when, and who decided it why; numbers by their ends."""
    zone = meeting.the_card.timezone
    for one in meeting.phone_changes:
        before, after = (masked_phone(texts, ref) or "—" for ref in (one.before, one.text))
        numbers = MINUTES["phone_numbers"].format(before=before, after=after)
        by = f"{person_name(meeting, texts, one.by)}: {reason_of(texts, one.text)}"
        yield Row(person_name(meeting, texts, one.person), (moment(one.at, zone, seconds=True), numbers, by))


def unchecked_rows(meeting: Meeting, texts: Texts, whole: bool) -> Iterator[Row]:
    """Which ballots' revocation stayed unchecked, how many votes they are, what they could change."""
    for one in unchecked(meeting):
        question = meeting.questions[one.voting.question]
        is_told = whole or question.secrecy == "open"
        label = MINUTES["unchecked_voting"].format(number=question.number, voting=one.voting.number)
        names = "; ".join(creditor_name(meeting, texts, creditor) for creditor in one.creditors)
        count = MINUTES["unchecked_of"].format(count=len(one.creditors), names=names)
        effect = UNCHECKED[one.may_change] if is_told else "—"
        yield Row(label, (count if is_told else str(len(one.creditors)), money(one.kopecks), effect))


def hurried_sentence(meeting: Meeting, texts: Texts) -> str:
    hurried = meeting.hurried
    if hurried is None:
        return ""
    at = moment(hurried.at, meeting.the_card.timezone, seconds=True)
    reason = reason_of(texts, hurried.reason) or GONE
    return MINUTES["hurried"].format(at=at, ballots=hurried.ballots, reason=reason)


def proof_rows(meeting: Meeting, texts: Texts) -> Iterator[Row]:
    if meeting.registers:
        yield Row(MINUTES["register"], (meeting.register.sha256,))
    yield Row(MINUTES["profile"], (meeting.the_card.profile_version,))
    yield Row(MINUTES["signatures"], (policy_text(meeting),))
    if basis := basis_of(meeting.the_card, texts):
        yield Row(MINUTES["simple_basis"], (basis,))
        yield Row(MINUTES["by_code"], (str(coded_ballots(meeting)),))
        yield Row(MINUTES["phones_changed"], (str(len(meeting.phone_changes)),))
        yield Row(MINUTES["simple_limits"], (MINUTES["simple_limits_text"],))
    yield Row(MINUTES["in_time"], (MINUTES["in_time_text"],))
