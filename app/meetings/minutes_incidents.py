"""What went otherwise than planned, for the minutes: recesses, corrections, lost history, other names, doubtful certificates."""

from collections.abc import Iterator, Sequence

from app.meetings.doubts_view import certificate_name
from app.meetings.joins import Texts, creditor_name, masked_phone, person_name, reason_of
from app.meetings.minutes_row import Row
from app.meetings.model import Meeting, Opened, Reviewed, Voting
from app.meetings.revoked import effect_text, revoked
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
        names = [creditor_name(meeting, texts, creditor) for creditor in one.creditors]
        effect = UNCHECKED[one.may_change]
        yield certificates_row(meeting, one.voting, whole, names, one.kopecks, effect)


def revoked_rows(meeting: Meeting, texts: Texts, whole: bool) -> Iterator[Row]:
    """Which ballots' certificates were found revoked, how many votes they are, what the count gives without them."""
    for one in revoked(meeting):
        names = [revoked_name(meeting, texts, one.voting, creditor) for creditor in one.creditors]
        effect = effect_text(meeting, texts, one)
        yield certificates_row(meeting, one.voting, whole, names, one.kopecks, effect)


def certificates_row(
    meeting: Meeting, voting: Voting, whole: bool, names: Sequence[str], kopecks: int, effect: str
) -> Row:
    """Of a closed voting participants read numbers only: whether its decision hangs on some ballots tells of the choices."""
    question = meeting.questions[voting.question]
    label = MINUTES["unchecked_voting"].format(number=question.number, voting=voting.number)
    if whole or question.secrecy == "open":
        named = MINUTES["unchecked_of"].format(count=len(names), names="; ".join(names))
        return Row(label, (named, rubles(kopecks), effect))
    told = MINUTES["effect_hidden"] if voting.number in meeting.results else effect
    return Row(label, (str(len(names)), rubles(kopecks), told))


def revoked_name(meeting: Meeting, texts: Texts, voting: Voting, creditor: str) -> str:
    """With a word where his votes went for nothing anyway."""
    name = creditor_name(meeting, texts, creditor)
    if voting.counts_without(creditor):
        return MINUTES["revoked_set_aside"].format(name=name)
    is_invalid = creditor in meeting.opened.get(voting.number, Opened()).grounds
    return MINUTES["revoked_invalid"].format(name=name) if is_invalid else name


def hurried_sentence(meeting: Meeting, texts: Texts) -> str:
    hurried = meeting.hurried
    if hurried is None:
        return ""
    at = moment(hurried.at, meeting.the_card.timezone, seconds=True)
    reason = reason_of(texts, hurried.reason) or GONE
    return MINUTES["hurried"].format(at=at, ballots=hurried.ballots, reason=reason)
