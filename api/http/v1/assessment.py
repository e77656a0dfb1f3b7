"""/v1: submissions, the queue, reviews, and who may assess."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api import assessing
from api.assessing import Offer
from api.http.auth import App, Asked, Who
from api.http.v1 import evidence, overview
from api.http.v1.answers import LARGEST, AfterPosition, Body, Items, Paged, done
from ledger.assessment import (
    AppealDecided,
    AppealRefusal,
    AssignReview,
    ClaimReview,
    DecideAppeal,
    DeclareConflict,
    DraftSubmission,
    QualifyAssessor,
    RecordReview,
    ReviewRecorded,
    RoundSubmitted,
    Statement,
    StepBack,
    SubmissionShown,
    SubmitRound,
    WithdrawSubmission,
    due_on,
)
from ledger.command import Answer
from ledger.errors import NotPermitted
from ledger.private import Reason
from ledger.value import Value
from projections.assessment import queues
from projections.people import organizations

router = APIRouter()
_submissions = APIRouter(prefix="/submissions", tags=["submissions"])
_reviews = APIRouter(tags=["reviews"])


@_submissions.post("", status_code=201)
def draft(app: App, asked: Asked, response: Response, body: DraftSubmission) -> Answer:
    """Begin a submission of one's own."""
    return done(response, app.bus.execute(asked, body))


class OwnSubmission(Value):
    id: UUID
    micro_credential: UUID
    number: int
    state: str
    round: int
    changed: datetime


@_submissions.get("")
def listing(app: App, who: Who, pages: Paged, after: AfterPosition = 0) -> Items[OwnSubmission]:
    """One's own submissions, oldest first."""
    with app.views.reading("submissions") as connection:
        rows = queues.of_educator(connection, str(who.person), after, pages.limit)
    return pages.show(
        rows,
        lambda row: row.position,
        lambda row: OwnSubmission(
            id=row.id,
            micro_credential=row.micro_credential,
            number=row.number,
            state=row.state,
            round=row.round,
            changed=row.changed,
        ),
    )


@_submissions.get("/{submission}")
def one(app: App, who: Who, response: Response, submission: UUID) -> SubmissionShown:
    """A submission, as far as the caller may see it."""
    return done(response, app.reading.submission(who, app.bus.policy(), submission))


class Round(Body):
    attested: bool
    statement: Statement | None = None


@_submissions.post("/{submission}/submit")
def submit(
    app: App, asked: Asked, response: Response, submission: UUID, body: Round
) -> RoundSubmitted:
    """Submit the next round, with the attestation."""
    command = SubmitRound(submission=submission, attested=body.attested, statement=body.statement)
    return done(response, app.bus.execute(asked, command))


@_submissions.post("/{submission}/withdraw")
def withdraw(app: App, asked: Asked, response: Response, submission: UUID) -> Answer:
    """Withdraw before a decision."""
    return done(response, app.bus.execute(asked, WithdrawSubmission(submission=submission)))


class Grounds(Body):
    grounds: Reason


@_submissions.post("/{submission}/appeal")
def appeal(app: App, asked: Asked, response: Response, submission: UUID, body: Grounds) -> Answer:
    """Appeal against a refusal, once."""
    command = AppealRefusal(submission=submission, grounds=body.grounds)
    return done(response, app.bus.execute(asked, command))


class AppealDecision(Body):
    overturn: bool
    reason: Reason


@_submissions.post("/{submission}/appeal/decision")
def decide_appeal(
    app: App, asked: Asked, response: Response, submission: UUID, body: AppealDecision
) -> AppealDecided:
    """Uphold the refusal or overturn it."""
    command = DecideAppeal(submission=submission, overturn=body.overturn, reason=body.reason)
    return done(response, app.bus.execute(asked, command))


class Waiting(Value):
    """Work in the queue. ``due`` is the day by which it is to be judged; ``review`` is the caller's
    own open one."""

    submission: UUID
    micro_credential: UUID
    number: int
    round: int
    state: str
    since: datetime
    due: date | None = None
    review: UUID | None = None


