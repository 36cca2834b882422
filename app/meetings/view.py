"""Who sees what of a meeting: the policy in prose, then the code in the same order. Pure in (state, texts).

**Everybody who has a seat** sees the card with the organizer's contact, the agenda with wordings, the state of every
question, quorum sums, and of every voting how many have voted, with how many kopecks. Nobody sees a choice or a sum of
choices before the count: the state has none. After the count everybody sees sums and the decision.
**The table by name** of the last counted voting is seen by participants, observers, the registrar and the organizer when
the voting was open; when it was closed by the registrar and the organizer only; a screen in the hall never shows names.
**The organizer and the registrar** see the creditors one by one: claims, who is registered by which documents, who has
voted (not how), papers to read, and votes that were missed. **The organizer** alone sees the suggested next step.
**A person** sees for himself (`me`): who he is here, his creditors, whether each may vote in a running voting and why not,
and the receipts of running votings and of the last counted one.

There is no clock, no connection and no presence in a map; a deadline that passes changes nothing, `voting_closed` does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.kernel.clock import millis
from app.kernel.errors import Refused
from app.kernel.log.model import Body, Event
from app.meetings.agenda import state_of
from app.meetings.casting import must_be_first, must_have_vote
from app.meetings.legal import context_of, weights_by_topic
from app.meetings.model import Ballot, Meeting, Opened, Person, Presence, Question, Ref, Result, Role, Voting
from app.meetings.next_step import next_step
from app.meetings.quorum import best_quorum, has_quorum, present_creditors, question_quorum
from app.meetings.texts import (
    ABSENTEE_MAY_OPEN,
    BARRED,
    GONE,
    MARKS,
    MAY_NOT_OPEN,
    MAY_OPEN,
    YES_NO,
    money,
    outcome_text,
    refusal_text,
    rule_text,
    topic_text,
    with_names,
)
from app.meetings.view_types import (
    Contact,
    CreditorView,
    MeetingView,
    MissedRow,
    MissedView,
    MyBallot,
    MyCreditor,
    OptionTotal,
    OptionView,
    PersonView,
    QuestionView,
    QuorumView,
    Receipt,
    ResultView,
    RightView,
    TableRow,
    TableView,
    View,
    VotingView,
)
from tally import PROFILE, Quorum, explain_quorum, percent, quorum

Texts = Mapping[Ref, Body]
Map = dict[str, View | list[str]]

STAFF: tuple[Role, ...] = ("organizer", "registrar")
SEE_NAMES: tuple[Role, ...] = ("participant", "observer", *STAFF)
URGENT = frozenset(
    {
        "meeting_opened",
        "meeting_ended",
        "meeting_failed",
        "voting_opened",
        "voting_stopped",
        "voting_closed",
        "voting_cancelled",
        "voting_counted",
    }
)
"""Events that people wait for: they pull a flush forward."""


def view_class(meeting: Meeting, person: str) -> Role | None:
    """A person's role here, None for a stranger."""
    admitted = meeting.persons.get(person)
    return admitted.role if admitted else None


def view(meeting: Meeting, texts: Texts, role: Role) -> Map:
    """The whole flat map of a class."""
    shown: Map = {"meeting": meeting_view(meeting, texts), "agenda": list(meeting.questions)}
    for question in meeting.questions.values():
        shown[f"question/{question.id}"] = question_view(meeting, texts, question)
    for voting in shown_votings(meeting):
        shown[f"voting/{voting.number}"] = voting_view(meeting, texts, voting)
        if voting.number in meeting.results:
            shown[f"result/{voting.number}"] = result_view(meeting, texts, voting)
    counted = meeting.votings.get(meeting.last_counted or 0)
    if counted is not None and may_see_table(meeting, counted, role):
        shown[f"table/{counted.number}"] = table_view(meeting, texts, counted)
    if role in STAFF:
        shown.update(creditor_views(meeting, texts))
        shown.update({f"missed/{v.number}": missed_view(meeting, texts, v) for v in spoiled(meeting)})
    if role == "organizer":
        shown["next"] = next_step(meeting)
    return shown


