"""/v1/awards: issue, suspend, reinstate, revoke; the register."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from api.http.auth import App, Ordered, Who
from api.http.v1.answers import AfterPosition, Body, Paged, done
from api.wiring import Testamur
from ledger.awards import Reason
from ledger.errors import NotFound
from ledger.permissions import may
from ledger.record import Caller
from projections import awards
from projections.organizations import units_within

router = APIRouter(tags=["awards"])


class Withdrawal(Body):
    reason: Reason
    note: str


class Note(Body):
    note: str


@router.post("/submissions/{submission}/award", status_code=201)
def issue(app: App, order: Ordered, submission: UUID) -> Response:
    """Award an accepted submission; signs its badge."""
    return done(app, app.commands.awards.issue(order, submission), 201)


@router.post("/awards/{award}/renew")
def renew(app: App, order: Ordered, award: UUID, body: Note) -> Response:
    """Let it hold for a further period; the same credential, signed anew."""
    return done(app, app.commands.awards.renew(order, award, body.note))


@router.post("/awards/{award}/revoke")
def revoke(app: App, order: Ordered, award: UUID, body: Withdrawal) -> Response:
    """Revoke for good."""
    return done(app, app.commands.awards.revoke(order, award, body.reason, body.note))


@router.post("/awards/{award}/suspend")
def suspend(app: App, order: Ordered, award: UUID, body: Withdrawal) -> Response:
    """Put out of force for now."""
    return done(app, app.commands.awards.suspend(order, award, body.reason, body.note))


@router.post("/awards/{award}/reinstate")
def reinstate(app: App, order: Ordered, award: UUID, body: Note) -> Response:
    """End a suspension."""
    return done(app, app.commands.awards.reinstate(order, award, body.note))


@router.get("/awards")
def listing(
    app: App,
    who: Who,
    pages: Paged,
    after: AfterPosition = 0,
) -> dict[str, Any]:
    """The register of the caller's part of the organization; others see their own awards."""
    with app.views.reading() as connection:
        if may(who.role, "register.read"):
            units = units_within(connection, str(who.unit))
            rows = awards.page(connection, after, pages.limit, campuses=units)
        else:
            rows = awards.page(connection, after, pages.limit, person=str(who.person))
    return pages.show(rows, lambda row: row.position, lambda r: _shown(app, r))


@router.get("/awards/{award}")
def one(app: App, who: Who, award: UUID) -> dict[str, Any]:
    """One award."""
    with app.views.reading() as connection:
        row = awards.by_id(connection, str(award))
    if row is None or not _may_see(app, who, row):
        raise NotFound("award")
    return _shown(app, row)


def _may_see(app: Testamur, who: Caller, row: Any) -> bool:
    if row.person == str(who.person):
        return True
    return may(who.role, "register.read") and who.unit in app.commands.desk.path(UUID(row.campus))


def _shown(app: Testamur, row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "badge": app.site.badge(row.id),
        "person": row.person,
        "campus": row.campus,
        "microCredential": row.micro_credential,
        "number": row.number,
        "schoolYear": row.school_year,
        "awarded": row.awarded,
        "validUntil": row.valid_until,
        "status": row.status,
        "reason": row.reason,
    }
