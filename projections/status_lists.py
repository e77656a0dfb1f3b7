"""The bits of every status list.

The signed list is made from a row here and the issuer's key, and is the same each time: it is
valid from the last change of a bit in it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, LargeBinary, Row, String, Table, select

from badges.status_list import Bitstring
from ledger.awards import Award
from ledger.endorsements import Endorsement
from projections.engine import Projection, tables

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
    Column("award", String(36), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("slot", Integer, nullable=False),
)


def _issued(
    connection: Connection, event: Award.Issued | Endorsement.Issued, _position: int
) -> None:
    connection.execute(
        entries.insert(),
        {
            "award": str(event.originator_id),
            "name": event.status_list,
            "slot": event.status_index,
        },
    )
    this = status_lists.c.name == event.status_list
    counted = connection.execute(
        status_lists.update().where(this).values(taken=status_lists.c.taken + 1)
    )
    if counted.rowcount == 0:
        connection.execute(
            status_lists.insert(),
            {
                "name": event.status_list,
                "purpose": getattr(event, "status_purpose", "revocation"),
                "taken": 1,
                "bits": bytes(Bitstring().data),
                "changed": event.timestamp.isoformat(),
            },
        )


def _changed(
    connection: Connection, event: Award.Event | Endorsement.Event, _position: int
) -> None:
    """Revocation sets the bit of either purpose for good; suspension sets and clears it."""
    award = str(event.originator_id)
    entry = connection.execute(select(entries).where(entries.c.award == award)).one()
    this = status_lists.c.name == entry.name
    row = connection.execute(select(status_lists).where(this)).one()
    bits = Bitstring(row.bits)
    bits[entry.slot] = not isinstance(event, Award.Reinstated)
    connection.execute(
        status_lists.update()
        .where(this)
        .values(bits=bytes(bits.data), changed=event.timestamp.isoformat())
    )


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
