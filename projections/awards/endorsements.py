"""Our endorsements: by the award that they endorse, or by what is public of their target.

The target of any other endorsement is known to nobody but whoever gave it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    String,
    Table,
    select,
)

from ledger.awards import Endorsement
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, tables

endorsements = Table(
    "view_endorsements",
    tables,
    Column("id", String(36), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("unit", String(36), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("award", String(36), nullable=True, index=True),
    Column("target", String(2000), nullable=True, index=True),
    Column("given", String(40), nullable=False),
    Column("valid_until", String(40), nullable=True),
    Column("withdrawn", Boolean, nullable=False),
)


def _issued(batch: Batch, event: Endorsement.Issued, position: int) -> None:
    batch.add(
        endorsements,
        id=str(event.originator_id),
        position=position,
        unit=str(event.unit),
        kind=event.kind,
        award=str(event.award) if event.award else None,
        target=_target(event),
        given=moment(event.valid_from),
        valid_until=moment(event.valid_until),
        withdrawn=False,
    )


def _target(event: Endorsement.Issued) -> str | None:
    """What a public endorsement endorses, as it was signed."""
    if not isinstance(event.document, str):
        return None
    target: str = json.loads(event.document)["credentialSubject"]["id"]
    return target


def _withdrawn(batch: Batch, event: Endorsement.Withdrawn, _position: int) -> None:
    batch.one(endorsements, str(event.originator_id))["withdrawn"] = True


PROJECTION = Projection(
    "endorsements",
    [endorsements],
    {Endorsement.Issued: _issued, Endorsement.Withdrawn: _withdrawn},
)


def of_award(connection: Connection, award: str, now: datetime) -> list[Row[Any]]:
    """Endorsements of an award of ours in force, in the order of the log."""
    return _in_force(connection, endorsements.c.award == award, now)


def of_target(connection: Connection, target: str, now: datetime) -> list[Row[Any]]:
    """Public endorsements of the issuer or an achievement of ours in force, in the order of the
    log."""
    return _in_force(connection, endorsements.c.target == target, now)


def ids(connection: Connection, award: str | None = None) -> list[str]:
    """The ids of all endorsements that we gave, or of those of an award of ours, in order."""
    query = select(endorsements.c.id)
    if award is not None:
        query = query.where(endorsements.c.award == award)
    return list(connection.scalars(query.order_by(endorsements.c.id)))


def _in_force(connection: Connection, these: ColumnElement[bool], now: datetime) -> list[Row[Any]]:
    c = endorsements.c
    query = select(endorsements).where(
        these, c.withdrawn.is_(False), c.valid_until.is_(None) | (c.valid_until > moment(now))
    )
    return list(connection.execute(query.order_by(c.position)))