def me(
    meeting: Meeting, texts: Texts, person: str, receipts: Mapping[int, Receipt] | None = None
) -> dict[str, View]:
    """What only this person sees. `receipts` are signed by position, see `receipt_positions`."""
    admitted = meeting.persons[person]
    name = text_of(texts, admitted.text).get("name", GONE)
    mine: dict[str, View] = {"person": PersonView(admitted.id, admitted.role, name)}
    running = [voting for voting in meeting.votings.values() if voting.running]
    for creditor in admitted.creditors:
        mine[f"creditor/{creditor}"] = my_creditor(meeting, texts, admitted, creditor)
        for voting in running:
            mine[f"right/{voting.number}/{creditor}"] = right_view(meeting, admitted, voting, creditor)
        for voting in receipt_votings(meeting):
            ballot = my_ballot(texts, voting, creditor, receipts or {})
            if ballot is not None:
                mine[f"ballot/{voting.number}/{creditor}"] = ballot
    return mine


# --- everybody ---------------------------------------------------------------------------------------------------


def meeting_view(meeting: Meeting, texts: Texts) -> MeetingView:
    card = meeting.the_card
    text = text_of(texts, card.text)
    may_open, why = opening_of(meeting)
    best = best_quorum(meeting) if meeting.registers and card.form == "in_person" else None
    return MeetingView(
        id=meeting.id,
        status=meeting.status,
        form=card.form,
        repeated=card.repeated,
        procedure=card.procedure,
        debtor=text.get("debtor", GONE),
        case_no=text.get("case_no", GONE),
        court=text.get("court", GONE),
        place=text.get("place", GONE),
        starts_at_ms=millis(card.starts_at),
        organizer=Contact(
            text.get("organizer_name", GONE), text.get("organizer_phone"), text.get("organizer_email")
        ),
        signature_policy=card.signature_policy,
        tolerance_ms=1000 if card.form == "in_person" else 0,
        profile_version=card.profile_version,
        register_sha256=meeting.register.sha256 if meeting.registers else "",
        creditors_total=len(meeting.creditors),
        creditors_present=len(present_creditors(meeting)),
        quorum=quorum_view(meeting, best) if best else None,
        may_open=may_open,
        may_open_reason=why,
        opened_at_ms=millis_of(meeting.opened_at),
        ended_at_ms=millis_of(meeting.ended_at),
        recess_until_ms=millis(meeting.recesses[-1].until) if meeting.status == "recess" else None,
        reason=reason_of(
            texts, meeting.recesses[-1].reason if meeting.status == "recess" else meeting.reason
        ),
    )


def opening_of(meeting: Meeting) -> tuple[bool, str | None]:
    """Could it be opened, apart from the hour (which the client compares itself)?"""
    if meeting.status not in ("convened", "postponed"):
        return False, None
    if meeting.the_card.form != "in_person":
        return True, ABSENTEE_MAY_OPEN
    return (True, MAY_OPEN) if has_quorum(meeting) else (False, MAY_NOT_OPEN)


def quorum_view(meeting: Meeting, of: Quorum) -> QuorumView:
    return QuorumView(
        present_kopecks=str(of.present_kopecks),
        total_kopecks=str(of.total_kopecks),
        share_percent=percent(of.present_kopecks, of.total_kopecks),
        held=of.held,
        rule=of.rule,
        explanation=explain_quorum(of, meeting.the_card.form),
    )


def question_view(meeting: Meeting, texts: Texts, question: Question) -> QuestionView:
    text = text_of(texts, question.text)
    state = state_of(meeting, question)
    return QuestionView(
        id=question.id,
        number=question.number,
        parent=question.parent,
        nested=list(question.nested),
        title=text.get("title", GONE),
        wording=text.get("wording", GONE),
        wording_sha256=question.wording_sha256,
        topic=question.topic,
        topic_text=topic_text(question.topic),
        rule=question.rule,
        rule_text=rule_text(question.rule),
        article=question.article or "",
        kind=question.kind,
        options=[OptionView(id, name) for id, name in option_names(texts, question).items()],
        seats=question.seats,
        secrecy=question.secrecy,
        duration_s=question.duration_s,
        state=state,
        voting=question.voting,
        quorum=quorum_of_question(meeting, question),
        outcome=question.outcome,
        outcome_text=outcome_text(question.outcome) if question.outcome else None,
        adopted=question.adopted,
        reason=reason_of(texts, question.reason),
    )


