"""Proposals: what waits for a second person, and what was confirmed and can still be stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, Text, select

from ledger.people import Proposal
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, seal_out, tables

proposals = Table(
    "view_proposals",
    tables,
    Column("id", String(36), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("what", String(40), nullable=False),
    Column("thing", String(36), nullable=False),
    Column("unit", String(36), nullable=False),
    Column("values", Text, nullable=False),  # JSON
    Column("reason", Text, nullable=False),  # sealed for the proposer
    Column("proposer", String(36), nullable=True),
    Column("made", String(40), nullable=False),
    Column("ends", String(40), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("confirmer", String(36), nullable=True),
    Column("due", String(40), nullable=True),
)


def _made(batch: Batch, event: Proposal.Made, position: int) -> None:
    row = {
        "id": str(event.originator_id),
        "position": position,
        "what": event.what,
        "thing": str(event.thing),
        "unit": str(event.unit),
        "values": json.dumps(event.values, sort_keys=True),
        "reason": seal_out(event.reason),
        "proposer": str(event.actor) if event.actor else None,
        "made": moment(event.timestamp),
        "ends": moment(event.ends),
        "state": "proposed",
    }
    batch.add(proposals, **row)


def _confirmed(batch: Batch, event: Proposal.Confirmed, _position: int) -> None:
    confirmer = str(event.actor) if event.actor else None
    batch.one(proposals, str(event.originator_id)).update(
        state="confirmed", confirmer=confirmer, due=moment(event.due)
    )


_OVER: dict[type, str] = {
    Proposal.Refused: "refused",
    Proposal.Stopped: "stopped",
    Proposal.CarriedOut: "carried-out",
}


def _over(batch: Batch, event: Proposal.Event, _position: int) -> None:
    batch.one(proposals, str(event.originator_id))["state"] = _OVER[type(event)]


PROJECTION = Projection(
    "proposals",
    [proposals],
    {
        Proposal.Made: _made,
        Proposal.Confirmed: _confirmed,
        **dict.fromkeys(_OVER, _over),
    },
)


def open_within(
    connection: Connection, units: Sequence[str], now: datetime, after: int, limit: int
) -> list[Row[Any]]:
    """Proposals on things of those units that can still be answered, or stopped; oldest first,
    after the one made at position ``after``."""
    c = proposals.c
    answerable = (c.state == "proposed") & (c.ends > moment(now))
    query = select(proposals).where(
        answerable | (c.state == "confirmed"), c.unit.in_(units), c.position > after
    )
    return list(connection.execute(query.order_by(c.position).limit(limit)))


def due(connection: Connection, now: datetime, limit: int) -> list[Row[Any]]:
    """What was confirmed and may be carried out now, the longest due first."""
    c = proposals.c
    query = select(proposals).where(c.state == "confirmed", c.due <= moment(now))
    return list(connection.execute(query.order_by(c.due, c.position).limit(limit)))


def by_id(connection: Connection, proposal: str) -> Row[Any] | None:
    """One proposal, open or over."""
    return connection.execute(select(proposals).where(proposals.c.id == proposal)).one_or_none()
