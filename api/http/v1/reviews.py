"""/v1/queue and reviews: what waits for an assessor, and their scores."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from api.http.auth import App, Ordered, Who
from api.http.v1.answers import AfterPosition, Body, Paged, done
from ledger.errors import NotPermitted
from ledger.permissions import may
from projections import review_queue

router = APIRouter(tags=["reviews"])


class NewReview(Body):
    assessor: UUID | None = None


class Scores(Body):
    levels: dict[str, str] = Field(max_length=30)
    feedback: dict[str, str] = Field(default={}, max_length=30)


class Recusal(Body):
    conflict: bool = False


@router.get("/queue")
def queue(
    app: App,
    who: Who,
    pages: Paged,
    after: AfterPosition = 0,
) -> dict[str, Any]:
    """Submissions that the caller may take on, or has open; without whose they are."""
    if not may(who.role, "queue.read"):
        raise NotPermitted("the queue is for assessors and programme managers")
    with app.views.reading() as connection:
        rows = review_queue.waiting_for(connection, str(who.person), after, pages.limit)

    def show(row: Any) -> dict[str, Any]:
        return {
            "submission": row.id,
            "microCredential": row.micro_credential,
            "number": row.number,
            "round": row.round,
            "since": row.changed,
            "review": row.review,
        }

    return pages.show(rows, lambda row: row.position, show)


@router.post("/submissions/{submission}/reviews", status_code=201)
def take_on(app: App, order: Ordered, submission: UUID, body: NewReview) -> Response:
    """Take a submission on; as a programme manager, give it to an assessor."""
    if body.assessor is None:
        answer = app.commands.reviews.claim(order, submission)
    else:
        answer = app.commands.reviews.assign(order, submission, body.assessor)
    return done(app, answer, 201)


@router.put("/reviews/{review}")
def record(app: App, order: Ordered, review: UUID, body: Scores) -> Response:
    """Seal the scores: a level for each criterion, and feedback below the bar."""
    return done(app, app.commands.reviews.record(order, review, body.levels, body.feedback))


@router.post("/reviews/{review}/recuse")
def recuse(app: App, order: Ordered, review: UUID, body: Recusal) -> Response:
    """Step back before scoring."""
    return done(app, app.commands.reviews.recuse(order, review, body.conflict))
