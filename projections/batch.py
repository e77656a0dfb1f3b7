"""What one page of events changes in a read model: rows are read once, changed in memory, and
written together, each statement compiled once and run for all its rows.

Fifty events of one submission so become one row inserted, not fifty statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Table, Update, bindparam, select

Row = dict[str, Any]
"""A row by the names of its columns."""

Key = tuple[Any, ...]


@dataclass
class _Kept:
    """A row as the database has it and as it shall be; None where there is none."""

    stored: Row | None
    now: Row | None


class Batch:
    """The rows of one read model, within one transaction. Nothing is written before ``write``.

    ``key`` is a row's primary key, in the order of its columns.
    """

    def __init__(
        self, connection: Connection, instead: Mapping[Table, Table] | None = None
    ) -> None:
        """``instead`` of some tables others are read and written, which have the same columns."""
        self._connection = connection
        self._instead = instead or {}
        self._kept: dict[Table, dict[Key, _Kept]] = {}

    def add(self, table: Table, **values: Any) -> Row:
        """A new row; a column that is left out is empty. Raises ValueError where there is one."""
        table = self._instead.get(table, table)
        row: Row = dict.fromkeys(table.columns.keys()) | values
        key = _key(table, row)
        kept = self._kept.setdefault(table, {}).setdefault(key, _Kept(None, None))
        if kept.now is not None:
            raise ValueError(f"{table.name} has a row of this key already")
        kept.now = row
        return row

    def get(self, table: Table, *key: Any) -> Row | None:
        """The row, to be changed in place; None if there is none."""
        table = self._instead.get(table, table)
        rows = self._kept.setdefault(table, {})
        if key not in rows:
            found = self._connection.execute(_statements(table).one, _named(table, key))
            row = found.mappings().one_or_none()
            rows[key] = _Kept(dict(row), dict(row)) if row is not None else _Kept(None, None)
        return rows[key].now

    def one(self, table: Table, *key: Any) -> Row:
        """The same for a row that must be there. Raises LookupError."""
        row = self.get(table, *key)
        if row is None:
            raise LookupError(f"{table.name} has no such row")
        return row

    def matching(self, table: Table, **values: Any) -> list[Row]:
        """The rows with these values, to be changed in place. Writes what was changed so far."""
        self.write()
        table = self._instead.get(table, table)
        rows = self._kept.setdefault(table, {})
        query = select(table).filter_by(**values).order_by(*table.primary_key)
        keys = []
        for row in self._connection.execute(query).mappings():
            key = _key(table, row)
            rows.setdefault(key, _Kept(dict(row), dict(row)))
            keys.append(key)
        return [now for key in keys if (now := rows[key].now) is not None]

    def remove(self, table: Table, *key: Any) -> None:
        """Take the row away, if there is one."""
        if self.get(table, *key) is not None:
            self._kept[self._instead.get(table, table)][key].now = None

    def write(self) -> None:
        """Write what was changed since the last time."""
        for table, rows in self._kept.items():
            self._write(table, [kept for kept in rows.values() if kept.stored != kept.now])

    def _write(self, table: Table, changed: list[_Kept]) -> None:
        gone, new, other = [], [], []
        for kept in changed:
            if kept.now is None:
                gone.append(_named(table, _key(table, kept.stored or {})))
            elif kept.stored is None:
                new.append(kept.now)
            else:
                other.append(kept.now | _named(table, _key(table, kept.stored)))
        statements = _statements(table)
        if gone:
            self._connection.execute(statements.delete, gone)
        if new:
            self._connection.execute(statements.insert, new)
        if other:
            self._connection.execute(statements.update, other)
        for kept in changed:
            kept.stored = dict(kept.now) if kept.now is not None else None


@dataclass(frozen=True)
class _Statements:
    one: Select[Any]
    insert: Insert
    update: Update
    delete: Delete


@cache
def _statements(table: Table) -> _Statements:
    this = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
    values: Row = {column.name: bindparam(column.name) for column in table.columns}
    return _Statements(
        one=select(table).where(*this),
        insert=table.insert().values(values),
        update=table.update().where(*this).values(values),
        delete=table.delete().where(*this),
    )


def _named(table: Table, key: Key) -> Row:
    names = (f"key_{column.name}" for column in table.primary_key)
    return dict(zip(names, key, strict=True))


def _key(table: Table, row: Any) -> Key:
    return tuple(row[column.name] for column in table.primary_key)