def option_names(texts: Texts, question: Question) -> dict[str, str]:
    """Options by id in the order of the ballot."""
    if question.kind == "yes_no":
        return dict(YES_NO)
    names = {option["id"]: option["text"] for option in text_of(texts, question.text).get("options", [])}
    options = {id: names.get(id, GONE) for id in question.options}
    return {**options, "abstain": YES_NO["abstain"]} if question.kind == "choice" else options


def quorum_of_question(meeting: Meeting, question: Question) -> QuorumView | None:
    """Live while the question may still be put; frozen while it is voted; of the count afterwards."""
    if not meeting.registers:
        return None
    in_person = meeting.the_card.form == "in_person"
    voting = meeting.votings.get(question.voting or 0)
    if voting is not None and voting.state == "counted" and question.stage in ("decided", "no_quorum"):
        return quorum_view(meeting, quorum_of_result(meeting, meeting.results[voting.number]))
    if not in_person:
        return None
    if voting is not None and voting.unfinished:
        weights = meeting.weights(voting)
        present = sum(weights[creditor] for creditor in voting.present)
        return quorum_view(
            meeting, quorum(sum(weights.values()), present, context_of(meeting.the_card), PROFILE)
        )
    if question.stage in ("waiting", "no_quorum") and meeting.status not in ("ended", "failed", "cancelled"):
        return quorum_view(meeting, question_quorum(meeting, question))
    return None


def quorum_of_result(meeting: Meeting, result: Result) -> Quorum:
    return quorum(result.total_kopecks, result.present_kopecks, context_of(meeting.the_card), PROFILE)


def shown_votings(meeting: Meeting) -> Iterator[Voting]:
    """Running votings and the last of each question."""
    last = {question.voting for question in meeting.questions.values()}
    return (v for v in meeting.votings.values() if v.running or v.number in last)


def voting_view(meeting: Meeting, texts: Texts, voting: Voting) -> VotingView:
    weights = meeting.weights(voting)
    may_vote = weights if meeting.the_card.form != "in_person" else voting.present
    return VotingView(
        voting=voting.number,
        question=voting.question,
        state=voting.state,
        opened_at_ms=millis(voting.opened_at),
        deadline_ms=millis(voting.deadline),
        tolerance_ms=millis(voting.tolerance),
        register_sha256=voting.register_sha256,
        electorate_sha256=voting.electorate_sha256,
        electorate=len(may_vote),
        voted=len(voting.ballots),
        voted_kopecks=str(sum(weights[creditor] for creditor in voting.ballots)),
        electorate_kopecks=str(sum(weights[creditor] for creditor in may_vote)),
        prolonged=voting.prolonged,
        missed=len(voting.missed),
        reason=reason_of(texts, voting.reason),
    )


def result_view(meeting: Meeting, texts: Texts, voting: Voting) -> ResultView:
    """Sums and the decision; no name of a creditor stands in it but `secured_not_for`, ids only, in open votings."""
    result = meeting.results[voting.number]
    question = meeting.questions[voting.question]
    opened = meeting.opened.get(voting.number, Opened())
    names = option_names(texts, question)
    return ResultView(
        voting=voting.number,
        question=question.id,
        outcome=result.outcome,
        outcome_text=outcome_text(result.outcome),
        adopted=result.adopted,
        totals=option_totals(meeting, voting, result, names),
        denominator_kopecks=None if result.denominator_kopecks is None else str(result.denominator_kopecks),
        share=result.share,
        share_percent=percent(*fraction_of(result.share)) if result.share else None,
        threshold_percent=percent(*result.threshold) if result.threshold else None,
        chosen=list(result.chosen),
        tied=list(result.tied),
        unfilled_seats=result.unfilled_seats,
        secured_not_for=list(opened.secured_not_for) if question.secrecy == "open" else [],
        quorum=quorum_view(meeting, quorum_of_result(meeting, result)),
        article=result.article,
        explanation=with_names(result.explanation, names),
        profile_version=result.profile_version,
        input_sha256=result.input_sha256,
        counted_at_ms=millis(result.counted_at),
    )


def fraction_of(share: str) -> tuple[int, int]:
    numerator, denominator = share.split("/")
    return int(numerator), int(denominator)


