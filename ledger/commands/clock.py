"""The operator's command on a log that was ahead of time."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.clock import CLOCK_ID, Clock
from ledger.commands.desk import Desk, Outcome, command
from ledger.errors import NotPermitted
from ledger.permissions import may
from ledger.record import Act


@dataclass(frozen=True)
class Clocks:
    desk: Desk

    @command("clock.put-right", in_time=False)
    def put_right(self, act: Act) -> Outcome:
        """Say that the log was ahead: what is recorded from now on is dated by this clock again.

        Only the deployment itself may. Raises RuleBroken when the log is not ahead.
        """
        if not may(act.caller.role, "clock.put-right"):
            raise NotPermitted("a clock is put right from the command line")
        log_time = self.desk.store.newest()
        clock = self.desk.store.find(Clock, CLOCK_ID)
        if clock is None:
            clock = Clock.first(act, log_time)
        else:
            clock.put_right(act, log_time)
        return Outcome.of(clock, logTime=log_time.isoformat(), trueTime=act.at.isoformat())