@_reviews.get("/queue")
def queue(
    app: App,
    who: Who,
    pages: Paged,
    state: Annotated[
        Literal["submitted", "in-review", "accepted", "appealed"] | None,
        Query(description="For programme managers: work in this state only."),
    ] = None,
    after: AfterPosition = 0,
) -> Items[Waiting]:
    """For an assessor, what they have taken on, oldest promise first; for a programme manager, what
    is under way in their part of the organization, and what is accepted and waits for its award."""
    if who.unit is None or not app.bus.policy().may(who.role, "queue.read"):
        raise NotPermitted("the queue is for assessors and programme managers")
    if who.role == "assessor":
        own = (one.model_dump() for one in assessing.open_reviews(app, who))
        return Items[Waiting](items=[Waiting(**one) for one in own])
    days = app.bus.policy().limits.review_days
    with app.views.reading("organizations", "submissions") as connection:
        campuses = organizations.units_within(connection, str(who.unit))
        states = [state] if state else ["submitted", "in-review", "accepted", "appealed"]
        rows = queues.under_way(connection, campuses, states, after, pages.limit)
    return pages.show(
        rows,
        lambda row: row.waiting,
        lambda row: Waiting(
            submission=row.id,
            micro_credential=row.micro_credential,
            number=row.number,
            round=row.round,
            state=row.state,
            since=row.since,
            due=due_on(datetime.fromisoformat(row.since), days)
            if row.state in ("submitted", "in-review")
            else None,
        ),
    )


@_reviews.get("/queue/offers")
def offers(app: App, who: Who) -> Items[Offer]:
    """What waits for assessors like the caller: for each micro-credential how many, and by when the
    oldest is to be judged. Single submissions are not named."""
    return Items[Offer](items=assessing.offers(app, who))


class Next(Body):
    micro_credential: UUID


@_reviews.post("/queue/next", status_code=201)
def take_next(app: App, asked: Asked, response: Response, body: Next) -> Answer:
    """Take on the oldest submission for a micro-credential; the answer's id is the review's."""
    return done(response, assessing.take_next(app, asked, body.micro_credential))


class ReviewScored(Value):
    """``outcome`` is what came of the round, once it is decided."""

    review: UUID
    submission: UUID
    micro_credential: UUID
    number: int
    round: int
    verdict: str
    completed: datetime
    outcome: str | None


@_reviews.get("/me/reviews")
def scored(app: App, who: Who, pages: Paged, after: AfterPosition = LARGEST) -> Items[ReviewScored]:
    """What the caller scored, newest first, and what became of it."""
    with app.views.reading("submissions") as connection:
        rows = queues.scored_by(connection, str(who.person), after, pages.limit)
    return pages.show(
        rows,
        lambda row: row.position,
        lambda row: ReviewScored(
            review=row.id,
            submission=row.submission,
            micro_credential=row.micro_credential,
            number=row.number,
            round=row.round,
            verdict=row.verdict,
            completed=row.completed,
            outcome=row.outcome,
        ),
    )


class NewReview(Body):
    assessor: UUID | None = None


@_reviews.post("/submissions/{submission}/reviews", status_code=201)
def take_on(
    app: App, asked: Asked, response: Response, submission: UUID, body: NewReview
) -> Answer:
    """Take a submission on; as a programme manager, give it to an assessor."""
    if body.assessor is None:
        return done(response, app.bus.execute(asked, ClaimReview(submission=submission)))
    command = AssignReview(submission=submission, assessor=body.assessor)
    return done(response, app.bus.execute(asked, command))


class Scores(Body):
    levels: dict[str, str] = Field(max_length=30)
    feedback: dict[str, Reason] = Field(default={}, max_length=30)


@_reviews.put("/reviews/{review}")
def record(
    app: App, asked: Asked, response: Response, review: UUID, body: Scores
) -> ReviewRecorded:
    """Seal the scores: a level for each criterion, and feedback below the bar."""
    command = RecordReview(review=review, levels=body.levels, feedback=dict(body.feedback))
    return done(response, app.bus.execute(asked, command))


class Recusal(Body):
    conflict: bool = False


@_reviews.post("/reviews/{review}/recuse")
def recuse(app: App, asked: Asked, response: Response, review: UUID, body: Recusal) -> Answer:
    """Step back before scoring."""
    command = StepBack(review=review, conflict=body.conflict)
    return done(response, app.bus.execute(asked, command))


class Qualification(Body):
    micro_credential: UUID


@_reviews.post("/people/{person}/qualifications", status_code=201)
def qualify(
    app: App, asked: Asked, response: Response, person: UUID, body: Qualification
) -> Answer:
    """Let an assessor review submissions for a micro-credential."""
    command = QualifyAssessor(person=person, micro_credential=body.micro_credential)
    return done(response, app.bus.execute(asked, command))


@_reviews.post("/me/conflicts", status_code=201)
def declare_conflict(app: App, asked: Asked, response: Response, body: DeclareConflict) -> Answer:
    """Declare a conflict of interest with an educator."""
    return done(response, app.bus.execute(asked, body))


for part in (_submissions, _reviews, evidence.router, overview.router):
    router.include_router(part)
