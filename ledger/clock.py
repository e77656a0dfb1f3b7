"""Time in the ledger: how far apart neighbours may be dated, and how a wrong clock is put right.

A command is dated by this server's clock, but never before what it rests on: within the tolerance
time stands still until the clock has caught up, beyond it commands are refused. So an honest ledger
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
"""How far an event may be dated before one that precedes it in the ledger."""

NOT_AHEAD = ("clock-right", "the ledger is not ahead: there is nothing to put right")
"""The code and the words of a refusal to put right what is right."""

CLOCK_ID = uuid5(NAMESPACE_URL, "testamur:clock")
"""The stream of a ledger's clock."""


class ClockBehind(Unavailable):
    """This server's clock is further behind the ledger than the tolerance allows."""

    def __init__(self, now: datetime, newest: datetime) -> None:
        super().__init__(
            "clock-behind",
            f"this server's clock says {now:%Y-%m-%d %H:%M:%S} UTC, and the ledger is already at "
            f"{newest:%Y-%m-%d %H:%M:%S}; nothing is recorded before whoever runs this ledger has "
            "set the clock, or put right a ledger that was ahead (testamur clock put-right)",
        )


@dataclass(frozen=True)
class Correction:
    """The ledger said ``ledger_time`` when it was ``true_time``."""

    ledger_time: datetime
    true_time: datetime

    def names(self, time: datetime) -> bool:
        """Whether a time is one of those that were ahead."""
        return self.true_time < time <= self.ledger_time


class Clock(Aggregate):
    """Every time that a ledger which was ahead was put right."""

    TOPIC = "ledger.Clock"

    class PutRight(FoundingEvent):
        TOPIC = "ledger.Clock.PutRight"

        ledger_time: datetime

    class PutRightAgain(Aggregate.Event):
        TOPIC = "ledger.Clock.PutRightAgain"

        ledger_time: datetime

        def apply(self, clock: Clock) -> None:
            clock.corrections.append(Correction(self.ledger_time, self.timestamp))

    def __init__(self, *, ledger_time: datetime) -> None:
        self.corrections = [Correction(ledger_time, self.created_on)]

    @classmethod
    def first(cls, context: Context, ledger_time: datetime) -> Self:
        """Put the ledger right for the first time. Raises RuleBroken when it is not ahead."""
        must_be_ahead(context, ledger_time)
        return cls.begin(cls.PutRight, context, CLOCK_ID, ledger_time=ledger_time)

    def put_right(self, context: Context, ledger_time: datetime) -> None:
        """Put it right once more. Raises RuleBroken when the ledger is not ahead."""
        must_be_ahead(context, ledger_time)
        self.record(self.PutRightAgain, context, ledger_time=ledger_time)

    def names(self, time: datetime) -> bool:
        """Whether a time was ahead and has been put right."""
        return any(correction.names(time) for correction in self.corrections)


def must_be_ahead(context: Context, ledger_time: datetime) -> None:
    """Raises RuleBroken unless the ledger is ahead of the command by more than the tolerance."""
    if ledger_time - context.at <= TOLERANCE:
        raise RuleBroken(*NOT_AHEAD)
