"""Who sees what of a meeting: the policy in prose, then the code in the same order. Pure in (state, texts).

**Everybody who has a seat** sees the card with the organizer's contact, the agenda with wordings, the state of every
question, who has come with the quorum sums, and of every voting how many have voted, with how many kopecks. Nobody sees a choice or a sum of
choices before the count: the state has none. After the count everybody sees sums and the decision.
**The table by name** of a counted voting stands in no map: whoever opens it asks for it by HTTP (`may_see_table`).
It is for participants, observers, the registrar and the organizer when the voting was open; when it was closed for the
registrar and the organizer only; a screen in the hall never shows names.
**The organizer and the registrar** see the creditors one by one: claims, who is registered by which documents, who has
voted (not how), papers to read, votes that were missed, what has to be looked at (signers in another name, unreadable
ballots, unchecked lists, revoked certificates: `doubts_view.py`), the ends of the numbers that codes go to, and the alarm
when part of the log was lost. **The organizer** alone sees the suggested next step.
**A person** sees for himself (`me`): who he is here, his creditors, whether each may vote in a running voting and why not,
and the receipts of running votings and of the last counted one. That part is in `personal.py`,
what staff see of each creditor in `staff_view.py`.

There is no clock, no connection and no presence in a map; a deadline that passes changes nothing, `voting_closed` does.
"""

from collections.abc import Iterator

from app.kernel.clock import millis, millis_of
from app.meetings.agenda import state_of
from app.meetings.attendance_view import known_attendance, known_electorates, known_quorums
from app.meetings.doubts_view import doubt_views
from app.meetings.joins import Texts, basis_of, option_names, reason_of, text_of
from app.meetings.legal import context_of
from app.meetings.memory import Memory
from app.meetings.model import Meeting, Question, Role, Voting
from app.meetings.next_step import next_step
from app.meetings.outcome import quorum_of_result, quorum_view, result_view
from app.meetings.readiness import readiness_view
from app.meetings.staff_view import alarm_view, creditor_views, missed_view, phone_views, spoiled
from app.meetings.texts.words import GONE, outcome_text, rule_text, topic_text
from app.meetings.view_types import (
    Contact,
    MeetingView,
    OptionView,
    QuestionView,
    QuorumView,
    ReadinessView,
    ResultView,
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
        "recess_called",
        "meeting_resumed",
        "meeting_ended",
        "meeting_failed",
        "voting_opened",
        "voting_prolonged",
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
    shown: Map = {"meeting": known_meeting(meeting, texts, known), "agenda": known_agenda(meeting, known)}
    shown["attendance"] = known_attendance(meeting, known)
    shown.update({f"quorum/{electorate}": each for electorate, each in known_quorums(meeting, known)})
    electorates = known_electorates(meeting, known)
    for question in meeting.questions.values():
        electorate = electorates.get(question.id)
        shown[f"question/{question.id}"] = known_question(meeting, texts, question, electorate, known)
    for voting in shown_votings(meeting):
        shown[f"voting/{voting.number}"] = known_voting(meeting, texts, voting, known)
        if voting.number in meeting.results:
            shown[f"result/{voting.number}"] = known_result(meeting, texts, voting, known)
    if role in STAFF and meeting.the_card.signature_policy != "off":
        shown["readiness"] = known_readiness(meeting, texts, known)
    if role in STAFF:
        shown.update(creditor_views(meeting, texts, known))
        shown.update(phone_views(meeting, texts, known))
        shown.update({f"missed/{v.number}": missed_view(meeting, texts, v) for v in spoiled(meeting)})
        shown.update(doubt_views(meeting, texts, known))
        if meeting.restorations or meeting.unrecorded:
            shown["alarm"] = alarm_view(meeting, texts)
    if role == "organizer":
        shown["next"] = next_step(meeting)
    return shown


# --- what each fragment is made of: it is kept until one of these is another object -----------------------------------


def known_meeting(meeting: Meeting, texts: Texts, known: Memory) -> MeetingView:
    m = meeting
    shown = (m.id, m.status, m.card, m.registers, m.creditors, m.recesses)
    parts = (*shown, m.opened_at, m.ended_at, m.reason, texts)
    return known.fragment("meeting", parts, lambda: meeting_view(meeting, texts))


def known_agenda(meeting: Meeting, known: Memory) -> list[str]:
    return known.fragment("agenda", (meeting.questions,), lambda: list(meeting.questions))


def known_question(
    meeting: Meeting, texts: Texts, question: Question, electorate: str | None, known: Memory
) -> QuestionView:
    """Of its voting only what a quorum is made of: neither ballots nor who comes touch it."""
    voting = meeting.votings.get(question.voting or 0)
    parts: tuple[object, ...] = (
        question,
        state_of(meeting, question),
        electorate,
        meeting.card,
        meeting.registers,
        texts,
    )
    if voting is not None:
        result = meeting.results.get(voting.number)
        parts = (*parts, voting.state, voting.present, voting.weights_sha256, result)
    return known.fragment(
        f"question/{question.id}", parts, lambda: question_view(meeting, texts, question, electorate)
    )


def known_voting(meeting: Meeting, texts: Texts, voting: Voting, known: Memory) -> VotingView:
    parts, number = (voting, meeting.card, texts), voting.number
    return known.fragment(f"voting/{number}", parts, lambda: voting_view(meeting, texts, voting, known))


def known_result(meeting: Meeting, texts: Texts, voting: Voting, known: Memory) -> ResultView:
    number = voting.number
    question = meeting.questions[voting.question]
    parts = (voting, question, meeting.results[number], meeting.opened.get(number), meeting.card, texts)
    return known.fragment(f"result/{number}", parts, lambda: result_view(meeting, texts, voting))


def known_readiness(meeting: Meeting, texts: Texts, known: Memory) -> ReadinessView:
    parts = (meeting.trials, meeting.persons, meeting.creditors, meeting.registers, meeting.card, texts)
    return known.fragment("readiness", parts, lambda: readiness_view(meeting, texts))


# --- everybody ---------------------------------------------------------------------------------------------------


def meeting_view(meeting: Meeting, texts: Texts) -> MeetingView:
    card = meeting.the_card
    text = text_of(texts, card.text)
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
        basis=basis_of(card, texts),
        shortest_s=card.shortest_s,
        tolerance_ms=millis(TOLERANCE[card.form]),
        profile_version=card.profile_version,
        register_sha256=meeting.register.sha256 if meeting.registers else "",
        creditors_total=len(meeting.creditors),
        opened_at_ms=millis_of(meeting.opened_at),
        ended_at_ms=millis_of(meeting.ended_at),
        recess_until_ms=millis(meeting.recesses[-1].until) if meeting.status == "recess" else None,
        reason=reason_of(
            texts, meeting.recesses[-1].reason if meeting.status == "recess" else meeting.reason
        ),
    )


