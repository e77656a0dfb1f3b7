"""Our endorsements, by what they endorse."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, Row, String, Table, select

from ledger.endorsements import Endorsement
from projections.engine import Projection, tables

endorsements = Table(
    "view_endorsements",
    tables,
    Column("id", String(36), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("unit", String(36), nullable=False),
    Column("target", String(2000), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("given", String(40), nullable=False),
    Column("valid_until", String(40), nullable=True),
    Column("withdrawn", Boolean, nullable=False),
)


def _issued(connection: Connection, event: Endorsement.Issued, position: int) -> None:
    connection.execute(
        endorsements.insert(),
        {
            "id": str(event.originator_id),
            "position": position,
            "unit": str(event.unit),
            "target": event.target,
            "kind": event.kind,
            "given": event.valid_from.isoformat(),
            "valid_until": event.valid_until.isoformat() if event.valid_until else None,
            "withdrawn": False,
        },
    )


def _withdrawn(connection: Connection, event: Endorsement.Withdrawn, _position: int) -> None:
    connection.execute(
        endorsements.update()
        .where(endorsements.c.id == str(event.originator_id))
        .values(withdrawn=True)
    )


PROJECTION = Projection(
    "endorsements",
    [endorsements],
    {Endorsement.Issued: _issued, Endorsement.Withdrawn: _withdrawn},
)


def of(connection: Connection, target: str, now: str) -> list[Row[Any]]:
    """Endorsements of ``target`` in force at ``now`` (ISO 8601), in the order of the log."""
    query = select(endorsements).where(
        endorsements.c.target == target,
        endorsements.c.withdrawn.is_(False),
        endorsements.c.valid_until.is_(None) | (endorsements.c.valid_until > now),
    )
    return list(connection.execute(query.order_by(endorsements.c.position)))


def ids(connection: Connection, target: str | None = None) -> list[str]:
    """The ids of all endorsements that we gave, or of those of ``target``, in order."""
    query = select(endorsements.c.id).order_by(endorsements.c.id)
    if target is not None:
        query = query.where(endorsements.c.target == target)
    return list(connection.scalars(query))
