"""/v1/endorsements: endorse, withdraw; accept and drop other people's endorsements."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

from api.http.auth import App, Lines, Ordered
from api.http.v1.answers import Body, Number, done
from ledger.endorsements import Endorsed

router = APIRouter(tags=["endorsements"])


class NewEndorsement(Body):
    unit: UUID
    target: str = Field(max_length=2000)
    kind: Endorsed
    comment: str = Field(max_length=8000)
    valid_until: AwareDatetime | None = None


class Withdrawal(Body):
    reason: str


class Acceptance(Body):
    credential: str = Field(max_length=256 * 1024)


class Drop(Body):
    endorser: str


@router.post("/endorsements", status_code=201)
def endorse(app: App, order: Ordered, body: NewEndorsement) -> Response:
    """Endorse an issuer, an achievement or an award by its id; signs the credential."""
    until: datetime | None = body.valid_until
    issue = app.commands.endorsements.issue
    return done(app, issue(order, body.unit, body.target, body.kind, body.comment, until), 201)


@router.post("/endorsements/{endorsement}/withdraw")
def withdraw(app: App, order: Ordered, endorsement: UUID, body: Withdrawal) -> Response:
    """Take an endorsement back for good; its status list says so."""
    return done(app, app.commands.endorsements.withdraw(order, endorsement, body.reason))


@router.post("/micro-credentials/{micro}/versions/{number}/endorsements", status_code=201)
async def accept(
    app: App, lines: Lines, order: Ordered, micro: UUID, number: Number, body: Acceptance
) -> Response:
    """Take up another organization's endorsement of a version: JSON text or a JWT."""
    command = app.commands.endorsements.accept
    return await lines.strangers.take(
        lambda: done(app, command(order, micro, number, body.credential), 201)
    )


@router.post("/micro-credentials/{micro}/versions/{number}/endorsements/drop")
def drop(app: App, order: Ordered, micro: UUID, number: Number, body: Drop) -> Response:
    """Put an accepted endorsement into no further badge."""
    return done(app, app.commands.endorsements.drop(order, micro, number, body.endorser))