def option_totals(
    meeting: Meeting, voting: Voting, result: Result, names: Mapping[str, str]
) -> list[OptionTotal]:
    """Every option with kopecks, percent of the base (of all votes given out, for a committee) and creditors."""
    kopecks = {**result.candidates, **result.totals}
    base = result.denominator_kopecks or sum(kopecks.values())
    creditors = creditors_by_mark(meeting, voting)
    texts = {**MARKS, **names}
    return [
        OptionTotal(id, texts.get(id, id), str(sum_), percent(sum_, base), creditors.get(id, 0))
        for id, sum_ in kopecks.items()
    ]


def creditors_by_mark(meeting: Meeting, voting: Voting) -> dict[str, int]:
    counted: dict[str, int] = {}
    for creditor in participants_of(meeting, voting):
        for mark in marks_counted(meeting, voting, creditor):
            counted[mark] = counted.get(mark, 0) + 1
    return counted


def participants_of(meeting: Meeting, voting: Voting) -> list[str]:
    """The journal of the voting and whoever sent a ballot, by creditor."""
    return sorted(voting.present.keys() | voting.ballots.keys())


def marks_counted(meeting: Meeting, voting: Voting, creditor: str) -> tuple[str, ...]:
    """How a ballot went into the totals."""
    opened = meeting.opened.get(voting.number, Opened())
    if creditor not in opened.marks:
        return ("not_submitted",)
    if creditor in opened.grounds:
        return ("invalid",)
    mark = opened.marks[creditor]
    if mark.distribution is None:
        return mark.choices
    return ("cast", *(candidate for candidate, kopecks in mark.distribution.items() if kopecks))


# --- the table by name ----------------------------------------------------------------------------------------------


def may_see_table(meeting: Meeting, voting: Voting, role: Role) -> bool:
    secrecy = meeting.questions[voting.question].secrecy
    return role in (SEE_NAMES if secrecy == "open" else STAFF)


def table_view(meeting: Meeting, texts: Texts, voting: Voting) -> TableView:
    """Also for earlier votings, by HTTP; ask `may_see_table` first."""
    names = option_names(texts, meeting.questions[voting.question])
    weights = meeting.weights(voting)
    rows = [
        TableRow(
            creditor=creditor,
            name=creditor_name(meeting, texts, creditor),
            weight_kopecks=str(weights[creditor]),
            mark=table_mark(meeting, voting, creditor, names),
            channel=voting.ballots[creditor].channel if creditor in voting.ballots else "none",
        )
        for creditor in participants_of(meeting, voting)
    ]
    return TableView(voting.number, voting.question, rows)


def table_mark(meeting: Meeting, voting: Voting, creditor: str, names: Mapping[str, str]) -> str:
    """An option's id, `invalid`, `not_submitted`, or of a committee the candidates with their votes in words."""
    opened = meeting.opened.get(voting.number, Opened())
    mark = opened.marks.get(creditor)
    if mark is not None and mark.distribution is not None and creditor not in opened.grounds:
        return "; ".join(
            f"{names.get(c, c)} — {money(votes)}" for c, votes in mark.distribution.items() if votes
        )
    return marks_counted(meeting, voting, creditor)[0]


# --- the organizer and the registrar -------------------------------------------------------------------------------


def creditor_views(meeting: Meeting, texts: Texts) -> Iterator[tuple[str, CreditorView]]:
    if not meeting.registers:
        return
    weights = general_weights(meeting)
    total = sum(weights.values())
    unfinished = [voting for voting in meeting.votings.values() if voting.unfinished]
    for creditor in meeting.register.lines:
        yield f"creditor/{creditor}", creditor_view(meeting, texts, creditor, weights, total, unfinished)


def general_weights(meeting: Meeting) -> Mapping[str, int]:
    """Votes on an ordinary question; a question of its own electorate shows its own weights."""
    return weights_by_topic(meeting.register, "general", "simple_present", context_of(meeting.the_card))


