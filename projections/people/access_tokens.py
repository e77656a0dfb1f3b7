"""Access tokens and invitations, to be listed and ended by their persons. Labels stay sealed.

Who a token speaks for is answered from its aggregate, never from here. One whose role was taken
away stays in the list: it speaks again should the role be given back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, String, Table, Text, select

from ledger.people import AccessToken, Invitation, Person
from projections.batch import Batch
from projections.moments import moment
from projections.projection import Projection, seal_out, tables

access_tokens = Table(
    "view_access_tokens",
    tables,
    Column("id", String(36), primary_key=True),
    Column("person", String(36), nullable=False, index=True),
    Column("role", String(40), nullable=False),
    Column("unit", String(36), nullable=False),
    Column("label", Text, nullable=False),
    Column("parent", String(36), nullable=True),
    Column("issued", String(40), nullable=False),
    Column("expires", String(40), nullable=False),
)
invitations = Table(
    "view_invitations",
    tables,
    Column("id", String(36), primary_key=True),
    Column("person", String(36), nullable=False, index=True),
    Column("sender", String(36), nullable=True),
    Column("sent", String(40), nullable=False),
    Column("expires", String(40), nullable=False),
)


def _issued(batch: Batch, event: AccessToken.Issued, _position: int) -> None:
    batch.add(
        access_tokens,
        id=str(event.originator_id),
        person=str(event.person),
        role=event.role,
        unit=str(event.unit),
        label=seal_out(event.label),
        parent=str(event.parent) if event.parent else None,
        issued=moment(event.timestamp),
        expires=moment(event.expires),
    )


def _ended(batch: Batch, event: AccessToken.Ended, _position: int) -> None:
    batch.remove(access_tokens, str(event.originator_id))


def _sent(batch: Batch, event: Invitation.Sent, _position: int) -> None:
    batch.add(
        invitations,
        id=str(event.originator_id),
        person=str(event.person),
        sender=str(event.actor) if event.actor else None,
        sent=moment(event.timestamp),
        expires=moment(event.expires),
    )


def _over(batch: Batch, event: Invitation.Event, _position: int) -> None:
    batch.remove(invitations, str(event.originator_id))


def _erased(batch: Batch, event: Person.Erased, _position: int) -> None:
    for table in (access_tokens, invitations):
        for row in batch.matching(table, person=str(event.originator_id)):
            batch.remove(table, row["id"])


PROJECTION = Projection(
    "access-tokens",
    [access_tokens, invitations],
    {
        AccessToken.Issued: _issued,
        AccessToken.Ended: _ended,
        Invitation.Sent: _sent,
        Invitation.Used: _over,
        Invitation.Withdrawn: _over,
        Person.Erased: _erased,
    },
)


def page(
    connection: Connection, person: str, now: datetime, after: str, limit: int
) -> list[Row[Any]]:
    """A person's tokens that are neither ended nor expired, by id after ``after``."""
    return _in_force(connection, access_tokens, person, now, after, limit)


def open_invitations(
    connection: Connection, person: str, now: datetime, after: str, limit: int
) -> list[Row[Any]]:
    """A person's invitations that can still be used, by id after ``after``."""
    return _in_force(connection, invitations, person, now, after, limit)


def _in_force(
    connection: Connection, table: Table, person: str, now: datetime, after: str, limit: int
) -> list[Row[Any]]:
    query = select(table).where(
        table.c.person == person, table.c.expires > moment(now), table.c.id > after
    )
    return list(connection.execute(query.order_by(table.c.id).limit(limit)))
