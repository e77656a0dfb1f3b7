"""The tree of organizations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Row, String, Table, Text, select

from ledger.people import Organization
from projections.batch import Batch
from projections.projection import Projection, tables

organizations = Table(
    "view_organizations",
    tables,
    Column("id", String(36), primary_key=True),
    Column("parent", String(36), nullable=True),
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
)


def _registered(batch: Batch, event: Organization.Registered, _position: int) -> None:
    batch.add(
        organizations,
        id=str(event.originator_id),
        parent=str(event.parent) if event.parent else None,
        kind=event.kind,
        name=event.name,
    )


PROJECTION = Projection("organizations", [organizations], {Organization.Registered: _registered})


def page(connection: Connection, after: str, limit: int, kind: str | None) -> list[Row[Any]]:
    """Organizations by id, after the one with id ``after``."""
    query = select(organizations).where(organizations.c.id > after)
    if kind is not None:
        query = query.where(organizations.c.kind == kind)
    return list(connection.execute(query.order_by(organizations.c.id).limit(limit)))


def name_of(connection: Connection, organization: str) -> str | None:
    """The name, or None for an unknown id."""
    query = select(organizations.c.name).where(organizations.c.id == organization)
    return connection.execute(query).scalar_one_or_none()


def units_within(connection: Connection, unit: str) -> list[str]:
    """``unit`` and every unit below it."""
    children: dict[str | None, list[str]] = {}
    for row in connection.execute(select(organizations.c.id, organizations.c.parent)):
        children.setdefault(row.parent, []).append(row.id)
    found = [unit]
    for above in found:  # grows while it is walked
        found.extend(children.get(above, []))
    return found


@dataclass(frozen=True)
class Unit:
    """A unit in the tree. ``path`` are the names from below the network down to it; the network's
    own for itself."""

    id: str
    name: str
    kind: str
    parent: str | None
    path: tuple[str, ...]


def tree(connection: Connection) -> dict[str, Unit]:
    """Every unit by its id, from the top down, neighbours by name."""
    children: dict[str | None, list[Row[Any]]] = {}
    query = select(organizations).order_by(organizations.c.name, organizations.c.id)
    for row in connection.execute(query):
        children.setdefault(row.parent, []).append(row)
    found: dict[str, Unit] = {}
    waiting: list[tuple[Row[Any], tuple[str, ...]]] = [(r, ()) for r in children.get(None, [])]
    while waiting:
        row, above = waiting.pop(0)
        path = (row.name,) if row.parent is None else (*above, row.name)
        found[row.id] = Unit(row.id, row.name, row.kind, row.parent, path)
        below = () if row.parent is None else path
        waiting = [*((child, below) for child in children.get(row.id, [])), *waiting]
    return found


def within(units: Mapping[str, Unit], unit: str) -> list[Unit]:
    """A unit and all below it, in the order of the tree."""
    found = {unit}
    for each in units.values():  # whatever is above stands before
        if each.parent in found:
            found.add(each.id)
    return [each for each in units.values() if each.id in found]


def campuses(units: Mapping[str, Unit], unit: str) -> list[Unit]:
    """The campuses among them."""
    return [each for each in within(units, unit) if each.kind == "campus"]
