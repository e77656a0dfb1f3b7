"""How often each private link was opened: a number, without who, when or from where."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Column, Integer, MetaData, String, Table, select
from sqlalchemy.engine import Engine

from projections.database import writing

_tables = MetaData()
_openings = Table(
    "awards_shared_openings",
    _tables,
    Column("link", String(36), primary_key=True),
    Column("opened", Integer, nullable=False),
)
_MOST = 1_000_000


class SharedOpenings:
    """The counts of one deployment."""

    def __init__(self, engine: Engine) -> None:
        """``engine`` is a database that no rebuild empties. The table is made if it is missing."""
        self._engine = engine
        _tables.create_all(engine)

    def count(self, link: UUID) -> None:
        """One more."""
        this, opened = _openings.c.link == str(link), _openings.c.opened
        more = _openings.update().where(this, opened < _MOST).values(opened=opened + 1)
        with writing(self._engine) as connection:
            if connection.execute(more).rowcount:
                return
            if connection.scalar(select(opened).where(this)) is None:
                connection.execute(_openings.insert().values(link=str(link), opened=1))

    def of(self, links: Collection[str]) -> dict[str, int]:
        """How often each was opened, of those that were at all."""
        query = select(_openings).where(_openings.c.link.in_(links))
        with self._engine.connect() as connection:
            return {row.link: row.opened for row in connection.execute(query)}
