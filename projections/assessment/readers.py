"""Who opened which evidence: the first time of each reader, for the register of reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, select

from ledger.assessment import EvidenceOpening
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, tables

readers = Table(
    "view_evidence_readers",
    tables,
    Column("position", Integer, primary_key=True),
    Column("submission", String(36), nullable=False, index=True),
    Column("part", String(80), nullable=False),
    Column("reader", String(36), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("unit", String(36), nullable=False),
    Column("at", String(40), nullable=False),
)


def of_submission(connection: Connection, submission: str) -> list[Row[Any]]:
    """Whoever opened evidence of a submission, in the order in which they did."""
    query = select(readers).where(readers.c.submission == submission)
    return list(connection.execute(query.order_by(readers.c.position)))


def page(
    connection: Connection, before: int, limit: int, *, among: Sequence[str] | None = None
) -> list[Row[Any]]:
    """The register, newest first, of all submissions or of those ``among`` these. Pages go on
    before the last row's ``position``."""
    query = select(readers).where(readers.c.position < before)
    if among is not None:
        query = query.where(readers.c.submission.in_(among))
    return list(connection.execute(query.order_by(readers.c.position.desc()).limit(limit)))


def _opened(batch: Batch, event: EvidenceOpening.EvidenceOpened, position: int) -> None:
    batch.add(
        readers,
        position=position,
        submission=str(event.submission),
        part=event.part,
        reader=str(event.reader),
        role=event.acting_role,
        unit=str(event.acting_unit),
        at=moment(event.timestamp),
    )


PROJECTION = Projection("evidence_readers", [readers], {EvidenceOpening.EvidenceOpened: _opened})
