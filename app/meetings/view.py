"""Who sees what of a meeting: the policy in prose, then the code in the same order. Pure in (state, texts).

**Everybody who has a seat** sees the card with the organizer's contact, the agenda with wordings, the state of every
question, quorum sums, and of every voting how many have voted, with how many kopecks. Nobody sees a choice or a sum of
choices before the count: the state has none. After the count everybody sees sums and the decision.
**The table by name** of the last counted voting is seen by participants, observers, the registrar and the organizer when
the voting was open; when it was closed by the registrar and the organizer only; a screen in the hall never shows names.
**The organizer and the registrar** see the creditors one by one: claims, who is registered by which documents, who has
voted (not how), papers to read, votes that were missed, and the alarm when part of the log was lost. **The organizer** alone sees the suggested next step.
**A person** sees for himself (`me`): who he is here, his creditors, whether each may vote in a running voting and why not,
and the receipts of running votings and of the last counted one. That part is in `personal.py`,
what staff see of each creditor in `staff_view.py`.

There is no clock, no connection and no presence in a map; a deadline that passes changes nothing, `voting_closed` does.
"""

from collections.abc import Iterator

from app.kernel.clock import millis, millis_of
from app.meetings.agenda import state_of
from app.meetings.joins import Texts, option_names, reason_of, text_of
from app.meetings.legal import context_of
from app.meetings.memory import Memory
from app.meetings.model import Meeting, Question, Role, Voting
from app.meetings.next_step import next_step
from app.meetings.outcome import quorum_of_result, quorum_view, result_view, table_view
from app.meetings.quorum import best_quorum, has_quorum, present_creditors, question_quorum
from app.meetings.staff_view import alarm_view, creditor_views, missed_view, spoiled
from app.meetings.texts import (
    ABSENTEE_MAY_OPEN,
    GONE,
    MAY_NOT_OPEN,
    MAY_OPEN,
    outcome_text,
    rule_text,
    topic_text,
)
from app.meetings.view_types import (
    Contact,
    MeetingView,
    OptionView,
    QuestionView,
    QuorumView,
    ResultView,
    TableView,
    View,
    VotingView,
)
from app.meetings.voting import TOLERANCE
from tally import PROFILE, quorum

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


def view(meeting: Meeting, texts: Texts, role: Role, memory: Memory | None = None) -> Map:
    """The whole flat map of a class; what `memory` of earlier maps knows to be the same is not made again."""
    known = memory or Memory()
    shown: Map = {"meeting": known_meeting(meeting, texts, known), "agenda": list(meeting.questions)}
    for question in meeting.questions.values():
        shown[f"question/{question.id}"] = known_question(meeting, texts, question, known)
    for voting in shown_votings(meeting):
        shown[f"voting/{voting.number}"] = known_voting(meeting, texts, voting, known)
        if voting.number in meeting.results:
            shown[f"result/{voting.number}"] = known_result(meeting, texts, voting, known)
    counted = meeting.votings.get(meeting.last_counted or 0)
    if counted is not None and may_see_table(meeting, counted, role):
        shown[f"table/{counted.number}"] = known_table(meeting, texts, counted, known)
    if role in STAFF:
        shown.update(creditor_views(meeting, texts, known))
        shown.update({f"missed/{v.number}": missed_view(meeting, texts, v) for v in spoiled(meeting)})
        if meeting.restorations or meeting.unrecorded:
            shown["alarm"] = alarm_view(meeting, texts)
    if role == "organizer":
        shown["next"] = next_step(meeting)
    return shown


# --- what each fragment is made of: it is kept until one of these is another object -----------------------------------


def known_meeting(meeting: Meeting, texts: Texts, known: Memory) -> MeetingView:
    m = meeting
    shown = (m.id, m.status, m.card, m.registers, m.creditors, m.questions, m.attendance, m.recesses)
    parts = (*shown, m.opened_at, m.ended_at, m.reason, texts)
    return known.fragment("meeting", parts, lambda: meeting_view(meeting, texts))


def known_question(meeting: Meeting, texts: Texts, question: Question, known: Memory) -> QuestionView:
    """Of its voting only what a quorum is made of: ballots do not touch it."""
    voting = meeting.votings.get(question.voting or 0)
    parts: tuple[object, ...] = (
        question,
        state_of(meeting, question),
        meeting.card,
        meeting.registers,
        texts,
    )
    if voting is not None:
        result = meeting.results.get(voting.number)
        parts = (*parts, voting.state, voting.present, voting.weights_sha256, result)
    parts = (*parts, meeting.attendance, meeting.status)
    return known.fragment(f"question/{question.id}", parts, lambda: question_view(meeting, texts, question))


def known_voting(meeting: Meeting, texts: Texts, voting: Voting, known: Memory) -> VotingView:
    parts = (voting, meeting.card, texts)
    return known.fragment(f"voting/{voting.number}", parts, lambda: voting_view(meeting, texts, voting))


def known_result(meeting: Meeting, texts: Texts, voting: Voting, known: Memory) -> ResultView:
    number = voting.number
    question = meeting.questions[voting.question]
    parts = (voting, question, meeting.results[number], meeting.opened.get(number), meeting.card, texts)
    return known.fragment(f"result/{number}", parts, lambda: result_view(meeting, texts, voting))


def known_table(meeting: Meeting, texts: Texts, voting: Voting, known: Memory) -> TableView:
    question, opened = meeting.questions[voting.question], meeting.opened.get(voting.number)
    parts = (voting, question, opened, meeting.creditors, texts)
    return known.fragment("table", parts, lambda: table_view(meeting, texts, voting))


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
        tolerance_ms=millis(TOLERANCE[card.form]),
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
    if question.stage in ("waiting", "no_quorum") and not meeting.is_over:
        return quorum_view(meeting, question_quorum(meeting, question))
    return None


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


def may_see_table(meeting: Meeting, voting: Voting, role: Role) -> bool:
    secrecy = meeting.questions[voting.question].secrecy
    return role in (SEE_NAMES if secrecy == "open" else STAFF)