def creditor_view(
    meeting: Meeting,
    texts: Texts,
    creditor: str,
    weights: Mapping[str, int],
    total: int,
    unfinished: list[Voting],
) -> CreditorView:
    line = meeting.register.lines[creditor]
    text = text_of(texts, meeting.creditors[creditor])
    presence = meeting.attendance.get(creditor)
    seen = text_of(texts, presence.text) if presence and presence.text else {}
    ballots = [(voting, voting.ballots[creditor]) for voting in unfinished if creditor in voting.ballots]
    papers = [voting for voting, ballot in ballots if ballot.channel == "paper"]
    return CreditorView(
        id=creditor,
        name=text.get("name", GONE),
        inn=text.get("inn"),
        order=line.order,
        claim_kopecks=str(line.claim_kopecks),
        secured_kopecks=str(line.secured_kopecks),
        weight_kopecks=str(weights.get(creditor, 0)),
        share_percent=percent(weights.get(creditor, 0), total),
        present=presence is not None and presence.present,
        representative=seen.get("representative") or text.get("representative"),
        registered_at_ms=millis(presence.registered_at) if presence else None,
        registered_by=presence.by if presence else None,
        left_at_ms=millis_of(presence.left_at) if presence else None,
        documents=documents_of(presence, seen, text),
        voted=[voting.number for voting, _ in ballots if voting.running],
        paper=[voting.number for voting in papers],
        paper_unread=[v.number for v in papers if v.state == "closed" and not is_read(meeting, v, creditor)],
    )


def documents_of(presence: Presence | None, seen: Mapping[str, Any], text: Mapping[str, Any]) -> str | None:
    """Documents that the desk saw, with the power of attorney; of a self-registered one the power in the register."""
    if presence is None or presence.by == "self":
        power: str | None = text.get("power_of_attorney")
        return power
    return "; ".join(part for part in (seen.get("documents", GONE), seen.get("power_of_attorney")) if part)


def is_read(meeting: Meeting, voting: Voting, creditor: str) -> bool:
    return creditor in meeting.opened.get(voting.number, Opened()).paper


def spoiled(meeting: Meeting) -> Iterator[Voting]:
    return (v for v in meeting.votings.values() if v.missed or v.undrained or v.workers_lost)


def missed_view(meeting: Meeting, texts: Texts, voting: Voting) -> MissedView:
    rows = [
        MissedRow(m.creditor, creditor_name(meeting, texts, m.creditor), millis(m.received_at))
        for m in voting.missed
    ]
    return MissedView(voting.number, rows, voting.undrained, voting.workers_lost, voting.max_lag_ms)


# --- a person --------------------------------------------------------------------------------------------------------


def my_creditor(meeting: Meeting, texts: Texts, person: Person, creditor: str) -> MyCreditor:
    weights = general_weights(meeting)
    presence = meeting.attendance.get(creditor)
    return MyCreditor(
        id=creditor,
        name=creditor_name(meeting, texts, creditor),
        weight_kopecks=str(weights.get(creditor, 0)),
        share_percent=percent(weights.get(creditor, 0), sum(weights.values())),
        present=presence is not None and presence.present,
        may_vote_settlement=creditor in person.settlement,
    )


def right_view(meeting: Meeting, person: Person, voting: Voting, creditor: str) -> RightView:
    """The same judgement that a ballot will meet."""
    weight = meeting.weights(voting).get(creditor, 0)
    code = None
    try:
        must_have_vote(meeting, voting, creditor, creditor in person.settlement)
        must_be_first(voting, creditor)
    except Refused as refused:
        code = refused.code
    return RightView(
        voting=voting.number,
        creditor=creditor,
        may_vote=code is None,
        weight_kopecks=str(weight),
        pool_kopecks=str(weight * meeting.questions[voting.question].seats),
        code=code,
        reason=refusal_text(code) if code else None,
    )


def receipt_votings(meeting: Meeting) -> Iterator[Voting]:
    """Votings that are not finished and the last counted one; older receipts go by HTTP."""
    return (v for v in meeting.votings.values() if v.unfinished or v.number == meeting.last_counted)


def my_ballot(
    texts: Texts, voting: Voting, creditor: str, receipts: Mapping[int, Receipt]
) -> MyBallot | None:
    """The live ballot, or the last one that was annulled."""
    live = voting.ballots.get(creditor)
    if live is not None:
        return ballot_view(voting, live, receipts)
    annulled = next((a for a in reversed(voting.annulled) if a.ballot.creditor == creditor), None)
    if annulled is None:
        return None
    return ballot_view(
        voting, annulled.ballot, receipts, annulled_because=reason_of(texts, annulled.reason) or GONE
    )


