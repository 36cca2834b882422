"""The short card of a meeting from the part «собрание» of an agenda file."""

import re
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from stdnum.ru import inn

from app.kernel.clock import Micros
from app.meetings.draft import Card
from app.meetings.importing import texts
from app.meetings.importing.contacts import is_email
from app.meetings.importing.place import Place, yes
from app.meetings.importing.report import Faults
from app.meetings.phones import normal_phone

KEYS = (
    "должник",
    "инн",
    "адрес должника",
    "дело",
    "суд",
    "процедура",
    "форма",
    "повторное",
    "начало",
    "окончание",
    "часовой пояс",
    "место",
    "организатор",
    "телефон",
    "почта",
)
DEFAULT_ZONE = "Europe/Moscow"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?")


def read(node: Any, now: Micros, faults: Faults) -> Card:
    """The card; with a stop among `faults` it must not be used."""
    place = Place("собрание", node, KEYS, faults)
    zone = _zone(place)
    starts_at = _time(place, "начало", zone) or 0
    if 0 < starts_at < now:
        place.warn("начало", "agenda_past")
    form = place.choice("форма", texts.FORMS)
    return Card(
        debtor=place.text("должник", 300),
        debtor_inn=_inn(place),
        case_no=place.text("дело", 60),
        court=place.text("суд", 300),
        procedure=cast(Any, place.choice("процедура", texts.PROCEDURES)),
        form=cast(Any, form),
        repeated=yes(place, "повторное"),
        starts_at=starts_at,
        ends_at=_end(place, form, starts_at, zone),
        place=place.text("место", 300),
        organizer_name=place.text("организатор", 200),
        organizer_phone=_phone(place),
        organizer_email=_email(place),
        timezone=zone.key,
        debtor_address=place.text_if_any("адрес должника", 300),
    )


def _zone(place: Place) -> ZoneInfo:
    typed = place.text_if_any("часовой пояс", 60) or DEFAULT_ZONE
    try:
        return ZoneInfo(typed)
    except (
        OSError,
        ValueError,
        KeyError,
    ):  # ZoneInfoNotFoundError is a KeyError; a folder name gives OSError
        place.stop("часовой пояс", "agenda_bad_zone", typed=typed)
        return ZoneInfo(DEFAULT_ZONE)


def _time(place: Place, key: str, zone: ZoneInfo) -> Micros | None:
    typed = place.text(key, 40)
    if not typed:
        return None
    found = _TIME.fullmatch(typed)
    try:
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=zone) if found else None
    except ValueError:
        local = None
    if local is None:
        place.stop(key, "agenda_bad_date", typed=typed)
        return None
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        place.stop(key, "agenda_no_such_hour", typed=typed)
        return None
    return round((local - _EPOCH).total_seconds()) * 1_000_000


def _end(place: Place, form: str, starts_at: Micros, zone: ZoneInfo) -> Micros | None:
    """Absentee and mixed meetings have a last minute for ballots; a meeting in person has none."""
    if form == "in_person":
        if place.has("окончание"):
            place.stop("окончание", "agenda_end_not_needed")
        return None
    if not place.has("окончание"):
        place.stop("окончание", "agenda_end_needed")
        return None
    ends_at = _time(place, "окончание", zone)
    if ends_at is not None and ends_at <= starts_at:
        place.stop("окончание", "agenda_end_before_start")
    return ends_at


def _inn(place: Place) -> str | None:
    typed = place.text_if_any("инн", 20)
    if typed and not inn.is_valid(typed):
        place.stop("инн", "agenda_bad_inn")
    return typed or None


def _phone(place: Place) -> str:
    typed = place.text("телефон", 60)
    if typed and normal_phone(typed) is None:
        place.stop("телефон", "agenda_bad_phone", typed=typed)
    return typed


def _email(place: Place) -> str | None:
    typed = place.text_if_any("почта", 254)
    if typed and not is_email(typed):
        place.stop("почта", "agenda_bad_email", typed=typed)
    return typed or None
