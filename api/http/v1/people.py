"""/v1: organizations, people and their roles, access, proposals; and /v1/me."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field

from api.access import invitation_link, issue_token, send_invitation, use_invitation
from api.http.auth import App, Asked, Who
from api.http.v1 import deployment, directory
from api.http.v1.answers import After, AfterPosition, Body, Items, Paged, done
from api.wiring import Testamur
from ledger.command import Answer
from ledger.context import Caller
from ledger.errors import NotFound, NotPermitted
from ledger.people import (
    ConfirmProposal,
    EndToken,
    GrantRole,
    Ground,
    ProposeErasure,
    PublishProfile,
    RefuseProposal,
    Registered,
    RegisterOrganization,
    RegisterPerson,
    RevokeRole,
    RoleWithin,
    StopProposal,
    WithdrawInvitation,
)
from ledger.policy import Role
from ledger.private import Label, Reason
from ledger.text import Words
from ledger.value import Value
from projections import unseal
from projections.people import access_tokens, organizations, persons, proposals

router = APIRouter()
_organizations = APIRouter(tags=["organizations"])
_people = APIRouter(tags=["people"])
_access = APIRouter(tags=["access"])
_proposals = APIRouter(tags=["proposals"])


class OrganizationShown(Value):
    id: UUID
    name: str
    kind: Literal["network", "district", "campus"]
    parent: UUID | None


@_organizations.post("/organizations", status_code=201)
def register_organization(
    app: App, asked: Asked, response: Response, body: RegisterOrganization
) -> Answer:
    """Register a district or a campus."""
    return done(response, app.bus.execute(asked, body))


@_organizations.get("/organizations")
def list_organizations(
    app: App,
    _who: Who,
    pages: Paged,
    after: After = "",
    kind: Literal["network", "district", "campus"] | None = None,
) -> Items[OrganizationShown]:
    """Organizations, a page at a time."""
    with app.views.reading("organizations") as connection:
        rows = organizations.page(connection, after, pages.limit, kind)
    return pages.show(
        rows,
        lambda row: row.id,
        lambda row: OrganizationShown(id=row.id, name=row.name, kind=row.kind, parent=row.parent),
    )


class PersonShown(Value):
    """``name`` and ``email`` are null where the person was erased a moment ago."""

    id: UUID
    handle: str
    name: str | None
    email: str | None


@_people.post("/people", status_code=201)
def register_person(app: App, asked: Asked, response: Response, body: RegisterPerson) -> Registered:
    """Register a person at the unit where they work."""
    return done(response, app.bus.execute(asked, body))


@_people.get("/people")
def list_people(
    app: App,
    who: Who,
    pages: Paged,
    unit: Annotated[UUID, Query(description="The unit within which they work.")],
    after: After = "",
) -> Items[PersonShown]:
    """People who work within a unit of the caller's part of the organization."""
    app.bus.require(who, "people.read", unit)
    with app.views.reading("organizations", "persons") as connection:
        within = organizations.units_within(connection, str(unit))
        rows = persons.page(connection, within, after, pages.limit)
    return pages.show(
        rows,
        lambda row: row.id,
        lambda row: PersonShown(
            id=row.id,
            handle=row.handle,
            name=unseal(app.vault, row.name),
            email=unseal(app.vault, row.email),
        ),
    )


@_people.post("/people/{person}/roles", status_code=201)
def grant(app: App, asked: Asked, response: Response, person: UUID, body: RoleWithin) -> Answer:
    """Give a person a role within a unit."""
    return done(response, app.bus.execute(asked, GrantRole(person=person, role=body)))


@_people.delete("/people/{person}/roles/{role}/{unit}")
def revoke(
    app: App, asked: Asked, response: Response, person: UUID, role: Role, unit: UUID
) -> Answer:
    """Take a role away, and with it what acts in it."""
    command = RevokeRole(person=person, role=RoleWithin(role=role, unit=unit))
    return done(response, app.bus.execute(asked, command))


@_people.put("/me/profile")
def publish_profile(app: App, asked: Asked, response: Response, body: PublishProfile) -> Answer:
    """Show, or hide, one's own public profile."""
    return done(response, app.bus.execute(asked, body))


class Me(Value):
    id: UUID
    handle: str
    name: str | None
    acting: RoleWithin
    roles: tuple[RoleWithin, ...]
    public: bool
    url: str


@_people.get("/me")
def me(app: App, who: Who) -> Me:
    """Who the token stands for; and the address of their profile, ``public`` or not."""
    with app.views.reading("persons") as connection:
        person = persons.by_id(connection, str(who.person))
        roles = persons.roles_of(connection, str(who.person))
    if person is None or who.unit is None:
        raise NotFound("person")
    return Me(
        id=person.id,
        handle=person.handle,
        name=unseal(app.vault, person.name),
        acting=RoleWithin.rebuilt(role=who.role, unit=who.unit),
        roles=tuple(RoleWithin(role=row.role, unit=UUID(row.unit)) for row in roles),
        public=person.is_public,
        url=f"{app.site.base_url}/people/{person.handle}",
    )


class NewToken(Body):
    label: Label
    expires: AwareDatetime | None = None


class TokenMade(Value):
    """``secret`` is in this answer only; the ledger never knows it."""

    id: UUID
    secret: str
    expires: datetime


@_access.post("/me/tokens", status_code=201)
def new_token(app: App, asked: Asked, body: NewToken) -> TokenMade:
    """A token of one's own for the role that one acts in, which lives no longer than the token that
    asks for it. Without ``expires``, 90 days or as long as that."""
    made = issue_token(app, asked, str(body.label), body.expires)
    return TokenMade(id=made.id, secret=made.secret, expires=made.expires)


