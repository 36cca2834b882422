"""What went otherwise than planned, for the minutes: recesses, corrections, lost history, other names, lists unchecked."""

from collections.abc import Iterator

from app.meetings.doubts_view import certificate_name
from app.meetings.joins import Texts, creditor_name, masked_phone, person_name, reason_of
from app.meetings.minutes_row import Row
from app.meetings.model import Meeting, Reviewed
from app.meetings.texts.minutes import MINUTES, REVIEWED, UNCHECKED
from app.meetings.texts.moments import moment
from app.meetings.texts.words import GONE
from app.meetings.unchecked import unchecked
from tally.money import rubles


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


def review_rows(meeting: Meeting, texts: Texts, whole: bool) -> Iterator[Row]:
    """Signers in another name, and every decision of the organizer; the names stand in the whole edition only."""
    for review in meeting.reviews.values():
        name = person_name(meeting, texts, review.person) if whole else "—"
        other = certificate_name(texts, review) if whole else "—"
        for decided in review.decisions or (None,):
            yield Row(name, (other, review.serial, decision_text(meeting, texts, decided)))


def decision_text(meeting: Meeting, texts: Texts, decided: Reviewed | None) -> str:
    if decided is None:
        return MINUTES["not_reviewed"]
    at = moment(decided.at, meeting.the_card.timezone, seconds=True)
    return REVIEWED[decided.accepted].format(at=at, reason=reason_of(texts, decided.reason))


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
        yield Row(label, (count if is_told else str(len(one.creditors)), rubles(one.kopecks), effect))


def hurried_sentence(meeting: Meeting, texts: Texts) -> str:
    hurried = meeting.hurried
    if hurried is None:
        return ""
    at = moment(hurried.at, meeting.the_card.timezone, seconds=True)
    reason = reason_of(texts, hurried.reason) or GONE
    return MINUTES["hurried"].format(at=at, ballots=hurried.ballots, reason=reason)
