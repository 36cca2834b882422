"""A ballot by the forms of приказ Минэкономразвития № 235, blank or the copy of a counted one; pure in (meeting, texts, ballot).

№ 1 for / against / abstained, № 2 one of several variants, № 3 members of a committee, № 4 a manager or an organization
of managers. Law: docs/topics/documents.md tells what of the forms was confirmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.documents.model import Stamp
from app.documents.render import Sheet
from app.documents.service import shown
from app.kernel.clock import Micros
from app.meetings.commands import BallotContent
from app.meetings.joins import Texts, creditor_name, option_names, person_name, text_of
from app.meetings.model import Ballot, Meeting, Question, Voting
from app.meetings.texts.bulletin import BULLETIN, SIGNED_BY_NOBODY
from app.meetings.texts.moments import moment, zone_text
from app.meetings.texts.words import GONE
from tally.money import rubles

WORDS = {"candidate": BULLETIN["candidate"], "votes_given": BULLETIN["given"]}


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A counted ballot as it lies in the log: what its bytes say, and the certificate under them, if it was signed."""

    voting: Voting
    ballot: Ballot
    content: BallotContent = field(repr=False)
    sha256: str
    stamp: Stamp | None


def bulletin_sheet(meeting: Meeting, texts: Texts, bulletin: Bulletin, made_at: Micros) -> Sheet:
    """The copy says of itself that it is one; its date is the only thing in it that is not in the log."""
    voting, content = bulletin.voting, bulletin.content
    question = meeting.questions[voting.question]
    zone = meeting.the_card.timezone
    data = {
        **form(meeting, texts, question),
        "is_blank": False,
        "copy": BULLETIN["copy"].format(moment(made_at, zone), zone_text(zone, made_at)),
        "card": [
            *card(meeting, texts, meeting.opened_at or meeting.the_card.starts_at),
            (BULLETIN["voting"], str(voting.number)),
        ],
        "votes": votes(meeting, texts, bulletin),
        "options": options(texts, question, content),
        "pool": BULLETIN["pool"].format(rubles(int(content.weight_kopecks) * question.seats)),
        "demo": BULLETIN["demo"],
        "stamp": None if bulletin.stamp is None else shown(bulletin.stamp, zone),
        "unsigned": None if bulletin.stamp else SIGNED_BY_NOBODY[meeting.the_card.signature_policy],
        "signer_label": BULLETIN["signer"],
        "signer": person_name(meeting, texts, bulletin.ballot.person),
        "sums": sums(meeting, bulletin),
        "legal": BULLETIN["legal" if bulletin.stamp else "legal_unsigned"],
    }
    return Sheet("ballot", WORDS, data, made_at)


def blank_sheet(meeting: Meeting, texts: Texts, question: Question, made_at: Micros) -> Sheet:
    """The form of a question with lines to fill in by hand: whose ballot it is, his votes, the marks, the signature."""
    names = option_names(texts, question).values()
    data = {
        **form(meeting, texts, question),
        "is_blank": True,
        "copy": "",
        "card": card(meeting, texts, meeting.the_card.starts_at),
        "votes": [(BULLETIN["creditor"], ""), (BULLETIN["weight"], "")],
        "options": [{"text": name, "is_marked": False, "given": ""} for name in names],
        "pool": BULLETIN["blank_pool"].format(question.seats),
        "stamp": None,
        "signer_label": BULLETIN["blank_signer"],
        "sums": [],
    }
    return Sheet("ballot", WORDS, data, made_at)


def form(meeting: Meeting, texts: Texts, question: Question) -> dict[str, Any]:
    """What a ballot on the question says whoever fills it in."""
    text = text_of(texts, question.text)
    return {
        "title": BULLETIN["title"],
        "subtitle": BULLETIN["subtitle"],
        "footer": footer(meeting, texts),
        "form": BULLETIN[form_of(question)],
        "question": f"{BULLETIN['question']} {question.number}. {text.get('title', GONE)}",
        "wording": text.get("wording", GONE),
        "kind": question.kind,
        "explanation": BULLETIN[f"explanation_{question.kind}"],
    }


def footer(meeting: Meeting, texts: Texts) -> str:
    text = text_of(texts, meeting.the_card.text)
    return BULLETIN["footer"].format(text.get("case_no", GONE), text.get("debtor", GONE))


def form_of(question: Question) -> str:
    if question.kind == "cumulative":
        return "form_3"
    if question.kind == "yes_no":
        return "form_1"
    return "form_4" if question.topic == "manager_choice" else "form_2"


def card(meeting: Meeting, texts: Texts, date: Micros) -> list[tuple[str, str]]:
    text = text_of(texts, meeting.the_card.text)
    return [
        (BULLETIN["debtor"], text.get("debtor", GONE)),
        *([(BULLETIN["debtor_address"], text["debtor_address"])] if text.get("debtor_address") else []),
        (BULLETIN["case"], f"{text.get('case_no', GONE)}, {text.get('court', GONE)}"),
        (BULLETIN["place"], text.get("place", GONE)),
        (BULLETIN["date"], moment(date, meeting.the_card.timezone)),
    ]


def votes(meeting: Meeting, texts: Texts, bulletin: Bulletin) -> list[tuple[str, str]]:
    content = bulletin.content
    received = moment(bulletin.ballot.received_at, meeting.the_card.timezone, seconds=True)
    return [
        (BULLETIN["creditor"], creditor_name(meeting, texts, content.creditor)),
        (BULLETIN["weight"], rubles(int(content.weight_kopecks))),
        (BULLETIN["received"], received),
    ]


def options(texts: Texts, question: Question, content: BallotContent) -> list[Mapping[str, Any]]:
    marked, given = content.choices or [], content.distribution or {}
    return [
        {"text": text, "is_marked": id in marked, "given": rubles(int(given.get(id, "0")))}
        for id, text in option_names(texts, question).items()
    ]


def sums(meeting: Meeting, bulletin: Bulletin) -> list[tuple[str, str]]:
    said = "sha256_signed" if bulletin.stamp else "sha256"
    return [
        (BULLETIN[said], bulletin.sha256),
        (BULLETIN["wording_sha256"], bulletin.content.wording_sha256),
        (BULLETIN["register_sha256"], bulletin.content.register_sha256),
    ]
