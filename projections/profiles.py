"""Educator profiles: what each educator has earned, counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, select

from ledger.awards import Award
from ledger.people import Person
from projections.engine import Projection, tables

profiles = Table(
    "view_profiles",
    tables,
    Column("person", String(36), primary_key=True),
    Column("earned", Integer, nullable=False),
    Column("revoked", Integer, nullable=False),
    Column("first_awarded", String(40), nullable=True),
    Column("last_awarded", String(40), nullable=True),
)


holders = Table(
    "view_holders",
    tables,
    Column("award", String(36), primary_key=True),
    Column("person", String(36), nullable=False),
)


def _registered(connection: Connection, event: Person.Registered, _position: int) -> None:
    connection.execute(
        profiles.insert(),
        {
            "person": str(event.originator_id),
            "earned": 0,
            "revoked": 0,
        },
    )


def _issued(connection: Connection, event: Award.Issued, _position: int) -> None:
    time = event.valid_from.isoformat()
    row = profiles.c.person == str(event.person)
    connection.execute(
        holders.insert(),
        {
            "award": str(event.originator_id),
            "person": str(event.person),
        },
    )
    connection.execute(profiles.update().where(row).values(earned=profiles.c.earned + 1))
    connection.execute(profiles.update().where(row).values(last_awarded=time))
    connection.execute(
        profiles.update().where(row, profiles.c.first_awarded.is_(None)).values(first_awarded=time)
    )


def _revoked(connection: Connection, event: Award.Revoked, _position: int) -> None:
    award = holders.c.award == str(event.originator_id)
    holder = select(holders.c.person).where(award).scalar_subquery()
    connection.execute(
        profiles.update().where(profiles.c.person == holder).values(revoked=profiles.c.revoked + 1)
    )


def _erased(connection: Connection, event: Person.Erased, _position: int) -> None:
    connection.execute(profiles.delete().where(profiles.c.person == str(event.originator_id)))


PROJECTION = Projection(
    "profiles",
    [profiles, holders],
    {
        Person.Registered: _registered,
        Person.Erased: _erased,
        Award.Issued: _issued,
        Award.Revoked: _revoked,
    },
)


def of(connection: Connection, person: str) -> Row[Any] | None:
    """A person's profile."""
    return connection.execute(select(profiles).where(profiles.c.person == person)).one_or_none()