class TokenShown(Value):
    id: UUID
    label: str | None
    role: Role
    unit: UUID
    issued: datetime
    expires: datetime


@_access.get("/me/tokens")
def list_tokens(app: App, who: Who, pages: Paged, after: After = "") -> Items[TokenShown]:
    """One's own tokens that are in force."""
    with app.views.reading("access-tokens") as connection:
        rows = access_tokens.page(connection, str(who.person), app.clock(), after, pages.limit)
    return pages.show(
        rows,
        lambda row: row.id,
        lambda row: TokenShown(
            id=row.id,
            label=unseal(app.vault, row.label),
            role=row.role,
            unit=row.unit,
            issued=row.issued,
            expires=row.expires,
        ),
    )


@_access.delete("/tokens/{token}")
def end_token(app: App, asked: Asked, response: Response, token: UUID) -> Answer:
    """End a token: one's own, or as administrator anybody's."""
    return done(response, app.bus.execute(asked, EndToken(token=token)))


class NewInvitation(Body):
    days: int = Field(default=7, ge=1, le=10_000, description="At most as the policy says.")


class InvitationMade(Value):
    """``url`` holds the secret, which is in this answer only and is used once."""

    id: UUID
    url: str
    expires: datetime


@_access.post("/people/{person}/invitations", status_code=201)
def invite(app: App, asked: Asked, person: UUID, body: NewInvitation) -> InvitationMade:
    """Invite a person to begin."""
    made = send_invitation(app, asked, person, body.days)
    url = invitation_link(app, made.secret)
    return InvitationMade(id=made.id, url=url, expires=made.expires)


@_access.delete("/invitations/{invitation}")
def withdraw_invitation(app: App, asked: Asked, response: Response, invitation: UUID) -> Answer:
    """Let an invitation be used no more."""
    return done(response, app.bus.execute(asked, WithdrawInvitation(invitation=invitation)))


class UsedInvitation(Body):
    secret: Annotated[str, Field(min_length=1, max_length=200)]
    role: RoleWithin
    label: Label


@_access.post("/invitations/accept", status_code=201)
def accept_invitation(app: App, body: UsedInvitation) -> TokenMade:
    """Use an invitation, once: whoever has its secret gets the person's first token, for a role
    that they hold. Nobody has to be signed in."""
    made = use_invitation(app, body.secret, body.role, str(body.label))
    return TokenMade(id=made.id, secret=made.secret, expires=made.expires)


class NewErasure(Body):
    ground: Ground
    reason: Reason


@_proposals.post("/people/{person}/erasure", status_code=201)
def propose_erasure(
    app: App, asked: Asked, response: Response, person: UUID, body: NewErasure
) -> Answer:
    """Propose that a person is forgotten. A second person confirms; after a delay, in which it can
    be stopped, the data key and the evidence are destroyed for good."""
    command = ProposeErasure(person=person, ground=body.ground, reason=body.reason)
    return done(response, app.bus.execute(asked, command))


class ProposalShown(Value):
    """``reason`` is the proposer's, null once they were erased."""

    id: UUID
    position: int
    what: str
    thing: UUID
    state: str
    reason: Words | None
    ground: str | None
    proposer: UUID | None
    confirmer: UUID | None
    made: datetime
    ends: datetime
    due: datetime | None


@_proposals.get("/proposals")
def list_proposals(
    app: App, who: Who, pages: Paged, after: AfterPosition = 0
) -> Items[ProposalShown]:
    """Proposals of the caller's part of the organization that are open or can be stopped."""
    rows = proposals_within(app, who, after, pages.limit)
    return pages.show(rows, lambda row: row.position, lambda row: row)


def proposals_within(app: Testamur, who: Caller, after: int, limit: int) -> list[ProposalShown]:
    """A page of them, oldest first. Raises NotPermitted."""
    if who.unit is None:
        raise NotPermitted("proposals are for administrators")
    app.bus.require(who, "proposal.confirm", who.unit)
    with app.views.reading("organizations", "proposals") as connection:
        within = organizations.units_within(connection, str(who.unit))
        rows = proposals.open_within(connection, within, app.clock(), after, limit)
    return [
        ProposalShown(
            position=row.position,
            id=row.id,
            what=row.what,
            thing=row.thing,
            state=row.state,
            reason=unseal(app.vault, row.reason),
            ground=json.loads(row.values).get("ground"),
            proposer=row.proposer,
            confirmer=row.confirmer,
            made=row.made,
            ends=row.ends,
            due=row.due,
        )
        for row in rows
    ]


class Because(Body):
    reason: Reason


@_proposals.post("/proposals/{proposal}/confirm")
def confirm(app: App, asked: Asked, response: Response, proposal: UUID) -> Answer:
    """Agree, as a second person."""
    return done(response, app.bus.execute(asked, ConfirmProposal(proposal=proposal)))


@_proposals.post("/proposals/{proposal}/refuse")
def refuse(app: App, asked: Asked, response: Response, proposal: UUID, body: Because) -> Answer:
    """Say no."""
    command = RefuseProposal(proposal=proposal, reason=body.reason)
    return done(response, app.bus.execute(asked, command))


@_proposals.post("/proposals/{proposal}/stop")
def stop(app: App, asked: Asked, response: Response, proposal: UUID, body: Because) -> Answer:
    """Stop what was confirmed, before it is carried out."""
    command = StopProposal(proposal=proposal, reason=body.reason)
    return done(response, app.bus.execute(asked, command))


for part in (_organizations, _people, _access, _proposals, directory.router, deployment.router):
    router.include_router(part)
