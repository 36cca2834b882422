"""The minutes as a sheet for typst: the same words and rows as on the page, with the head of the log and the signers."""

from dataclasses import asdict
from typing import Any

from app.documents.render import Sheet
from app.kernel.clock import Micros
from app.kernel.log.model import Position
from app.meetings.bulletin import footer
from app.meetings.joins import Texts, text_of
from app.meetings.minutes import Row, minutes_of
from app.meetings.model import Meeting
from app.meetings.texts import GONE, MINUTES, MINUTES_FILE, moment

TABLES = frozenset(
    {"attendance", "rolls", "order", "totals", "ballots", "annulled", "missed", "signed", "recesses"}
    | {"corrections", "losses", "damaged", "reviews", "unchecked"}
)


def minutes_sheet(
    meeting: Meeting, texts: Texts, head: Position, whole: bool, made_at: Micros, whole_sha256: str | None
) -> Sheet:
    """`whole_sha256`: of the signed whole edition, printed in the participants' one. Not over yet: a draft."""
    document = minutes_of(meeting, texts, whole)
    data: dict[str, Any] = plain(asdict(document))
    zone = meeting.the_card.timezone
    chairman = text_of(texts, meeting.the_card.text).get("organizer_name", GONE)
    data |= {
        "footer": footer(meeting, texts),
        "subtitle": MINUTES_FILE["subtitle_whole" if whole else "subtitle_open"],
        "signers": [(MINUTES_FILE["chairman"], chairman), (MINUTES_FILE["secretary"], "")] if whole else [],
        "proof": [
            *data["proof"],
            (MINUTES_FILE["head"], MINUTES_FILE["head_text"].format(head.at)),
            (MINUTES_FILE["head_mark"], head.mark.hex()),
            (MINUTES_FILE["made"], moment(made_at, zone, seconds=True)),
            *([(MINUTES_FILE["whole_sha256"], whole_sha256)] if whole_sha256 else []),
        ],
    }
    words = {**MINUTES, "agenda": MINUTES_FILE["agenda"]}
    return Sheet("minutes", words, data, made_at, is_draft=not meeting.is_over)


def plain(value: Any, key: str = "") -> Any:
    """Rows as pairs, in tables as flat lines; everything else as it is."""
    if isinstance(value, dict) and value.keys() == Row.__dataclass_fields__.keys():
        return [value["label"], *value["values"]] if key in TABLES else (value["label"], value["values"][0])
    if isinstance(value, dict):
        return {name: plain(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, key) for item in value]
    return value
