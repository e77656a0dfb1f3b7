"""Times as people type them."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

_AGO = re.compile(r"(\d{1,5})\s+(minute|hour|day|week)s?(\s+ago)?", re.ASCII)
_UNIT = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}

EXAMPLES = "2026-03-01, 2026-03-01T14:30, today, yesterday, '3 days ago'"


def moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The moment that is meant: a time as ISO 8601 writes it, ``zone``'s where it names none; the
    beginning of today or yesterday; or so long ago. Raises ValueError."""
    asked = " ".join(text.lower().split())
    today = now.astimezone(zone).date()
    if asked in ("today", "yesterday"):
        day = today - timedelta(days=asked == "yesterday")
        return datetime.combine(day, time(), zone)
    if ago := _AGO.fullmatch(asked):
        return now - int(ago[1]) * _UNIT[ago[2]]
    at = datetime.fromisoformat(text.strip())
    return at if at.tzinfo else at.replace(tzinfo=zone)
