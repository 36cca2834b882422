"""The minutes as printable HTML, or the minutes of a meeting that did not take place; pure in (state, texts, role).

There are two editions. The organizer's and the registrar's is whole. Participants and observers read theirs when the
meeting is over: without the documents of those registered, and of closed votings without any table by name. The parts
are put together here; each stands in a `minutes_…` module of its own.
Law: 127-ФЗ, art. 12 p. 7; contents by п. 10 of постановление № 56, as far as the log holds them.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from app.kernel.log.model import Position
from app.meetings.joins import Texts, reason_of, text_of
from app.meetings.minutes_incidents import (
    correction_rows,
    hurried_sentence,
    loss_rows,
    phone_rows,
    recess_rows,
    review_rows,
    revoked_rows,
    unchecked_rows,
)
from app.meetings.minutes_journal import attendance_rows, guest_rows, quorum_sentence, roll_rows
from app.meetings.minutes_proof import head_rows, proof_rows
from app.meetings.minutes_questions import QuestionSection, order_rows, question_section
from app.meetings.minutes_row import Row
from app.meetings.model import Meeting, Role
from app.meetings.texts.minutes import MINUTES
from app.meetings.texts.moments import moment, zone_text
from app.meetings.texts.words import FORMS, GONE, STATUSES, procedure_text

_STYLE = (Path(__file__).parent / "templates/minutes.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of the page: its own style and nothing else."""
WHOLE: tuple[Role, ...] = ("organizer", "registrar")
"""Who reads every name and document, and a draft before the end."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """Everything that the template prints; all words are already people's words."""

    title: str
    status: str
    card: tuple[Row, ...]
    attendance: tuple[Row, ...]
    guests: tuple[Row, ...]
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
    revoked: tuple[Row, ...]
    proof: tuple[Row, ...]


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
        guests=tuple(guest_rows(meeting, texts, whole)),
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
        revoked=tuple(revoked_rows(meeting, texts, whole)),
        proof=tuple(proof_rows(meeting, texts)),
    )


def title_of(meeting: Meeting) -> str:
    titles = {"ended": "title", "failed": "title_failed", "cancelled": "title_cancelled"}
    return MINUTES[titles.get(meeting.status, "title_draft")]


def card_rows(meeting: Meeting, texts: Texts) -> Iterator[Row]:
    card = meeting.the_card
    text = text_of(texts, card.text)
    zone = card.timezone
    yield Row(MINUTES["debtor"], (text.get("debtor", GONE),))
    if text.get("debtor_address"):
        yield Row(MINUTES["debtor_address"], (text["debtor_address"],))
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
