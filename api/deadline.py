"""Until when a piece of work may take, on a clock that nobody sets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, order=True)
class Deadline:
    """A moment of ``time.monotonic()``."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds until then; none once it has passed."""
        return max(0.0, self.at - time.monotonic())
