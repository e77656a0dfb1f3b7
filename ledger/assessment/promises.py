"""By when an educator is promised an answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

_FRIDAY = 4


def due_on(since: datetime, days: int) -> date:
    """The day by which a round is judged that was submitted ``since``: so many business days on.

    Business days are weekdays, in UTC, until an organization has a calendar of its own.
    """
    day = since.date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() <= _FRIDAY
    return day


def late_since(today: date, days: int) -> datetime:
    """What was submitted before this moment, and is not judged yet, is late ``today``."""
    day = today
    while due_on(datetime.combine(day - timedelta(days=1), time()), days) >= today:
        day -= timedelta(days=1)
    return datetime.combine(day, time(), UTC)
