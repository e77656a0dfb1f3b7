"""The bits of every status list.

The signed list is made from a row here and the issuer's key, and is the same each time: it is
valid from the last change of a bit in it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, LargeBinary, Row, String, Table, select

from badges.status_list import Bitstring
from ledger.awards import Award, Endorsement
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, tables

status_lists = Table(
    "view_status_lists",
    tables,
    Column("name", String(40), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("taken", Integer, nullable=False),
    Column("bits", LargeBinary, nullable=False),
    Column("changed", String(40), nullable=False),
)
entries = Table(
    "view_status_entries",
    tables,
    Column("credential", String(36), primary_key=True),  # an award or an endorsement
    Column("name", String(40), nullable=False),
    Column("slot", Integer, nullable=False),
)


def _issued(batch: Batch, event: Award.Issued | Endorsement.Issued, _position: int) -> None:
    batch.add(
        entries,
        credential=str(event.originator_id),
        name=event.status_list,
        slot=event.status_index,
    )
    row = batch.get(status_lists, event.status_list)
    if row is None:
        row = batch.add(
            status_lists,
            name=event.status_list,
            purpose=getattr(event, "status_purpose", "revocation"),
            taken=0,
            bits=bytes(Bitstring().data),
            changed=moment(event.timestamp),
        )
    row["taken"] += 1


def _changed(batch: Batch, event: Award.Event | Endorsement.Event, _position: int) -> None:
    """Revocation sets the bit of either purpose for good; suspension sets and clears it."""
    entry = batch.one(entries, str(event.originator_id))
    row = batch.one(status_lists, entry["name"])
    bits = Bitstring(row["bits"])
    bits[entry["slot"]] = not isinstance(event, Award.Reinstated)
    row.update(bits=bytes(bits.data), changed=moment(event.timestamp))


PROJECTION = Projection(
    "status-lists",
    [status_lists, entries],
    {
        Award.Issued: _issued,
        Award.Suspended: _changed,
        Award.Reinstated: _changed,
        Award.Revoked: _changed,
        Endorsement.Issued: _issued,
        Endorsement.Withdrawn: _changed,
    },
)


def by_name(connection: Connection, name: str) -> Row[Any] | None:
    """One status list."""
    return connection.execute(select(status_lists).where(status_lists.c.name == name)).one_or_none()


def names(connection: Connection) -> list[str]:
    """The names of all status lists."""
    return list(connection.scalars(select(status_lists.c.name).order_by(status_lists.c.name)))
