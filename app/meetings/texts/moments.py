"""Times as people read them, in the meeting's own zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.kernel.clock import Micros

ZONES = {"Europe/Moscow": "московское"}


def moment(at: Micros | None, timezone: str, *, seconds: bool = False) -> str:
    """«21.11.2026 14:05» in the meeting's own time; where clocks went back and it came twice, with which of the two."""
    if at is None:
        return "—"
    local = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(ZoneInfo(timezone))
    shown = local.strftime("%d.%m.%Y %H:%M:%S" if seconds else "%d.%m.%Y %H:%M")
    came_twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    return f"{shown} ({_from_utc(local)})" if came_twice else shown


def zone_text(timezone: str, at: Micros | None) -> str:
    """«московское (UTC+3)», and of another zone its name with what it was from UTC at the moment `at`."""
    local = datetime.fromtimestamp((at or 0) // 1_000_000, UTC).astimezone(ZoneInfo(timezone))
    return f"{ZONES.get(timezone, timezone)} ({_from_utc(local)})"


def _from_utc(local: datetime) -> str:
    """«UTC+3», «UTC−3:30», «UTC»."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "" if not minutes else "−" if minutes < 0 else "+"
    return f"UTC{sign}{hours or ''}{f':{rest:02}' if rest else ''}"
