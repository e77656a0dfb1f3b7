"""How many awards are in force on a day, and how many people hold them; kept up with each event, so
that asking costs the same with any number of awards.

Awards are counted by status and by the last day on which they hold (UTC): what is in force on a day
is the sum over the days from then on. Two awards of a person end on different days, so a holder is
counted once, under the last day of all that they hold. There are as many rows as days on which
something ends, whatever the number of awards.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text, func, select

from projections.batch import Batch, Row
from projections.projection import tables

Scope = Literal["network", "school-year", "campus", "micro-credential"]
"""Over what is counted: everything (``of`` is empty then), the school year in which it was awarded,
the campus, the micro-credential."""

award_counts = Table(
    "view_award_counts",
    tables,
    Column("scope", String(20), primary_key=True),
    Column("of", String(36), primary_key=True),
    Column("status", String(20), primary_key=True),
    Column("last_day", String(10), primary_key=True),
    Column("number", Integer, nullable=False),
    Index("view_award_counts_by_day", "scope", "status", "last_day"),
)
holder_counts = Table(
    "view_holder_counts",
    tables,
    Column("scope", String(20), primary_key=True),
    Column("of", String(36), primary_key=True),
    Column("last_day", String(10), primary_key=True),
    Column("number", Integer, nullable=False),
    Index("view_holder_counts_by_day", "scope", "last_day"),
)
holders = Table(
    "view_holders",
    tables,
    Column("scope", String(20), primary_key=True),
    Column("of", String(36), primary_key=True),
    Column("person", String(36), primary_key=True),
    Column("awards", Text, nullable=False),  # JSON: the last day of each that is active
)
TABLES = (award_counts, holder_counts, holders)

STATUSES = ("active", "expired", "suspended", "revoked")

_NEVER = "9999-12-31"


def last_day(valid_until: datetime | None) -> str:
    """The last day (UTC) on which something that ends then still holds."""
    if valid_until is None:
        return _NEVER
    return (valid_until.astimezone(UTC) - timedelta(microseconds=1)).date().isoformat()


def recount(batch: Batch, before: Row | None, after: Row) -> None:
    """Count a row of the register as it is now, and no more as it was before."""
    for scope, of in _scopes(after):
        if before is not None:
            _shift(batch, award_counts, (scope, of, before["status"], before["last_day"]), -1)
        _shift(batch, award_counts, (scope, of, after["status"], after["last_day"]), 1)
        if scope != "micro-credential":  # nobody holds two of one that are in force
            _hold(batch, scope, of, after)


def in_force_by_school_year(connection: Connection, day: date) -> dict[str, tuple[int, int]]:
    """For each school year: awards of it in force on ``day``, and how many people hold them."""
    people: dict[str, int] = _sums(connection, holder_counts, "school-year", day)
    awards = _sums(connection, award_counts, "school-year", day)
    return {year: (awards[year], people[year]) for year in sorted(awards)}


def in_force(connection: Connection, scope: Scope, of: str, day: date) -> tuple[int, int]:
    """Awards in force on ``day``, and how many people hold them."""
    awards = _sums(connection, award_counts, scope, day, of).get(of, 0)
    if scope == "micro-credential":
        return awards, awards
    return awards, _sums(connection, holder_counts, scope, day, of).get(of, 0)


def by_status(connection: Connection, scope: Scope, of: str, day: date) -> dict[str, int]:
    """All awards as they stand on ``day``: active, expired, suspended, revoked."""
    c = award_counts.c
    past = (c.last_day < day.isoformat()).label("past")
    query = (
        select(c.status, past, func.sum(c.number))
        .where(c.scope == scope, c.of == of)
        .group_by(c.status, past)
    )
    found = dict.fromkeys(STATUSES, 0)
    for status, is_past, number in connection.execute(query):
        found[status_then(status, is_past=is_past)] += int(number)
    return found


def status_then(status: str, *, is_past: bool) -> str:
    """An award's status on a day: one of ``STATUSES``; past its end, an active one has expired."""
    return "expired" if is_past and status == "active" else status


def _sums(
    connection: Connection, table: Table, scope: Scope, day: date, of: str | None = None
) -> dict[str, int]:
    c = table.c
    query = select(c.of, func.sum(c.number)).where(c.scope == scope, c.last_day >= day.isoformat())
    if "status" in c:
        query = query.where(c.status == "active")
    if of is not None:
        query = query.where(c.of == of)
    return {key: int(number) for key, number in connection.execute(query.group_by(c.of))}


def _scopes(row: Row) -> Iterator[tuple[Scope, str]]:
    yield "network", ""
    yield "school-year", row["school_year"]
    yield "campus", row["campus"]
    yield "micro-credential", row["micro_credential"]


def _hold(batch: Batch, scope: Scope, of: str, award: Row) -> None:
    """Count the award's holder under the last day of all that they hold now."""
    holder = batch.get(holders, scope, of, award["person"])
    if holder is None:
        holder = batch.add(holders, scope=scope, of=of, person=award["person"], awards="{}")
    held: dict[str, str] = json.loads(holder["awards"])
    before = max(held.values(), default=None)
    held.pop(award["id"], None)
    if award["status"] == "active":
        held[award["id"]] = award["last_day"]
    after = max(held.values(), default=None)
    holder["awards"] = json.dumps(held, sort_keys=True)
    if before is not None:
        _shift(batch, holder_counts, (scope, of, before), -1)
    if after is not None:
        _shift(batch, holder_counts, (scope, of, after), 1)
    else:
        batch.remove(holders, scope, of, award["person"])


def _shift(batch: Batch, table: Table, key: tuple[Any, ...], by: int) -> None:
    row = batch.get(table, *key)
    if row is None:
        names = (column.name for column in table.primary_key)
        row = batch.add(table, **dict(zip(names, key, strict=True)), number=0)
    row["number"] += by
    if row["number"] == 0:
        batch.remove(table, *key)
