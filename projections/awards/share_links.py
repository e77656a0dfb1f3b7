"""Private links, for the person who made them. Labels stay sealed; whom a link let see what is
noted nowhere."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, Row, String, Table, Text, select

from ledger.awards import ShareLink
from ledger.people import Person
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, seal_out, tables

share_links = Table(
    "view_share_links",
    tables,
    Column("id", String(36), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("person", String(36), nullable=False, index=True),
    Column("awards", Text, nullable=False),  # JSON: their ids, in the order chosen
    Column("label", Text, nullable=False),
    Column("named", Boolean, nullable=False),
    Column("made", String(40), nullable=False),
    Column("expires", String(40), nullable=False),
    Column("ended", String(40), nullable=True),
)


def _made(batch: Batch, event: ShareLink.Made, position: int) -> None:
    batch.add(
        share_links,
        id=str(event.originator_id),
        position=position,
        person=str(event.person),
        awards=json.dumps([str(award) for award in event.awards]),
        label=seal_out(event.label),
        named=event.named,
        made=moment(event.timestamp),
        expires=moment(event.expires),
        ended=None,
    )


def _ended(batch: Batch, event: ShareLink.Ended, _position: int) -> None:
    batch.one(share_links, str(event.originator_id))["ended"] = moment(event.timestamp)


def _erased(batch: Batch, event: Person.Erased, _position: int) -> None:
    for row in batch.matching(share_links, person=str(event.originator_id)):
        batch.remove(share_links, row["id"])


PROJECTION = Projection(
    "share-links",
    [share_links],
    {ShareLink.Made: _made, ShareLink.Ended: _ended, Person.Erased: _erased},
)


def of_person(connection: Connection, person: str, before: int, limit: int) -> list[Row[Any]]:
    """A person's links, over or not, newest first, made before the position ``before``."""
    c = share_links.c
    query = select(share_links).where(c.person == person, c.position < before)
    return list(connection.execute(query.order_by(c.position.desc()).limit(limit)))


def awards_of(row: Row[Any]) -> list[str]:
    """The ids of the awards that a link shows."""
    found: list[str] = json.loads(row.awards)
    return found
