"""The award register: every award with its status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, String, Table, func, select

from ledger.awards import Award
from ledger.school_year import school_year
from projections.engine import Projection, tables

awards = Table(
    "view_awards",
    tables,
    Column("id", String(36), primary_key=True),
    Column("position", Integer, nullable=False, index=True),
    Column("person", String(36), nullable=False, index=True),
    Column("campus", String(36), nullable=False),
    Column("micro_credential", String(36), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("submission", String(36), nullable=False),
    Column("school_year", String(7), nullable=False),
    Column("awarded", String(40), nullable=False),
    Column("valid_until", String(40), nullable=True),
    Column("status", String(20), nullable=False),
    Column("reason", String(40), nullable=True),
    Column("changed", String(40), nullable=False),
)


def _issued(connection: Connection, event: Award.Issued, position: int) -> None:
    connection.execute(
        awards.insert(),
        {
            "id": str(event.originator_id),
            "position": position,
            "person": str(event.person),
            "campus": str(event.campus),
            "micro_credential": str(event.micro_credential),
            "number": event.number,
            "submission": str(event.submission),
            "school_year": school_year(event.valid_from),
            "awarded": event.valid_from.isoformat(),
            "valid_until": event.valid_until.isoformat() if event.valid_until else None,
            "status": "active",
            "reason": None,
            "changed": event.timestamp.isoformat(),
        },
    )


_STATUS: dict[type, str] = {
    Award.Suspended: "suspended",
    Award.Reinstated: "active",
    Award.Revoked: "revoked",
}


def _changed(connection: Connection, event: Award.Event, _position: int) -> None:
    connection.execute(
        awards.update()
        .where(awards.c.id == str(event.originator_id))
        .values(
            status=_STATUS[type(event)],
            reason=getattr(event, "reason", None),
            changed=event.timestamp.isoformat(),
        )
    )


def _renewed(connection: Connection, event: Award.Renewed, _position: int) -> None:
    connection.execute(
        awards.update()
        .where(awards.c.id == str(event.originator_id))
        .values(valid_until=event.valid_until.isoformat(), changed=event.timestamp.isoformat())
    )


PROJECTION = Projection(
    "awards",
    [awards],
    {
        Award.Issued: _issued,
        Award.Renewed: _renewed,
        **dict.fromkeys(_STATUS, _changed),
    },
)


def by_id(connection: Connection, award: str) -> Row[Any] | None:
    """One award."""
    return connection.execute(select(awards).where(awards.c.id == award)).one_or_none()


def page(
    connection: Connection,
    after: int,
    limit: int,
    *,
    campuses: Sequence[str] | None = None,
    person: str | None = None,
) -> list[Row[Any]]:
    """Awards in the order of the log after position ``after``, of those campuses or person."""
    query = select(awards).where(awards.c.position > after)
    if campuses is not None:
        query = query.where(awards.c.campus.in_(campuses))
    if person is not None:
        query = query.where(awards.c.person == person)
    return list(connection.execute(query.order_by(awards.c.position).limit(limit)))


def live_by_school_year(connection: Connection) -> dict[str, tuple[int, int]]:
    """For each school year: awards in force, and how many educators hold them."""
    query = (
        select(awards.c.school_year, func.count(), func.count(awards.c.person.distinct()))
        .where(awards.c.status != "revoked")
        .group_by(awards.c.school_year)
        .order_by(awards.c.school_year)
    )
    return {year: (number, people) for year, number, people in connection.execute(query)}


def count_for(connection: Connection, micro_credential: str) -> int:
    """Awards in force for a micro-credential."""
    query = select(func.count()).where(
        awards.c.micro_credential == micro_credential, awards.c.status != "revoked"
    )
    return connection.execute(query).scalar_one()