def question_view(meeting: Meeting, texts: Texts, question: Question, electorate: str | None) -> QuestionView:
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
        quorum=frozen_quorum(meeting, question),
        electorate=electorate,
        outcome=question.outcome,
        outcome_text=outcome_text(question.outcome) if question.outcome else None,
        adopted=question.adopted,
        reason=reason_of(texts, question.reason),
    )


def frozen_quorum(meeting: Meeting, question: Question) -> QuorumView | None:
    """As it was when the running voting opened, or at the count."""
    voting = meeting.votings.get(question.voting or 0)
    if voting is None:
        return None
    if voting.state == "counted" and question.stage in ("decided", "no_quorum"):
        return quorum_view(meeting, quorum_of_result(meeting, meeting.results[voting.number]))
    if not voting.unfinished or meeting.the_card.form != "in_person":
        return None
    weights = meeting.weights(voting)
    present = sum(weights[creditor] for creditor in voting.present)
    return quorum_view(meeting, quorum(sum(weights.values()), present, context_of(meeting.the_card), PROFILE))


def shown_votings(meeting: Meeting) -> Iterator[Voting]:
    """Running votings and the last of each question."""
    last = {question.voting for question in meeting.questions.values()}
    return (v for v in meeting.votings.values() if v.running or v.number in last)


def voting_view(meeting: Meeting, texts: Texts, voting: Voting, known: Memory) -> VotingView:
    weights = meeting.weights(voting)
    may_vote = weights if meeting.the_card.form != "in_person" else voting.present
    electorate_kopecks: str = known.fragment(
        f"electorate/{voting.number}",
        (weights, may_vote),
        lambda: str(sum(map(weights.__getitem__, may_vote))),
    )
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
        voted_kopecks=str(sum(map(weights.__getitem__, voting.ballots))),
        electorate_kopecks=electorate_kopecks,
        prolonged=voting.prolonged,
        missed=len(voting.missed),
        reason=reason_of(texts, voting.reason),
    )


def may_see_table(meeting: Meeting, voting: Voting, role: Role) -> bool:
    secrecy = meeting.questions[voting.question].secrecy
    return role in (SEE_NAMES if secrecy == "open" else STAFF)
