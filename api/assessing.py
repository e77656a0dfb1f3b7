"""What an assessor is given, for the API and the pages alike.

They are given the oldest submission of a kind and do not choose among them: nobody picks the easy
ones or waits for a name, and no row that comes or goes says whose it is (docs/decisions/0028).
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from api.wiring import Testamur
from ledger.assessment import ClaimReview, EvidenceItem, OpenEvidence, due_on
from ledger.bus import Request
from ledger.command import Answer
from ledger.context import Caller
from ledger.errors import LedgerError, NotFound, NotPermitted, RuleBroken
from ledger.sealed_files import OpenedFile
from ledger.value import Value
from projections.assessment import queues
from projections.people import organizations


class OpenReview(Value):
    """A review that one has taken on and not finished."""

    review: UUID
    submission: UUID
    micro_credential: UUID
    number: int
    round: int
    state: str
    since: datetime
    due: date


class Offer(Value):
    """How many submissions for a micro-credential wait for assessors; ``due`` is the day by which
    the oldest is to be judged."""

    micro_credential: UUID
    number: int
    waiting: int
    since: datetime
    due: date


def open_reviews(app: Testamur, caller: Caller) -> list[OpenReview]:
    """One's own, oldest promise first. Raises NotPermitted."""
    _must_assess(app, caller)
    days = app.bus.policy().limits.review_days
    with app.views.reading("submissions") as connection:
        rows = queues.open_of(connection, str(caller.person))
    app.drafts.keep_only(_person(caller), [UUID(row.review) for row in rows])
    return [
        OpenReview(
            review=row.review,
            submission=row.id,
            micro_credential=row.micro_credential,
            number=row.number,
            round=row.round,
            state=row.state,
            since=row.since,
            due=due_on(datetime.fromisoformat(row.since), days),
        )
        for row in rows
    ]


def offers(app: Testamur, caller: Caller) -> list[Offer]:
    """What one may take, oldest promise first. Raises NotPermitted."""
    unit = _must_assess(app, caller)
    days = app.bus.policy().limits.review_days
    with app.views.reading("organizations", "submissions") as connection:
        campuses = organizations.units_within(connection, str(unit))
        rows = queues.offers(connection, str(caller.person), campuses)
    return [
        Offer(
            micro_credential=row.micro_credential,
            number=row.number,
            waiting=row.waiting,
            since=row.since,
            due=due_on(datetime.fromisoformat(row.since), days),
        )
        for row in rows
    ]


def take_next(app: Testamur, asked: Request, micro_credential: UUID) -> Answer:
    """The review of the oldest submission that the caller may judge.

    Raises NotPermitted; RuleBroken where nothing is left for them, in the same words for whatever
    reason.
    """
    unit = _must_assess(app, asked.caller)
    person = str(asked.caller.person)
    with app.views.reading("organizations", "submissions") as connection:
        campuses = organizations.units_within(connection, str(unit))
        waiting = queues.next_of(connection, person, campuses, str(micro_credential))
    for submission in waiting:
        try:
            return app.bus.execute(asked, ClaimReview(submission=UUID(submission)))
        except LedgerError as refusal:
            if refusal.code not in _TAKEN_MEANWHILE:
                raise
    raise RuleBroken("nothing-to-take", "nothing of this is left for you just now")


def open_evidence(
    app: Testamur, caller: Caller, submission: UUID, part: str
) -> tuple[OpenedFile, EvidenceItem]:
    """A part's evidence, to be read in pieces, and what is known of it. That it is opened is
    recorded first, unless it is one's own. Raises NotFound."""
    policy = app.bus.policy()
    shown = app.reading.submission(caller, policy, submission)
    if caller.person is None or shown.educator != caller.person:
        try:
            app.bus.execute(Request(caller), OpenEvidence(submission=submission, part=part))
        except NotPermitted:
            raise NotFound("evidence") from None
    return app.reading.evidence(caller, policy, submission, part)


_TAKEN_MEANWHILE = {
    "already-reviewing",
    "enough-assessors",
    "not-found",
    "person-erased",
    "wrong-state",
}


def _person(caller: Caller) -> UUID:
    assert caller.person is not None  # nobody holds a role without being somebody
    return caller.person


def _must_assess(app: Testamur, caller: Caller) -> UUID:
    is_assessor = caller.role == "assessor" and app.bus.policy().may(caller.role, "queue.read")
    if caller.unit is None or not is_assessor:
        raise NotPermitted("this is for assessors")
    return caller.unit
