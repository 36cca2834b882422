"""The list of access links for paper: a slip with a QR code for each person, six to a page."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.accounts.model import Link
from app.meetings.links import texts
from app.meetings.view_types import MeetingView

_FOLDER = Path(__file__).parent
_STYLE = (_FOLDER / "printout.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of the page: its own style and nothing else."""

_PAGES = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)

_MASK = 2
"""Any of the eight masks reads; choosing the best of them would take three quarters of the time."""


@dataclass(frozen=True, slots=True)
class Slip:
    name: str
    role: str
    url: str
    code: Markup
    signing: str


def page(meeting: MeetingView, links: tuple[Link, ...], phones: Mapping[str, str | None]) -> str:
    """A whole HTML document; some 3 ms a person, so call it in a thread. `phones`, masked, by person: where codes go."""
    return _PAGES.get_template("printout.html").render(
        words=texts.PRINTOUT,
        style=Markup(_STYLE),  # noqa: S704 - our own file
        meeting=meeting,
        starts=_local(meeting.starts_at_ms, meeting.timezone),
        slips=[_slip(link, signing_of(meeting, link, phones)) for link in links],
    )


def signing_of(meeting: MeetingView, link: Link, phones: Mapping[str, str | None]) -> str:
    """What a participant needs to sign with; nothing for those who do not vote, or where nobody signs."""
    if link.seat.role != "participant":
        return ""
    phone = phones.get(link.seat.person)
    if meeting.signature_policy == "simple" and phone is None:
        return texts.NO_PHONE
    return texts.SIGNING[meeting.signature_policy].format(phone=phone)


def _slip(link: Link, signing: str) -> Slip:
    code = segno.make(link.url, error="m", micro=False, boost_error=False, mask=_MASK)
    role = texts.ROLES[link.seat.role]
    drawn = code.svg_inline(omitsize=True, border=4)
    return Slip(link.seat.name, role, link.url, Markup(drawn), signing)  # noqa: S704 - drawn by segno


def _local(at_ms: int, timezone: str) -> str:
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(timezone))
    offset = local.strftime("%z")
    return f"{local:%d.%m.%Y %H:%M} (UTC{offset[:3]}:{offset[3:]})"
