"""The minutes as a sheet for typst: the same words and rows as on the page, with the head of the log and the signers."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.documents.model import Document, Stamp
from app.documents.render import Sheet
from app.documents.service import shown
from app.kernel.canonical import canonical
from app.kernel.clock import Micros
from app.kernel.log.model import Position
from app.meetings.bulletin import footer
from app.meetings.joins import Texts, text_of
from app.meetings.minutes import minutes_of
from app.meetings.minutes_proof import head_rows
from app.meetings.minutes_row import Row
from app.meetings.model import Meeting
from app.meetings.refusals import MinutesChanged
from app.meetings.texts.minutes import MINUTES, MINUTES_FILE
from app.meetings.texts.moments import moment
from app.meetings.texts.words import GONE

TABLES = frozenset(
    {"attendance", "rolls", "order", "totals", "ballots", "annulled", "missed", "signed", "recesses"}
    | {"corrections", "losses", "damaged", "reviews", "phones", "unchecked", "revoked"}
)

HEAD_KEYWORD = "kvorum-head"
"""In the metadata of the file, so that a program can read the head of the log that its signers sign."""
SAID_KEYWORD = "kvorum-said"
"""There too: SHA-256 of everything in the file that log and texts say."""


def minutes_sheet(
    meeting: Meeting,
    texts: Texts,
    head: Position,
    whole: bool,
    made_at: Micros,
    other_sha256: str | None,
    stamp: Stamp | None = None,
) -> Sheet:
    """`other_sha256`: of the whole edition, printed in the participants' one, or of the same file without a stamp.

    `stamp` stands where a sole signer would sign by hand. Not over yet: a draft.
    """
    edition = asdict(minutes_of(meeting, texts, whole))
    words = {**MINUTES, "agenda": MINUTES_FILE["agenda"]}
    data: dict[str, Any] = plain(edition)
    zone = meeting.the_card.timezone
    chairman = text_of(texts, meeting.the_card.text).get("organizer_name", GONE)
    signers = [(MINUTES_FILE["chairman"], chairman), (MINUTES_FILE["secretary"], "")]
    other = MINUTES_FILE["whole_sha256" if stamp is None else "plain_sha256"]
    data |= {
        "footer": footer(meeting, texts),
        "keywords": [f"{HEAD_KEYWORD}:{head.at}:{head.mark.hex()}", said_keyword(words, edition)],
        "subtitle": MINUTES_FILE["subtitle_whole" if whole else "subtitle_open"],
        "signers": signers if whole and stamp is None else [],
        "stamp": None if stamp is None else shown(stamp, zone),
        "stamp_label": MINUTES_FILE["chairman"],
        "proof": [
            *data["proof"],
            *((row.label, row.values[0]) for row in head_rows(head)),
            (MINUTES_FILE["made"], moment(made_at, zone, seconds=True)),
            *([(other, other_sha256)] if other_sha256 else []),
        ],
    }
    return Sheet("minutes", words, data, made_at, is_draft=not meeting.is_over)


def said_keyword(words: Mapping[str, str], edition: Mapping[str, Any]) -> str:
    return f"{SAID_KEYWORD}:{hashlib.sha256(canonical([words, edition])).hexdigest()}"


def stamped_sheet(
    meeting: Meeting, texts: Texts, head: Position, made_at: Micros, stored: Document, stamp: Stamp
) -> Sheet:
    """The stored file once more, with the stamp. Raises MinutesChanged when it would say anything else."""
    sheet = minutes_sheet(meeting, texts, head, True, made_at, stored.sha256, stamp)
    _, said = sheet.data["keywords"]
    if said.encode() not in stored.content:
        raise MinutesChanged
    return sheet


def plain(value: Any, key: str = "") -> Any:
    """Rows as pairs, in tables as flat lines; everything else as it is."""
    if isinstance(value, dict) and value.keys() == Row.__dataclass_fields__.keys():
        return [value["label"], *value["values"]] if key in TABLES else (value["label"], value["values"][0])
    if isinstance(value, dict):
        return {name: plain(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, key) for item in value]
    return value
