"""/v1: people as those see them who look after them: searched, one by one, from a file."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from api import people_file
from api.http.auth import App, Asked, Who
from api.http.v1.answers import Body, Items, Limit, Offset, Raw, no_query
from api.people_file import Row
from api.wiring import Testamur
from ledger.context import Caller
from ledger.errors import NotFound
from ledger.people import RoleWithin
from ledger.policy import Role
from ledger.value import Value
from projections import unseal, unseal_all
from projections.people import access_tokens, organizations, persons

router = APIRouter(tags=["people"])


class PersonFound(Value):
    """``begun``: whether they ever used an invitation."""

    id: UUID
    handle: str
    name: str | None
    email: str | None
    home: UUID
    begun: bool
    roles: tuple[RoleWithin, ...]


class Search(Body):
    """Words of a name or an address, all of which must occur; none for everybody."""

    unit: UUID
    words: Annotated[str, Field(max_length=200)] = ""
    role: Role | None = None
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Found(Value):
    """``total`` people were found, of whom these are a page, in the order of their names."""

    total: int
    items: tuple[PersonFound, ...]


@router.post("/people/search")
def search(app: App, who: Who, body: Search) -> Found:
    """People who work within a unit of the caller's part, by words of their names or addresses,
    which no address of ours takes, and by a role that they hold within it."""
    found = found_within(app, who, body.unit, body.words, body.role)
    shown = people_shown(app, found[body.offset : body.offset + body.limit])
    return Found(total=len(found), items=tuple(shown))


def found_within(app: Testamur, who: Caller, unit: UUID, words: str, role: str | None) -> list[str]:
    """The ids of those people, by name. Raises NotPermitted, Unavailable."""
    app.bus.require(who, "people.read", unit)
    with app.views.reading("organizations", "persons") as connection:
        within = organizations.units_within(connection, str(unit))
        among = None if role is None else persons.holding(connection, role, within)
    return app.directory.find(words, set(within), among)


def people_shown(app: Testamur, wanted: list[str]) -> list[PersonFound]:
    """A page of people in this order; whoever is not there any more is left out."""
    with app.views.reading("persons") as connection:
        rows = persons.these(connection, wanted)
        roles = persons.roles_of_these(connection, wanted)
    there = [rows[person] for person in wanted if person in rows]
    opened = unseal_all(app.vault, [box for row in there for box in (row.name, row.email)])
    return [
        PersonFound(
            id=row.id,
            handle=row.handle,
            name=name,
            email=email,
            home=row.home,
            begun=row.has_begun,
            roles=tuple(RoleWithin(role=r.role, unit=UUID(r.unit)) for r in roles[row.id]),
        )
        for row, name, email in zip(there, opened[::2], opened[1::2], strict=True)
    ]


def person_seen(app: Testamur, who: Caller, person: UUID) -> PersonFound:
    """Somebody of the caller's part. Raises NotFound, also for anybody else."""
    with app.views.reading("persons") as connection:
        row = persons.by_id(connection, str(person))
    may = app.bus.policy().may(who.role, "people.read")
    if row is None or not may or who.unit not in app.authority.path(UUID(row.home)):
        raise NotFound("person")
    app.bus.require(who, "people.read", UUID(row.home))
    return people_shown(app, [str(person)])[0]


@router.get("/people/{person}")
def one(app: App, who: Who, person: UUID) -> PersonFound:
    """Somebody who works in the caller's part of the organization."""
    return person_seen(app, who, person)


@router.post(
    "/people/file",
    dependencies=[Depends(no_query)],
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
    },
)
def carry_out_file(app: App, asked: Asked, data: Raw) -> Items[Row]:
    """Register people, and give roles, by a spreadsheet with the columns name, email, unit and
    roles. Each line stands for itself; sent again, what is done stays done."""
    return Items[Row](items=people_file.carry_out(app, asked, data))


@router.post(
    "/people/file/preview",
    dependencies=[Depends(no_query)],
    openapi_extra={
        "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
    },
)
def preview_file(app: App, who: Who, data: Raw) -> Items[Row]:
    """What that would do, line by line. Nothing is recorded."""
    return Items[Row](items=people_file.preview(app, who, data))


@router.get(
    "/organizations/{unit}/people.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def people_csv(app: App, who: Who, unit: UUID) -> Response:
    """The people who work within a unit, as such a spreadsheet."""
    return Response(people_table(app, who, unit), media_type="text/csv; charset=utf-8")


def people_table(app: Testamur, who: Caller, unit: UUID) -> bytes:
    """The same. Raises NotPermitted."""
    app.bus.require(who, "people.read", unit)
    with app.views.reading("organizations") as connection:
        within = organizations.units_within(connection, str(unit))
    return b"".join(people_file.written(app, within))


InvitationState = Literal["open", "used", "withdrawn", "expired"]


class InvitationShown(Value):
    id: UUID
    person: UUID
    name: str | None
    sent: datetime
    expires: datetime
    state: InvitationState
    ended: datetime | None


@router.get("/organizations/{unit}/invitations", tags=["access"])
def invitations(
    app: App,
    who: Who,
    unit: UUID,
    state: InvitationState | None = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Items[InvitationShown]:
    """Invitations of people who work within a unit, newest first, and what came of them."""
    return Items[InvitationShown](items=invitations_within(app, who, unit, state, offset, limit))


def invitations_within(
    app: Testamur, who: Caller, unit: UUID, state: str | None, offset: int, limit: int
) -> list[InvitationShown]:
    """A page of them. Raises NotPermitted."""
    app.bus.require(who, "invitation.withdraw", unit)
    now = app.clock()
    with app.views.reading("organizations", "persons", "access-tokens") as connection:
        homes = organizations.units_within(connection, str(unit))
        rows = access_tokens.sent_within(connection, homes, now, offset, limit, state=state or "")
        people = persons.these(connection, [row.person for row in rows])
    return [
        InvitationShown(
            id=row.id,
            person=row.person,
            name=unseal(app.vault, people[row.person].name),
            sent=row.sent,
            expires=row.expires,
            state=access_tokens.state_of(row, now),
            ended=row.ended,
        )
        for row in rows
        if row.person in people
    ]
