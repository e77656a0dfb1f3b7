"""Read models rebuilt beside the stored ones and compared, row by row."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from ledger.audit.report import Divergence
from ledger.store import EventStore
from projections.engine import Views
from projections.projection import Projection

_AT_ONCE = 1000


def compare_views(
    views: Views,
    store: EventStore,
    projections: Sequence[Projection],
    progress: Callable[[int], None],
) -> Iterator[Divergence]:
    """Every row that is not what a rebuild gives.

    The rebuild goes as far as the stored rows do, into a temporary file: memory stays flat.
    """
    with views.reading() as stored, tempfile.TemporaryDirectory() as folder:
        positions = views.positions(stored)
        newest = store.position()
        for reached in sorted(set(positions.values())):
            these = [p for p in projections if positions.get(p.name) == reached]
            if reached > newest:
                for projection in these:
                    words = f"it says that it reached event number {reached} of {newest}"
                    yield Divergence(0, "view-differs", projection.name, words)
                continue
            if these:
                url = f"sqlite:///{Path(folder) / f'{reached}.db'}"
                fresh = Views(url, store, these)
                try:
                    yield from _rebuilt(fresh, stored, these, reached, progress)
                finally:
                    fresh.close()
        for projection in projections:
            if projection.name not in positions:
                words = "it is not there in the shape that this software gives it"
                yield Divergence(0, "view-differs", projection.name, words)


def _rebuilt(
    fresh: Views,
    stored: Connection,
    projections: Sequence[Projection],
    reached: int,
    progress: Callable[[int], None],
) -> Iterator[Divergence]:
    try:
        fresh.catch_up(progress, until=reached)
    except Exception as error:  # of events that make no sense at all
        names = ", ".join(projection.name for projection in projections)
        yield Divergence(0, "view-differs", names, f"a rebuild stops: {type(error).__name__}")
        return
    for projection in projections:
        try:
            fresh.must_follow(projection.name)
        except Exception as error:  # an event that broke the rules may break a projection too
            words = f"a rebuild stops: {type(error).__name__}"
            yield Divergence(0, "view-differs", projection.name, words)
            continue
        with fresh.reading() as rebuilt:
            yield from _compared(projection, stored, rebuilt)


def _compared(
    projection: Projection, stored: Connection, rebuilt: Connection
) -> Iterator[Divergence]:
    for table in projection.tables:
        try:
            yield from _compare(table, stored, rebuilt)
        except (ValueError, TypeError) as error:  # a value that no event ever wrote
            words = f"a value cannot be read: {error}"
            yield Divergence(0, "view-differs", table.name, words)


def _compare(table: Table, stored: Connection, rebuilt: Connection) -> Iterator[Divergence]:
    """A merge of the two tables in the order of their keys."""
    keys = [column.name for column in table.primary_key]
    left, right = _rows(table, stored), _rows(table, rebuilt)
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        first, second = _key(one, keys), _key(other, keys)
        if other is None or (one is not None and first < second):
            yield _differs(table, first, "it should not be there")
            one = next(left, None)
        elif one is None or second < first:
            yield _differs(table, second, "it is missing")
            other = next(right, None)
        else:
            wrong = [n for n in one if one[n] != other[n]]
            if wrong:
                yield _differs(table, first, f"{', '.join(wrong)} should be otherwise")
            one, other = next(left, None), next(right, None)


def _rows(table: Table, connection: Connection) -> Iterator[dict[str, Any]]:
    """Rows sorted by their keys as Python sorts them: engines sort text in their own ways."""
    binary = [
        column.collate("C")
        if connection.dialect.name == "postgresql" and column.type.python_type is str
        else column
        for column in table.primary_key
    ]
    query = select(table).order_by(*binary).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(query):
        yield dict(row._mapping)


def _key(row: dict[str, Any] | None, keys: list[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in keys) if row is not None else ()


def _differs(table: Table, key: tuple[Any, ...], words: str) -> Divergence:
    place = f"{table.name} {' '.join(map(str, key))}"
    return Divergence(0, "view-differs", place, words)
