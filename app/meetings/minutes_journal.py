"""Who took part, for the minutes: the registration journal, the rolls, the quorum of the meeting."""

from collections.abc import Iterator

from app.meetings.joins import Texts, creditor_name, person_name, reason_of, text_of
from app.meetings.legal import context_of, general_weights
from app.meetings.minutes_row import Row
from app.meetings.model import Act, Meeting
from app.meetings.texts.minutes import MINUTES
from app.meetings.texts.moments import moment
from app.meetings.texts.words import GONE
from tally import PROFILE, explain_quorum, percent, quorum
from tally.money import rubles


def attendance_rows(meeting: Meeting, texts: Texts, whole: bool) -> Iterator[Row]:
    """The registration journal, act by act: creditor, what, representative, documents, votes by the register then."""
    here: set[str] = set()
    for act in meeting.journal:
        if act.creditor is None:
            here.clear()
            postponed = MINUTES["postponed"].format(reason=reason_of(texts, act.text) or GONE)
            yield Row(act_moment(meeting, act), (postponed, *["—"] * 4))
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
        yield Row(act_moment(meeting, act), (name, f"{said} {by}", person or "—", shown, rubles(votes)))


def act_moment(meeting: Meeting, act: Act) -> str:
    return moment(act.at, meeting.the_card.timezone, seconds=True)


def entry_of(meeting: Meeting, texts: Texts, act: Act, creditor: str) -> tuple[str, str]:
    """Representative and documents: those the desk saw, of a creditor registered by the own link the register's."""
    seen = text_of(texts, act.text) if act.text else text_of(texts, meeting.creditors[creditor])
    documents = "; ".join(part for part in (seen.get("documents"), seen.get("power_of_attorney")) if part)
    return seen.get("representative") or "", documents


def guest_rows(meeting: Meeting, texts: Texts, whole: bool) -> Iterator[Row]:
    """Who was admitted to speak and not to vote; the names stand in the whole edition only."""
    guests = [person.id for person in meeting.persons.values() if person.role == "observer"]
    names = "; ".join(person_name(meeting, texts, guest) for guest in guests)
    if guests:
        yield Row(MINUTES["guests"], (f"{len(guests)}: {names}" if whole else str(len(guests)),))


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
            (str(roll.registered), rubles(roll.registered_kopecks), f"{share} %", quorum),
        )


def quorum_sentence(meeting: Meeting) -> str:
    """Of a failed meeting why it failed; of one that was held, that the quorum is stated with each question."""
    if meeting.status == "cancelled":
        return MINUTES["quorum_of_cancelled"]
    if meeting.status != "failed":
        return MINUTES["quorum_by_question"]
    if meeting.the_card.form != "in_person":
        return MINUTES["no_quorum_at_all"]
    last = meeting.rolls[-1]
    context = context_of(meeting.the_card)
    return explain_quorum(quorum(last.total_kopecks, last.present_kopecks, context, PROFILE))
