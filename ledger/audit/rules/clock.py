"""The clock put right."""

from __future__ import annotations

from typing import Any

from ledger.audit.examiner import Examiner, redo
from ledger.audit.rules.words import must
from ledger.clock import Clock
from ledger.record import Act


@redo(Clock.PutRight)
@redo(Clock.PutRightAgain)
def _(_x: Examiner, clock: Clock | None, e: Any, act: Act) -> Clock:
    operator = (act.caller.role, act.command) == ("system", "clock.put-right")
    must(operator, "a clock is put right by the deployment only")
    if clock is None:
        return Clock.first(act, e.log_time)
    clock.put_right(act, e.log_time)
    return clock
