"""Many awards at once, each with its own answer: one that is refused stops no other, and asked for
again an award is not made twice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from api.wiring import Testamur
from badges.errors import BadgesError
from keys.errors import KeysError
from ledger.awards import IssueAward
from ledger.bus import Request
from ledger.context import Caller
from ledger.errors import LedgerError
from ledger.recorders import ClaimTaken
from ledger.value import Value


class Outcome(Value):
    """What became of one submission: its award, or the problem's ``code`` and ``why``."""

    submission: UUID
    award: UUID | None = None
    code: str = ""
    why: str = ""


def award_each(app: Testamur, caller: Caller, submissions: Sequence[UUID]) -> list[Outcome]:
    """Award these submissions one after the other, each in a transaction of its own."""
    return [_award(app, caller, submission) for submission in submissions]


def award_together(app: Testamur, caller: Caller, submissions: Sequence[UUID]) -> list[Outcome]:
    """The same in one transaction, for a program of its own; in one each when somebody was
    faster."""
    try:
        with app.store.together():
            return award_each(app, caller, submissions)
    except ClaimTaken:
        return award_each(app, caller, submissions)


def _award(app: Testamur, caller: Caller, submission: UUID) -> Outcome:
    request = Request(caller, key=f"issue:{submission}")
    try:
        award = app.bus.execute(request, IssueAward(submission=submission)).id
    except LedgerError as error:
        return _refused(submission, error.code, error)
    except BadgesError as error:
        return _refused(submission, "credential-not-fit", error)
    except KeysError as error:
        return _refused(submission, "internal", error)
    return Outcome.rebuilt(submission=submission, award=award, code="", why="")


def _refused(submission: UUID, code: str, error: Exception) -> Outcome:
    return Outcome.rebuilt(submission=submission, award=None, code=code, why=str(error))