def ballot_view(
    voting: Voting, ballot: Ballot, receipts: Mapping[int, Receipt], annulled_because: str | None = None
) -> MyBallot:
    return MyBallot(
        voting=voting.number,
        creditor=ballot.creditor,
        received_at_ms=millis(ballot.received_at),
        ballot_sha256=ballot.sha256 or "",
        receipt=receipts.get(ballot.receipt_pos),
        channel=ballot.channel,
        annulled=annulled_because is not None,
        annul_reason=annulled_because,
    )


def ballots_of(meeting: Meeting, person: str) -> Iterator[tuple[Voting, Ballot]]:
    """Every ballot ever cast for a person's creditors, annulled ones too: all receipts, for HTTP."""
    mine = set(meeting.persons[person].creditors)
    for voting in meeting.votings.values():
        every = (*voting.ballots.values(), *(annulled.ballot for annulled in voting.annulled))
        yield from ((voting, ballot) for ballot in every if ballot.creditor in mine)


def receipt_positions(meeting: Meeting, person: str) -> frozenset[int]:
    """Positions whose receipts `me` shows: the service hands in a signed receipt for each."""
    shown = {voting.number for voting in receipt_votings(meeting)}
    return frozenset(
        ballot.receipt_pos for voting, ballot in ballots_of(meeting, person) if voting.number in shown
    )


# --- what the engine asks ---------------------------------------------------------------------------------------------


def touched(meeting: Meeting, event: Event) -> frozenset[str] | None:
    """Persons whose `me` the event may change, by the state after it; None: everybody."""
    body = event.body
    if event.kind == "persons_admitted":
        return frozenset(entry["person"] for entry in body["persons"])
    if event.kind in ("creditors_registered", "creditors_left", "ballot_missed"):
        return persons_of(meeting, frozenset(body["creditors"]))
    if event.kind in ("ballot_cast", "ballot_annulled", "paper_received", "paper_read"):
        return persons_of(meeting, frozenset((body["creditor"],)))
    if event.kind in SHARED:
        return frozenset()
    return None


SHARED = frozenset(
    {
        "voting_prolonged",
        "voting_stopped",
        "ballots_opened",
        "secured_listed",
        "electorate_fixed",
        "question_withdrawn",
        "question_barred",
        "question_without_quorum",
        "meeting_convened",
        "meeting_opened",
        "meeting_resumed",
        "meeting_cancelled",
        "meeting_failed",
        "meeting_ended",
        "recess_called",
    }
)
"""Events that change what all see, and nothing of one's own."""


def persons_of(meeting: Meeting, creditors: frozenset[str]) -> frozenset[str]:
    return frozenset(p.id for p in meeting.persons.values() if not creditors.isdisjoint(p.creditors))


def text_refs(meeting: Meeting) -> Iterator[Ref]:
    """Every private text that a view or the minutes may join."""
    if meeting.card is not None:
        yield meeting.card.text
    yield from meeting.creditors.values()
    yield from (person.text for person in meeting.persons.values())
    yield from (correction.reason for correction in meeting.corrections)
    yield from (taken.reason for taken in meeting.recesses)
    yield from (presence.text for presence in meeting.attendance.values() if presence.text)
    for question in meeting.questions.values():
        yield question.text
        if question.reason:
            yield question.reason
    for voting in meeting.votings.values():
        yield from (annulled.reason for annulled in voting.annulled)
        if voting.reason:
            yield voting.reason
    if meeting.reason:
        yield meeting.reason


# --- texts -----------------------------------------------------------------------------------------------------------


def text_of(texts: Texts, ref: Ref) -> Body:
    """A private text, empty when it was destroyed."""
    return texts.get(ref, {})


def creditor_name(meeting: Meeting, texts: Texts, creditor: str) -> str:
    name: str = text_of(texts, meeting.creditors[creditor]).get("name", GONE)
    return name


def reason_of(texts: Texts, ref: Ref | None) -> str | None:
    """Why something happened: the organizer's words, or the court act that barred a question."""
    if ref is None:
        return None
    text = text_of(texts, ref)
    if "court" in text:
        return BARRED.format(**text)
    reason: str = text.get("reason", GONE)
    return reason


def millis_of(at: int | None) -> int | None:
    return None if at is None else millis(at)
