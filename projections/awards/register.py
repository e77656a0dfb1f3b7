"""The award register: every award with its status, and the counts over them (``counts``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    func,
    or_,
    select,
)
from sqlalchemy import Row as Result

from ledger.awards import Award
from ledger.school_year import school_year
from projections.awards import counts
from projections.batch import Batch, Row
from projections.moments import moment
from projections.projection import Projection, tables

awards = Table(
    "view_awards",
    tables,
    Column("id", String(36), primary_key=True),
    Column("position", Integer, nullable=False, index=True),
    Column("person", String(36), nullable=False),
    Column("campus", String(36), nullable=False),
    Column("micro_credential", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("submission", String(36), nullable=False),
    Column("school_year", String(7), nullable=False),
    Column("awarded", String(40), nullable=False),
    Column("valid_until", String(40), nullable=True),
    Column("last_day", String(10), nullable=False),
    Column("status", String(20), nullable=False),
    Column("reason", String(40), nullable=True),
    Column("proof", String(36), nullable=False),  # stream of the newest badge's digest
    Column("changed", String(40), nullable=False),
    Index("view_awards_person", "person", "position"),
    Index("view_awards_year", "campus", "school_year", "status", "last_day"),
)


def _issued(batch: Batch, event: Award.Issued, position: int) -> None:
    row = batch.add(
        awards,
        id=str(event.originator_id),
        position=position,
        person=str(event.person),
        campus=str(event.campus),
        micro_credential=str(event.micro_credential),
        number=event.number,
        submission=str(event.submission),
        school_year=school_year(event.valid_from),
        awarded=moment(event.valid_from),
        valid_until=moment(event.valid_until),
        last_day=counts.last_day(event.valid_until),
        status="active",
        proof=str(event.proof),
        changed=moment(event.timestamp),
    )
    counts.recount(batch, None, row)


_STATUS: dict[type, str] = {
    Award.Suspended: "suspended",
    Award.Reinstated: "active",
    Award.Revoked: "revoked",
}


def _status_changed(batch: Batch, event: Award.Event, _position: int) -> None:
    reason = getattr(event, "reason", None)
    _change(batch, event, lambda row: row.update(status=_STATUS[type(event)], reason=reason))


def _renewed(batch: Batch, event: Award.Renewed, _position: int) -> None:
    renewed = {
        "valid_until": moment(event.valid_until),
        "last_day": counts.last_day(event.valid_until),
        "proof": str(event.proof),
    }
    _change(batch, event, lambda row: row.update(renewed))


def _change(batch: Batch, event: Award.Event, change: Callable[[Row], None]) -> None:
    row = batch.one(awards, str(event.originator_id))
    before = dict(row)
    change(row)
    row["changed"] = moment(event.timestamp)
    counts.recount(batch, before, row)


PROJECTION = Projection(
    "awards",
    [awards, *counts.TABLES],
    {
        Award.Issued: _issued,
        Award.Renewed: _renewed,
        **dict.fromkeys(_STATUS, _status_changed),
    },
)


def by_id(connection: Connection, award: str) -> Result[Any] | None:
    """One award."""
    return connection.execute(select(awards).where(awards.c.id == award)).one_or_none()


def page(
    connection: Connection,
    after: int,
    limit: int,
    *,
    campuses: Sequence[str] | None = None,
    person: str | None = None,
) -> list[Result[Any]]:
    """Awards in the order of the log after position ``after``, of those campuses or person."""
    query = select(awards).where(awards.c.position > after)
    if campuses is not None:
        query = query.where(awards.c.campus.in_(campuses))
    if person is not None:
        query = query.where(awards.c.person == person)
    return list(connection.execute(query.order_by(awards.c.position).limit(limit)))


@dataclass(frozen=True)
class Sought:
    """Which awards; what is None is not asked about. ``status`` may also be ``expired``."""

    campuses: Sequence[str]
    status: str | None = None
    micro_credential: str | None = None
    school_year: str | None = None
    person: str | None = None


def sought(
    connection: Connection, which: Sought, now: datetime, after: int, limit: int
) -> list[Result[Any]]:
    """Awards, newest first, but the first ``after`` of them."""
    query = select(awards).where(*_conditions(which, now))
    return list(
        connection.execute(query.order_by(awards.c.position.desc()).offset(after).limit(limit))
    )


def count(connection: Connection, which: Sought, now: datetime) -> int:
    """How many there are."""
    query = select(func.count()).select_from(awards).where(*_conditions(which, now))
    return int(connection.scalar(query) or 0)


def by_school_year(
    connection: Connection, campuses: Sequence[str], day: date
) -> dict[str, dict[str, int]]:
    """For each school year in which awards were made at those campuses, how many of them are
    active, expired, suspended and revoked on ``day``."""
    c = awards.c
    past = (c.last_day < day.isoformat()).label("past")
    query = (
        select(c.school_year, c.status, past, func.count())
        .where(c.campus.in_(campuses))
        .group_by(c.school_year, c.status, past)
        .order_by(c.school_year)
    )
    found: dict[str, dict[str, int]] = {}
    for year, status, is_past, number in connection.execute(query):
        counted = found.setdefault(year, dict.fromkeys(counts.STATUSES, 0))
        counted[counts.status_then(status, is_past=bool(is_past))] += int(number)
    return found


def _conditions(which: Sought, now: datetime) -> list[ColumnElement[bool]]:
    c = awards.c
    conditions: list[ColumnElement[bool]] = [c.campus.in_(which.campuses)]
    if which.status == "expired":
        conditions += [c.status == "active", c.valid_until <= moment(now)]
    elif which.status == "active":
        conditions += [
            c.status == "active",
            or_(c.valid_until.is_(None), c.valid_until > moment(now)),
        ]
    elif which.status is not None:
        conditions.append(c.status == which.status)
    for column, wanted in (
        (c.micro_credential, which.micro_credential),
        (c.school_year, which.school_year),
        (c.person, which.person),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    return conditions


def status_now(award: Result[Any], now: datetime) -> str:
    """One of ``counts.STATUSES``."""
    is_past = award.valid_until is not None and award.valid_until <= moment(now)
    return counts.status_then(award.status, is_past=is_past)


def is_in_force(award: Result[Any], now: datetime) -> bool:
    """Whether an award counts now: neither suspended nor revoked, nor past its end."""
    return award.status == "active" and (
        award.valid_until is None or award.valid_until > moment(now)
    )
