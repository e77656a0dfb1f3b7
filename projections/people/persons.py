"""Persons and their roles. Names stay sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, Row, String, Table, Text, func, select

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
    Column("has_begun", Boolean, nullable=False),
    # position since which they are called and reached as they are now
    Column("named", Integer, nullable=False, index=True),
)
grants = Table(
    "view_grants",
    tables,
    Column("person", String(36), primary_key=True),
    Column("role", String(40), primary_key=True),
    Column("unit", String(36), primary_key=True),
)


def _registered(batch: Batch, event: Person.Registered, position: int) -> None:
    batch.add(
        persons,
        id=str(event.originator_id),
        home=str(event.home),
        handle=event.handle,
        name=seal_out(event.name),
        email=seal_out(event.email),
        is_public=False,
        has_begun=False,
        named=position,
    )


def _role_granted(batch: Batch, event: Person.RoleGranted, _position: int) -> None:
    batch.add(grants, person=str(event.originator_id), role=event.role, unit=str(event.unit))


def _role_revoked(batch: Batch, event: Person.RoleRevoked, _position: int) -> None:
    batch.remove(grants, str(event.originator_id), event.role, str(event.unit))


def _began(batch: Batch, event: Person.Began, _position: int) -> None:
    batch.one(persons, str(event.originator_id))["has_begun"] = True


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
        Person.Began: _began,
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


def count(connection: Connection) -> int:
    """How many people there are, everywhere."""
    return int(connection.scalar(select(func.count()).select_from(persons)) or 0)


def named_after(connection: Connection, position: int, limit: int) -> list[Row[Any]]:
    """People whose name or address came after a position, in the order of that."""
    query = select(persons).where(persons.c.named > position)
    return list(connection.execute(query.order_by(persons.c.named).limit(limit)))


def ids(connection: Connection) -> set[str]:
    """Everybody's id."""
    return set(connection.scalars(select(persons.c.id)))


def these(connection: Connection, wanted: Sequence[str]) -> dict[str, Row[Any]]:
    """Those of these people who are there, by id; at most a page of them."""
    rows = connection.execute(select(persons).where(persons.c.id.in_(wanted)))
    return {row.id: row for row in rows}


def roles_of_these(connection: Connection, wanted: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """The roles that each of these people holds, in a settled order."""
    found: dict[str, list[Row[Any]]] = {person: [] for person in wanted}
    query = select(grants).where(grants.c.person.in_(wanted))
    for row in connection.execute(query.order_by(grants.c.role, grants.c.unit)):
        found[row.person].append(row)
    return found


def holding(connection: Connection, role: str, units: Sequence[str]) -> set[str]:
    """The ids of those who hold a role in one of these units."""
    query = select(grants.c.person).where(grants.c.role == role, grants.c.unit.in_(units))
    return set(connection.scalars(query))


def count_by_home(connection: Connection) -> dict[str, int]:
    """How many people work at each unit at which any does."""
    query = select(persons.c.home, func.count()).group_by(persons.c.home)
    return {home: int(number) for home, number in connection.execute(query)}
