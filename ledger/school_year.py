"""The school year of a moment: from 1 August to 31 July."""

from __future__ import annotations

from datetime import datetime

_FIRST_MONTH = 8


def school_year(at: datetime) -> str:
    """Such as ``2019-20``."""
    first = at.year if at.month >= _FIRST_MONTH else at.year - 1
    return f"{first}-{(first + 1) % 100:02}"
