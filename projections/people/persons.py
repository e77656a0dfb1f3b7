"""Persons and their roles. Names stay sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Row, String, Table, Text, select

from ledger.people import Person
from projections.batch import Batch
from projections.projection import Projection, seal_out, tables

persons = Table(
    "view_persons",
    tables,
    Column("id", String(36), primary_key=True),
    Column("home", String(36), nullable=False, index=True),
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


def _registered(batch: Batch, event: Person.Registered, _position: int) -> None:
    batch.add(
        persons,
        id=str(event.originator_id),
        home=str(event.home),
        handle=event.handle,
        name=seal_out(event.name),
        email=seal_out(event.email),
        is_public=False,
    )


def _role_granted(batch: Batch, event: Person.RoleGranted, _position: int) -> None:
    batch.add(grants, person=str(event.originator_id), role=event.role, unit=str(event.unit))


def _role_revoked(batch: Batch, event: Person.RoleRevoked, _position: int) -> None:
    batch.remove(grants, str(event.originator_id), event.role, str(event.unit))


def _published(batch: Batch, event: Person.Event, _position: int) -> None:
    person = batch.one(persons, str(event.originator_id))
    person["is_public"] = isinstance(event, Person.ProfilePublished)


def _erased(batch: Batch, event: Person.Erased, _position: int) -> None:
    person = str(event.originator_id)
    batch.remove(persons, person)
    for grant in batch.matching(grants, person=person):
        batch.remove(grants, person, grant["role"], grant["unit"])


PROJECTION = Projection(
    "persons",
    [persons, grants],
    {
        Person.Registered: _registered,
        Person.RoleGranted: _role_granted,
        Person.RoleRevoked: _role_revoked,
        Person.ProfilePublished: _published,
        Person.ProfileHidden: _published,
        Person.Erased: _erased,
    },
)


def by_handle(connection: Connection, handle: str) -> Row[Any] | None:
    """The person with that handle, public or not."""
    return connection.execute(select(persons).where(persons.c.handle == handle)).one_or_none()


def by_id(connection: Connection, person: str) -> Row[Any] | None:
    """The person with that id."""
    return connection.execute(select(persons).where(persons.c.id == person)).one_or_none()


def roles_of(connection: Connection, person: str) -> list[Row[Any]]:
    """The roles that a person holds, in a settled order."""
    query = select(grants).where(grants.c.person == person)
    return list(connection.execute(query.order_by(grants.c.role, grants.c.unit)))


def page(connection: Connection, homes: Sequence[str], after: str, limit: int) -> list[Row[Any]]:
    """People who work in one of the units ``homes``, by id after ``after``."""
    query = select(persons).where(persons.c.id > after, persons.c.home.in_(homes))
    return list(connection.execute(query.order_by(persons.c.id).limit(limit)))
