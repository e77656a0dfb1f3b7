"""/v1/people and /v1/me: people, roles, tokens, qualifications, profiles."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.erasure import erase
from api.http.auth import App, Ordered, Who
from api.http.v1.answers import After, Body, Paged, done
from ledger.errors import NotFound, NotPermitted
from ledger.people import Ground
from ledger.permissions import may
from projections import people, profiles, unseal
from projections.organizations import units_within

router = APIRouter(tags=["people"])


class RoleWithin(Body):
    role: str
    unit: UUID


class NewPerson(Body):
    name: str = Field(max_length=200)
    email: str = Field(max_length=254)
    home: UUID
    roles: list[RoleWithin] = Field(default=[], max_length=10)


class NewToken(RoleWithin):
    label: str = Field(min_length=1, max_length=100)
    days: int = 90


class Erasure(Body):
    ground: Ground


class Qualification(Body):
    micro_credential: UUID


class Conflict(Body):
    educator: UUID


class Publication(Body):
    public: bool


@router.post("/people", status_code=201)
def register(app: App, order: Ordered, body: NewPerson) -> Response:
    """Register a person at the unit where they work."""
    roles = tuple((role.role, role.unit) for role in body.roles)
    answer = app.commands.people.register(order, body.name, body.email, body.home, roles)
    return done(app, answer, 201)


@router.get("/people")
def listing(
    app: App,
    who: Who,
    pages: Paged,
    unit: Annotated[UUID, Query(description="The unit within which they work.")],
    after: After = "",
) -> dict[str, Any]:
    """People who work within a unit of the caller's part of the organization."""
    if not may(who.role, "people.read") or who.unit not in app.commands.desk.path(unit):
        raise NotPermitted("this is for programme managers and administrators of the unit")
    with app.views.reading() as connection:
        rows = people.page(connection, units_within(connection, str(unit)), after, pages.limit)

    def show(row: Any) -> dict[str, Any]:
        return {
            "id": row.id,
            "handle": row.handle,
            "name": unseal(app.vault, row.name),
            "email": unseal(app.vault, row.email),
        }

    return pages.show(rows, lambda row: row.id, show)


@router.post("/people/{person}/erasure")
def forget(app: App, order: Ordered, person: UUID, body: Erasure) -> dict[str, Any]:
    """Destroy a person's data key and evidence, for good. Hashes and badges go on checking."""
    return erase(app, order, person, body.ground)


@router.post("/people/{person}/roles", status_code=201)
def grant(app: App, order: Ordered, person: UUID, body: RoleWithin) -> Response:
    """Give a person a role within a unit."""
    return done(app, app.commands.people.grant_role(order, person, body.role, body.unit), 201)


@router.delete("/people/{person}/roles/{role}/{unit}")
def take(app: App, order: Ordered, person: UUID, role: str, unit: UUID) -> Response:
    """Take a role away, and with it the tokens that stand for it."""
    return done(app, app.commands.people.revoke_role(order, person, role, unit))


@router.post("/people/{person}/tokens", status_code=201)
def issue_token(app: App, order: Ordered, person: UUID, body: NewToken) -> Response:
    """An API token for one role; its secret is in this answer only."""
    answer = app.commands.people.issue_token(
        order, person, body.role, body.unit, body.label, body.days
    )
    return done(app, answer, 201)


@router.delete("/people/{person}/tokens/{token}")
def revoke_token(app: App, order: Ordered, person: UUID, token: UUID) -> Response:
    """End a token."""
    return done(app, app.commands.people.revoke_token(order, person, token))


@router.post("/people/{person}/qualifications", status_code=201)
def qualify(app: App, order: Ordered, person: UUID, body: Qualification) -> Response:
    """Let an assessor review submissions for a micro-credential."""
    return done(app, app.commands.people.qualify(order, person, body.micro_credential), 201)


@router.post("/me/conflicts", status_code=201)
def declare_conflict(app: App, order: Ordered, body: Conflict) -> Response:
    """Declare a conflict of interest with an educator."""
    return done(app, app.commands.people.declare_conflict(order, body.educator), 201)


@router.put("/me/profile")
def publish_profile(app: App, order: Ordered, body: Publication) -> Response:
    """Show, or hide, one's own public profile."""
    return done(app, app.commands.people.publish_profile(order, body.public))


@router.get("/me")
def me(app: App, who: Who) -> dict[str, Any]:
    """Who the token stands for, and what they have earned."""
    with app.views.reading() as connection:
        person = people.by_id(connection, str(who.person))
        profile = profiles.of(connection, str(who.person))
        roles = people.roles_of(connection, str(who.person))
    if person is None or profile is None:
        raise NotFound("person")
    return {
        "id": person.id,
        "handle": person.handle,
        "name": unseal(app.vault, person.name),
        "acting": {"role": who.role, "unit": str(who.unit)},
        "roles": [{"role": row.role, "unit": row.unit} for row in roles],
        "profile": {
            "public": person.is_public,
            "url": f"{app.site.base_url}/people/{person.handle}",
            "earned": profile.earned,
            "revoked": profile.revoked,
            "firstAwarded": profile.first_awarded,
            "lastAwarded": profile.last_awarded,
        },
    }
