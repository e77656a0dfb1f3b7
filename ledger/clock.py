"""Time in the log: how far apart neighbours may be dated, and how a wrong clock is put right.

A command is dated by this server's clock, but never before what it rests on: within the tolerance
time stands still until the clock has caught up, beyond it commands are refused. So an honest log
is in the order of time, give or take the tolerance, however many servers write it.

A clock that was ahead would hold everybody up until its time comes. An operator's event puts that
right: it names both times, order is not compared across it, and every audit tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import NAMESPACE_URL, uuid5

from ledger.aggregate import Aggregate, FoundingEvent
from ledger.context import Context
from ledger.errors import RuleBroken, Unavailable

TOLERANCE = timedelta(minutes=1)
"""How far an event may be dated before one that precedes it in the log."""

NOT_AHEAD = ("clock-right", "the log is not ahead: there is nothing to put right")
"""The code and the words of a refusal to put right what is right."""

CLOCK_ID = uuid5(NAMESPACE_URL, "testamur:clock")
"""The stream of a ledger's clock."""


class ClockBehind(Unavailable):
    """This server's clock is further behind the log than the tolerance allows."""

    def __init__(self, now: datetime, newest: datetime) -> None:
        super().__init__(
            "clock-behind",
            f"this server's clock says {now:%Y-%m-%d %H:%M:%S} UTC, and the log is already at "
            f"{newest:%Y-%m-%d %H:%M:%S}; nothing is recorded before whoever runs this ledger has "
            "set the clock, or put right a log that was ahead (testamur clock put-right)",
        )


@dataclass(frozen=True)
class Correction:
    """The log said ``log_time`` when it was ``true_time``."""

    log_time: datetime
    true_time: datetime

    def names(self, time: datetime) -> bool:
        """Whether a time is one of those that were ahead."""
        return self.true_time < time <= self.log_time


class Clock(Aggregate):
    """Every time that a log which was ahead was put right."""

    TOPIC = "ledger.Clock"

    class PutRight(FoundingEvent):
        TOPIC = "ledger.Clock.PutRight"

        log_time: datetime

    class PutRightAgain(Aggregate.Event):
        TOPIC = "ledger.Clock.PutRightAgain"

        log_time: datetime

        def apply(self, clock: Clock) -> None:
            clock.corrections.append(Correction(self.log_time, self.timestamp))

    def __init__(self, *, log_time: datetime) -> None:
        self.corrections = [Correction(log_time, self.created_on)]

    @classmethod
    def first(cls, context: Context, log_time: datetime) -> Self:
        """Put the log right for the first time. Raises RuleBroken when it is not ahead."""
        must_be_ahead(context, log_time)
        return cls.begin(cls.PutRight, context, CLOCK_ID, log_time=log_time)

    def put_right(self, context: Context, log_time: datetime) -> None:
        """Put it right once more. Raises RuleBroken when the log is not ahead."""
        must_be_ahead(context, log_time)
        self.record(self.PutRightAgain, context, log_time=log_time)

    def names(self, time: datetime) -> bool:
        """Whether a time was ahead and has been put right."""
        return any(correction.names(time) for correction in self.corrections)


def must_be_ahead(context: Context, log_time: datetime) -> None:
    """Raises RuleBroken unless the log is ahead of the command by more than the tolerance."""
    if log_time - context.at <= TOLERANCE:
        raise RuleBroken(*NOT_AHEAD)
