"""Are events dated in the order of the log, and between the checkpoints that enclose them?"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from ledger.audit.report import Divergence
from ledger.clock import TOLERANCE, Clock, Correction
from ledger.recorders import NO_TIME


@dataclass(frozen=True)
class Bound:
    """A checkpoint as a bound of time: what it covers was recorded before ``seen``, the first time
    at which the log or a witness signed it, and what follows after ``signed``, when the log did.

    A witness's time bounds nothing that follows: it may have come long after the log's.
    """

    size: int
    signed: datetime
    seen: datetime


class Chronology:
    """Takes events in the order of the log. Times are not compared across an operator's event
    that put a log right which was ahead, nor is what that names as having been ahead a breach."""

    def __init__(self, bounds: Sequence[Bound] = ()) -> None:
        self.newest = NO_TIME
        """The latest time so far, since the clock was last put right."""

        self._signed = NO_TIME
        self._bounds = sorted(bounds, key=lambda bound: bound.size)
        earliest = accumulate((bound.seen for bound in reversed(self._bounds)), min)
        self._before = list(earliest)[::-1]
        self._next = 0
        self._corrections: list[tuple[int, Correction]] = []
        self._found: list[tuple[datetime, Divergence]] = []

    def take(self, position: int, event: Any) -> None:
        """The next event."""
        time = _time(event, "timestamp")
        place = f"event {position}"
        self._pass_bounds(position)
        if isinstance(event, Clock.PutRight | Clock.PutRightAgain):
            ledger_time = _time(event, "ledger_time")
            if self.newest - ledger_time > TOLERANCE:
                self._tell(self.newest, position, place, "it names another time than the log's")
            self._corrections.append((position, Correction(ledger_time, time)))
            self.newest = self._signed = NO_TIME
        elif self.newest - time > TOLERANCE:
            words = f"it is dated {time}, and an event that precedes it {self.newest}"
            self._tell(self.newest, position, place, words)
        elif self._signed - time > TOLERANCE:
            words = f"it is dated {time}, and a checkpoint that precedes it {self._signed}"
            self._tell(self._signed, position, place, words)
        if self._next < len(self._bounds) and time - self._before[self._next] > TOLERANCE:
            before = self._before[self._next]
            words = f"it is dated {time}, and a checkpoint that covers it was there at {before}"
            self._tell(time, position, place, words)
        self.newest = max(self.newest, time)

    def divergences(self) -> Iterator[Divergence]:
        """At the log's end: what is misdated, and was not named as ahead by a later correction."""
        self._pass_bounds(sys.maxsize)
        for later, divergence in self._found:
            named = (c.names(later) for at, c in self._corrections if at > divergence.position)
            if not any(named):
                yield divergence

    def notes(self) -> Iterator[str]:
        """Every time that the clock was put right."""
        for position, correction in self._corrections:
            yield (
                f"event {position}: the clock was put right; the log was at "
                f"{correction.ledger_time}, and it was {correction.true_time}"
            )

    def _pass_bounds(self, position: int) -> None:
        """Every checkpoint that covers nothing at ``position`` or later."""
        while self._next < len(self._bounds) and self._bounds[self._next].size <= position:
            self._pass(self._bounds[self._next])
            self._next += 1

    def _pass(self, bound: Bound) -> None:
        place = f"checkpoint of {bound.size}"
        if self._signed - bound.signed > TOLERANCE:
            words = f"it is dated {bound.signed}, and an earlier one {self._signed}"
            self._tell(self._signed, bound.size - 1, place, words)
        if bound.signed - bound.seen > TOLERANCE:
            words = f"it is dated {bound.signed}, and a witness had it at {bound.seen}"
            self._tell(bound.signed, bound.size - 1, place, words)
        self._signed = max(self._signed, bound.signed)

    def _tell(self, later: datetime, position: int, place: str, words: str) -> None:
        self._found.append((later, Divergence(position, "misdated", place, words)))


def _time(event: Any, name: str) -> datetime:
    """A time as we record it. Of anything else that stands there, or of nothing, the earliest of
    all, so that it is told: whatever may be written where no rule was kept."""
    time = getattr(event, name, None)
    return time if isinstance(time, datetime) and time.tzinfo is not None else NO_TIME
