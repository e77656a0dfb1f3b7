"""Access tokens, to be listed and ended by their persons; invitations and what came of them. Labels
stay sealed.

Who a token speaks for is answered from its aggregate, never from here. One whose role was taken
away stays in the list: it speaks again should the role be given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    String,
    Table,
    Text,
    select,
)

from ledger.people import AccessToken, Invitation, Person
from projections.batch import Batch
from projections.moments import moment
from projections.people.persons import persons
from projections.projection import Projection, seal_out, tables

access_tokens = Table(
    "view_access_tokens",
    tables,
    Column("id", String(36), primary_key=True),
    Column("person", String(36), nullable=False, index=True),
    Column("role", String(40), nullable=False),
    Column("unit", String(36), nullable=False),
    Column("label", Text, nullable=False),
    Column("parent", String(36), nullable=True, index=True),
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
    Column("position", Integer, nullable=False, index=True),
    Column("state", String(20), nullable=False),  # sent, used, withdrawn
    Column("ended", String(40), nullable=True),
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
    """With it, all that came of it speak no more; each has one parent, made before it."""
    ended = [str(event.originator_id)]
    while ended:
        token = ended.pop()
        batch.remove(access_tokens, token)
        ended += [row["id"] for row in batch.matching(access_tokens, parent=token)]


def _sent(batch: Batch, event: Invitation.Sent, position: int) -> None:
    batch.add(
        invitations,
        id=str(event.originator_id),
        person=str(event.person),
        sender=str(event.actor) if event.actor else None,
        sent=moment(event.timestamp),
        expires=moment(event.expires),
        position=position,
        state="sent",
    )


def _over(batch: Batch, event: Invitation.Event, _position: int) -> None:
    state = "used" if isinstance(event, Invitation.Used) else "withdrawn"
    invitation = batch.one(invitations, str(event.originator_id))
    invitation.update(state=state, ended=moment(event.timestamp))


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
    version=2,
)


def page(
    connection: Connection, person: str, now: datetime, after: str, limit: int
) -> list[Row[Any]]:
    """A person's tokens that are neither ended nor expired, by id after ``after``."""
    c = access_tokens.c
    query = select(access_tokens).where(c.person == person, c.expires > moment(now), c.id > after)
    return list(connection.execute(query.order_by(c.id).limit(limit)))


def open_invitations(
    connection: Connection, person: str, now: datetime, after: str, limit: int
) -> list[Row[Any]]:
    """A person's invitations that can still be used, by id after ``after``."""
    c = invitations.c
    query = select(invitations).where(c.person == person, c.id > after, _is_open(now))
    return list(connection.execute(query.order_by(c.id).limit(limit)))


def sent_within(
    connection: Connection,
    homes: Sequence[str],
    now: datetime,
    after: int,
    limit: int,
    *,
    state: str = "",
) -> list[Row[Any]]:
    """Invitations of people who work in one of these units, newest first, but the first ``after``
    of them. ``state``: open, used, withdrawn or expired; empty for all."""
    c = invitations.c
    query = select(invitations).join(persons, persons.c.id == c.person)
    query = query.where(persons.c.home.in_(homes))
    if state == "open":
        query = query.where(_is_open(now))
    elif state == "expired":
        query = query.where(c.state == "sent", c.expires <= moment(now))
    elif state:
        query = query.where(c.state == state)
    return list(connection.execute(query.order_by(c.position.desc()).offset(after).limit(limit)))


def _is_open(now: datetime) -> ColumnElement[bool]:
    return (invitations.c.state == "sent") & (invitations.c.expires > moment(now))


def state_of(invitation: Row[Any], now: datetime) -> str:
    """What came of an invitation: open, used, withdrawn or expired."""
    if invitation.state != "sent":
        return str(invitation.state)
    return "open" if invitation.expires > moment(now) else "expired"
