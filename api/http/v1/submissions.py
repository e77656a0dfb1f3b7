"""/v1/submissions: an educator's way to a micro-credential."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from api.http.auth import App, Ordered, Who
from api.http.v1.answers import LARGEST, AfterPosition, Body, Paged, Raw, done
from projections import review_queue

router = APIRouter(prefix="/submissions", tags=["submissions"])


class NewSubmission(Body):
    micro_credential: UUID
    number: int = Field(ge=1, le=LARGEST)


class Round(Body):
    attested: bool
    statement: str | None = None


class Grounds(Body):
    grounds: str


class AppealDecision(Body):
    overturn: bool
    reason: str


@router.post("", status_code=201)
def draft(app: App, order: Ordered, body: NewSubmission) -> Response:
    """Begin a submission of one's own."""
    answer = app.commands.submissions.draft(order, body.micro_credential, body.number)
    return done(app, answer, 201)


@router.get("")
def listing(
    app: App,
    who: Who,
    pages: Paged,
    after: AfterPosition = 0,
) -> dict[str, Any]:
    """One's own submissions, oldest first."""
    with app.views.reading() as connection:
        rows = review_queue.of_educator(connection, str(who.person), after, pages.limit)
    return pages.show(rows, lambda row: row.position, _shown)


@router.get("/{submission}")
def one(app: App, who: Who, submission: UUID) -> Response:
    """A submission, as far as the caller may see it."""
    view = app.commands.reading.submission(who, submission)
    return JSONResponse(view, headers={"ETag": f'"{view["version"]}"'})


_FILE = {"requestBody": {"required": True, "content": {"*/*": {"schema": {"format": "binary"}}}}}


@router.put("/{submission}/evidence/{part}", openapi_extra=_FILE)
def add_evidence(
    app: App,
    order: Ordered,
    request: Request,
    submission: UUID,
    part: str,
    data: Raw,
    name: Annotated[str, Query(min_length=1, max_length=200, description="File name.")],
) -> Response:
    """Add or replace a part's evidence: the body is the file, Content-Type its type."""
    media_type = request.headers.get("content-type", "application/octet-stream")
    kind = media_type.partition(";")[0].strip().lower()
    answer = app.commands.submissions.add_evidence(order, submission, part, name, kind, data)
    return done(app, answer)


@router.get("/{submission}/evidence/{part}")
def evidence(app: App, who: Who, submission: UUID, part: str) -> Response:
    """A part's evidence, for its educator and its assessors; always as a download."""
    data, media_type = app.commands.reading.evidence(who, submission, part)
    return Response(
        data,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{part}"'},
    )


@router.post("/{submission}/submit")
def submit(app: App, order: Ordered, submission: UUID, body: Round) -> Response:
    """Submit the next round, with the attestation."""
    answer = app.commands.submissions.submit(order, submission, body.attested, body.statement)
    return done(app, answer)


@router.post("/{submission}/withdraw")
def withdraw(app: App, order: Ordered, submission: UUID) -> Response:
    """Withdraw before a decision."""
    return done(app, app.commands.submissions.withdraw(order, submission))


@router.post("/{submission}/appeal")
def appeal(app: App, order: Ordered, submission: UUID, body: Grounds) -> Response:
    """Appeal against a refusal, once."""
    return done(app, app.commands.submissions.appeal(order, submission, body.grounds))


@router.post("/{submission}/appeal/decision")
def decide_appeal(app: App, order: Ordered, submission: UUID, body: AppealDecision) -> Response:
    """Uphold the refusal or overturn it."""
    answer = app.commands.submissions.decide_appeal(order, submission, body.overturn, body.reason)
    return done(app, answer)


def _shown(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "microCredential": row.micro_credential,
        "number": row.number,
        "state": row.state,
        "round": row.round,
        "changed": row.changed,
    }
