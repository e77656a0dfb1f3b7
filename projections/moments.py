"""How read models keep a moment: as text that sorts as time does, in every engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def moment(at: datetime) -> str: ...
@overload
def moment(at: None) -> None: ...
def moment(at: datetime | None) -> str | None:
    """UTC to the second, such as ``2026-03-02T09:00:00+00:00``."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")
