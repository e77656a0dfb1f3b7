"""Educator profiles: what each educator has earned, counted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, select

from ledger.awards import Award
from ledger.people import Person
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, tables

profiles = Table(
    "view_profiles",
    tables,
    Column("person", String(36), primary_key=True),
    Column("earned", Integer, nullable=False),
    Column("revoked", Integer, nullable=False),
    Column("first_awarded", String(40), nullable=True),
    Column("last_awarded", String(40), nullable=True),
)
earned_by = Table(
    "view_earned_by",
    tables,
    Column("award", String(36), primary_key=True),
    Column("person", String(36), nullable=False),
)


def _registered(batch: Batch, event: Person.Registered, _position: int) -> None:
    batch.add(profiles, person=str(event.originator_id), earned=0, revoked=0)


def _issued(batch: Batch, event: Award.Issued, _position: int) -> None:
    person, time = str(event.person), moment(event.valid_from)
    batch.add(earned_by, award=str(event.originator_id), person=person)
    profile = batch.get(profiles, person)
    if profile is not None:
        profile["earned"] += 1
        profile["first_awarded"] = profile["first_awarded"] or time
        profile["last_awarded"] = time


def _revoked(batch: Batch, event: Award.Revoked, _position: int) -> None:
    profile = batch.get(profiles, batch.one(earned_by, str(event.originator_id))["person"])
    if profile is not None:
        profile["revoked"] += 1


def _erased(batch: Batch, event: Person.Erased, _position: int) -> None:
    batch.remove(profiles, str(event.originator_id))


PROJECTION = Projection(
    "profiles",
    [profiles, earned_by],
    {
        Person.Registered: _registered,
        Person.Erased: _erased,
        Award.Issued: _issued,
        Award.Revoked: _revoked,
    },
)


def of(connection: Connection, person: str) -> Row[Any] | None:
    """A person's profile; None for one who was erased."""
    return connection.execute(select(profiles).where(profiles.c.person == person)).one_or_none()
