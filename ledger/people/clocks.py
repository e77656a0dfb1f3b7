"""The operator's decision on a ledger that was ahead of time."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from ledger.clock import CLOCK_ID, Clock
from ledger.command import Answer, Command, CommandEvents, Repository
from ledger.context import Context
from ledger.preparer import Preparer


class ClockPutRight(Answer):
    ledger_time: datetime
    true_time: datetime


class PutClockRight(Command[datetime, ClockPutRight]):
    """Say that the ledger was ahead: what is recorded from now on is dated by this clock again. Its
    finding is the time that the ledger is at."""

    NAME = "clock.put-right"
    ANSWER: ClassVar[type[Answer]] = ClockPutRight
    IN_TIME = False

    def unit(self, _repository: Repository, _context: Context) -> None:
        return None

    def prepare(self, preparer: Preparer, _repository: Repository, _context: Context) -> datetime:
        return preparer.ledger_time()

    def decide(self, repository: Repository, context: Context, found: datetime) -> ClockPutRight:
        clock = repository.find(Clock, CLOCK_ID)
        if clock is None:
            clock = Clock.first(context, found)
            repository.add(clock)
        else:
            clock.put_right(context, found)
        return ClockPutRight.of(clock, ledger_time=found, true_time=context.at)

    @classmethod
    def rebuild(cls, events: CommandEvents) -> tuple[Self, datetime]:
        first = events.maybe(Clock.PutRight)
        e = first or events.one(Clock.PutRightAgain)
        return cls.rebuilt(), e.ledger_time
