"""People, their roles and the tokens that stand for them. Names stay sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Row, String, Table, Text, select

from ledger.people import Person
from projections.engine import Projection, seal_out, tables

people = Table(
    "view_people",
    tables,
    Column("id", String(36), primary_key=True),
    Column("home", String(36), nullable=False),
    Column("handle", String(40), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("is_public", Boolean, nullable=False),
)
grants = Table(
    "view_grants",
    tables,
    Column("person", String(36), primary_key=True),
    Column("role", String(40), primary_key=True),
    Column("unit", String(36), primary_key=True),
)
tokens = Table(
    "view_tokens",
    tables,
    Column("id", String(36), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("person", String(36), nullable=False),
    Column("role", String(40), nullable=False),
    Column("unit", String(36), nullable=False),
    Column("label", Text, nullable=False),
    Column("expires", String(40), nullable=False),
)


def _registered(connection: Connection, event: Person.Registered, _position: int) -> None:
    connection.execute(
        people.insert(),
        {
            "id": str(event.originator_id),
            "home": str(event.home),
            "handle": event.handle,
            "name": seal_out(event.name),
            "email": seal_out(event.email),
            "is_public": False,
        },
    )


def _role_granted(connection: Connection, event: Person.RoleGranted, _position: int) -> None:
    connection.execute(
        grants.insert(),
        {
            "person": str(event.originator_id),
            "role": event.role,
            "unit": str(event.unit),
        },
    )


def _role_revoked(connection: Connection, event: Person.RoleRevoked, _position: int) -> None:
    person, unit = str(event.originator_id), str(event.unit)
    for table in (grants, tokens):
        connection.execute(
            table.delete().where(
                table.c.person == person, table.c.role == event.role, table.c.unit == unit
            )
        )


def _token_issued(connection: Connection, event: Person.TokenIssued, _position: int) -> None:
    connection.execute(
        tokens.insert(),
        {
            "id": str(event.token),
            "digest": event.digest,
            "person": str(event.originator_id),
            "role": event.role,
            "unit": str(event.unit),
            "label": seal_out(event.label),
            "expires": event.expires.isoformat(),
        },
    )


def _token_revoked(connection: Connection, event: Person.TokenRevoked, _position: int) -> None:
    connection.execute(tokens.delete().where(tokens.c.id == str(event.token)))


def _published(connection: Connection, event: Person.Event, _position: int) -> None:
    connection.execute(
        people.update()
        .where(people.c.id == str(event.originator_id))
        .values(is_public=isinstance(event, Person.ProfilePublished))
    )


def _erased(connection: Connection, event: Person.Erased, _position: int) -> None:
    person = str(event.originator_id)
    connection.execute(people.delete().where(people.c.id == person))
    for table in (grants, tokens):
        connection.execute(table.delete().where(table.c.person == person))


PROJECTION = Projection(
    "people",
    [people, grants, tokens],
    {
        Person.Registered: _registered,
        Person.RoleGranted: _role_granted,
        Person.RoleRevoked: _role_revoked,
        Person.TokenIssued: _token_issued,
        Person.TokenRevoked: _token_revoked,
        Person.ProfilePublished: _published,
        Person.ProfileHidden: _published,
        Person.Erased: _erased,
    },
)


def by_handle(connection: Connection, handle: str) -> Row[Any] | None:
    """The person with that handle, public or not."""
    return connection.execute(select(people).where(people.c.handle == handle)).one_or_none()


def by_id(connection: Connection, person: str) -> Row[Any] | None:
    """The person with that id."""
    return connection.execute(select(people).where(people.c.id == person)).one_or_none()


def roles_of(connection: Connection, person: str) -> list[Row[Any]]:
    """The roles that a person holds, in a settled order."""
    query = select(grants).where(grants.c.person == person)
    return list(connection.execute(query.order_by(grants.c.role, grants.c.unit)))


def page(connection: Connection, homes: list[str], after: str, limit: int) -> list[Row[Any]]:
    """People who work in one of the units ``homes``, by id after ``after``."""
    query = select(people).where(people.c.id > after, people.c.home.in_(homes))
    return list(connection.execute(query.order_by(people.c.id).limit(limit)))
