"""/v1/awards: issue, renew, suspend, reinstate, revoke; the register; endorsements."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from api.awarding import Outcome, award_each
from api.http.auth import App, Asked, Lines, Who
from api.http.v1 import links, registers
from api.http.v1.answers import AfterPosition, Body, Items, Number, Paged, done
from api.wiring import Testamur
from ledger.awards import (
    AcceptEndorsement,
    DropEndorsement,
    EndorsementAccepted,
    IssueAward,
    IssueEndorsement,
    ReinstateAward,
    RenewAward,
    RevokeAward,
    SuspendAward,
    WithdrawEndorsement,
)
from ledger.awards import Reason as PublicReason
from ledger.command import Answer
from ledger.context import Caller
from ledger.errors import NotFound
from ledger.private import Reason
from ledger.value import Value
from projections.awards import profiles, register
from projections.people import organizations

router = APIRouter()
_awards = APIRouter(tags=["awards"])
_endorsements = APIRouter(tags=["endorsements"])


class Note(Body):
    note: Reason


class Withdrawal(Note):
    reason: PublicReason


class AwardIssued(Answer):
    badge: str


@_awards.post("/submissions/{submission}/award", status_code=201)
def issue(app: App, asked: Asked, response: Response, submission: UUID) -> AwardIssued:
    """Award an accepted submission; signs its badge."""
    answer = app.bus.execute(asked, IssueAward(submission=submission))
    badge = app.site.badge(answer.id)
    return done(response, AwardIssued(id=answer.id, version=answer.version, badge=badge))


class Batch(Body):
    submissions: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=50)]


@_awards.post("/awards")
def issue_many(app: App, who: Who, body: Batch) -> Items[Outcome]:
    """Award up to 50 accepted submissions, each with its own answer: one that is refused stops no
    other, and asked for again an award is not made twice."""
    return Items[Outcome](items=award_each(app, who, body.submissions))


@_awards.post("/awards/{award}/renew")
def renew(app: App, asked: Asked, response: Response, award: UUID, body: Note) -> Answer:
    """Let it hold for a further period; the same credential, signed anew."""
    return done(response, app.bus.execute(asked, RenewAward(award=award, note=body.note)))


@_awards.post("/awards/{award}/revoke")
def revoke(app: App, asked: Asked, response: Response, award: UUID, body: Withdrawal) -> Answer:
    """Revoke for good."""
    command = RevokeAward(award=award, reason=body.reason, note=body.note)
    return done(response, app.bus.execute(asked, command))


@_awards.post("/awards/{award}/suspend")
def suspend(app: App, asked: Asked, response: Response, award: UUID, body: Withdrawal) -> Answer:
    """Put out of force for now."""
    command = SuspendAward(award=award, reason=body.reason, note=body.note)
    return done(response, app.bus.execute(asked, command))


@_awards.post("/awards/{award}/reinstate")
def reinstate(app: App, asked: Asked, response: Response, award: UUID, body: Note) -> Answer:
    """End a suspension."""
    return done(response, app.bus.execute(asked, ReinstateAward(award=award, note=body.note)))


class AwardShown(Value):
    id: UUID
    badge: str
    person: UUID
    campus: UUID
    micro_credential: UUID
    number: int
    school_year: str
    awarded: datetime
    valid_until: datetime | None
    status: str
    reason: PublicReason | None


@_awards.get("/awards")
def listing(app: App, who: Who, pages: Paged, after: AfterPosition = 0) -> Items[AwardShown]:
    """The register of the caller's part of the organization; others see their own awards."""
    with app.views.reading("organizations", "awards") as connection:
        if app.bus.policy().may(who.role, "register.read"):
            units = organizations.units_within(connection, str(who.unit))
            rows = register.page(connection, after, pages.limit, campuses=units)
        else:
            rows = register.page(connection, after, pages.limit, person=str(who.person))
    return pages.show(rows, lambda row: row.position, lambda row: _shown(app, row))


@_awards.get("/awards/{award}")
def one(app: App, who: Who, award: UUID) -> AwardShown:
    """One award."""
    with app.views.reading("awards") as connection:
        row = register.by_id(connection, str(award))
    if row is None or not _may_see(app, who, row):
        raise NotFound("award")
    return _shown(app, row)


class Earned(Value):
    """Times as in the log."""

    earned: int
    revoked: int
    first_awarded: str | None
    last_awarded: str | None


@_awards.get("/me/earned")
def earned(app: App, who: Who) -> Earned:
    """How much the caller has earned."""
    with app.views.reading("profiles") as connection:
        profile = profiles.of(connection, str(who.person))
    if profile is None:
        raise NotFound("person")
    return Earned(
        earned=profile.earned,
        revoked=profile.revoked,
        first_awarded=profile.first_awarded,
        last_awarded=profile.last_awarded,
    )


def _may_see(app: Testamur, who: Caller, row: Any) -> bool:
    if row.person == str(who.person):
        return True
    may = app.bus.policy().may(who.role, "register.read")
    return may and who.unit in app.authority.path(UUID(row.campus))


def _shown(app: Testamur, row: Any) -> AwardShown:
    return AwardShown(
        id=row.id,
        badge=app.site.badge(row.id),
        person=row.person,
        campus=row.campus,
        micro_credential=row.micro_credential,
        number=row.number,
        school_year=row.school_year,
        awarded=row.awarded,
        valid_until=row.valid_until,
        status=row.status,
        reason=row.reason,
    )


class EndorsementIssued(Answer):
    endorsement: str


@_endorsements.post("/endorsements", status_code=201)
def endorse(
    app: App, asked: Asked, response: Response, body: IssueEndorsement
) -> EndorsementIssued:
    """Endorse an issuer, an achievement or an award by its id; signs the credential."""
    answer = app.bus.execute(asked, body)
    url = app.site.endorsement(answer.id)
    return done(response, EndorsementIssued(id=answer.id, version=answer.version, endorsement=url))


class Because(Body):
    reason: Reason


@_endorsements.post("/endorsements/{endorsement}/withdraw")
def withdraw(
    app: App, asked: Asked, response: Response, endorsement: UUID, body: Because
) -> Answer:
    """Take an endorsement back for good; its status list says so."""
    command = WithdrawEndorsement(endorsement=endorsement, reason=body.reason)
    return done(response, app.bus.execute(asked, command))


class Acceptance(Body):
    credential: Annotated[str, Field(min_length=1, max_length=200_000)]


@_endorsements.post("/micro-credentials/{micro}/versions/{number}/endorsements", status_code=201)
async def accept(
    app: App,
    lines: Lines,
    asked: Asked,
    response: Response,
    micro: UUID,
    number: Number,
    body: Acceptance,
) -> EndorsementAccepted:
    """Take up another organization's endorsement of a version: JSON text or a JWT."""
    command = AcceptEndorsement(micro_credential=micro, number=number, credential=body.credential)
    answer = await lines.strangers.take(lambda: app.bus.execute(asked, command))
    return done(response, answer)


class Drop(Body):
    endorser: Annotated[str, Field(min_length=1, max_length=2000)]


@_endorsements.post("/micro-credentials/{micro}/versions/{number}/endorsements/drop")
def drop(
    app: App, asked: Asked, response: Response, micro: UUID, number: Number, body: Drop
) -> Answer:
    """Put an accepted endorsement into no further badge."""
    command = DropEndorsement(micro_credential=micro, number=number, endorser=body.endorser)
    return done(response, app.bus.execute(asked, command))


for part in (_awards, registers.router, _endorsements, links.router):
    router.include_router(part)
