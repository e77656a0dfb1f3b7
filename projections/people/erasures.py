"""Who was erased: when, on what ground, because of which proposal. Names are gone, and stay so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, select

from ledger.people import Person
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, tables

erasures = Table(
    "view_erasures",
    tables,
    Column("position", Integer, primary_key=True),
    Column("person", String(36), nullable=False),
    Column("at", String(40), nullable=False),
    Column("ground", String(40), nullable=False),
    Column("cause", String(200), nullable=True),
)


def page(connection: Connection, before: int, limit: int) -> list[Row[Any]]:
    """The register, newest first. Pages go on before the last row's ``position``."""
    query = select(erasures).where(erasures.c.position < before)
    return list(connection.execute(query.order_by(erasures.c.position.desc()).limit(limit)))


def _erased(batch: Batch, event: Person.Erased, position: int) -> None:
    batch.add(
        erasures,
        position=position,
        person=str(event.originator_id),
        at=moment(event.timestamp),
        ground=event.ground,
        cause=event.cause,
    )


PROJECTION = Projection("erasures", [erasures], {Person.Erased: _erased})
