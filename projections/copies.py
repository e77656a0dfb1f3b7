"""Read models in their database: the copy that is asked, and the one that is made beside it.

Each is known with its position and its shape. A read model whose stored shape is not this
software's is made again in tables of other names, which take the places of the old ones in one
transaction. Whoever begins that, any process of the same shape goes on with it; a process of
another shape leaves it alone, so that two versions of the software do not fight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, inspect, select

from projections.projection import PREFIX, Projection

_BESIDE = "_beside"
_OPENING = 7_264_031  # PostgreSQL's number of the lock under which tables are made

_progress = MetaData()


def _positions(name: str) -> Table:
    return Table(
        name,
        _progress,
        Column("projection", String(80), primary_key=True),
        Column("position", Integer, nullable=False),
        Column("shape", String(60), nullable=False),
    )


_asked = _positions("views_asked")
_made = _positions("views_made")


@dataclass(frozen=True, eq=False)
class Copy:
    """The rows of a read model in this software's shape: those that are asked, or those that are
    made ``beside`` them."""

    projection: Projection
    shape: str
    beside: bool = False

    @property
    def name(self) -> str:
        return self.projection.name

    @property
    def instead(self) -> Mapping[Table, Table]:
        """Where the rows are that handlers believe to be in the read model's tables."""
        return {table: _twin(table) for table in self.projection.tables} if self.beside else {}

    def lock(self, connection: Connection) -> int | None:
        """Its position, locked until the transaction ends; None when it is there no more, or in
        another shape."""
        c = self._place.c
        query = select(c.position).where(c.projection == self.name, c.shape == self.shape)
        position: int | None = connection.scalar(query.with_for_update())
        return position

    def move(self, connection: Connection, position: int) -> None:
        """Remember how far it is; whoever does so has locked it."""
        this = self._place.c.projection == self.name
        connection.execute(self._place.update().where(this).values(position=position))

    def move_idle(self, connection: Connection, before: int, position: int) -> None:
        """The same for one that has nothing to write, unless it has been moved meanwhile."""
        c = self._place.c
        this = (c.projection == self.name, c.shape == self.shape, c.position == before)
        connection.execute(self._place.update().where(*this).values(position=position))

    @property
    def _place(self) -> Table:
        return _made if self.beside else _asked


def positions(connection: Connection, copies: Sequence[Copy]) -> dict[Copy, int]:
    """Where each copy is that there is."""
    found = {
        (beside, row.projection, row.shape): row.position
        for beside, table in enumerate((_asked, _made))
        for row in connection.execute(select(table))
    }
    keys = {copy: (int(copy.beside), copy.name, copy.shape) for copy in copies}
    return {copy: found[key] for copy, key in keys.items() if key in found}


def open_copies(connection: Connection, copies: Sequence[Copy]) -> None:
    """Make what is missing, begin what has another shape beside, and clear what nobody owns."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_OPENING})")
    for table in _progress.tables.values():
        if inspect(connection).has_table(table.name) and table.columns.keys() != [
            column["name"] for column in inspect(connection).get_columns(table.name)
        ]:
            table.drop(connection)  # another engine's: everything begins anew
    _progress.create_all(connection)
    names = [copy.name for copy in copies]
    for table in (_asked, _made):
        connection.execute(table.delete().where(table.c.projection.not_in(names)))
    owned = set(_progress.tables)
    for copy in copies:
        shape = connection.scalar(select(_asked.c.shape).where(_asked.c.projection == copy.name))
        if shape is None:
            for table in copy.projection.tables:
                table.drop(connection, checkfirst=True)
                table.create(connection)
            new = {"projection": copy.name, "position": 0, "shape": copy.shape}
            connection.execute(_asked.insert().values(new))
        elif shape != copy.shape:
            begin_beside(connection, copy)
        owned.update(table.name for table in copy.projection.tables)
        if connection.scalar(select(_made.c.shape).where(_made.c.projection == copy.name)):
            owned.update(_twin(table).name for table in copy.projection.tables)
    for name in inspect(connection).get_table_names():
        if name.startswith(PREFIX) and name not in owned:
            Table(name, MetaData()).drop(connection)


def begin_beside(connection: Connection, copy: Copy) -> None:
    """Begin to make a read model again, unless that is under way."""
    this = _made.c.projection == copy.name
    if connection.scalar(select(_made.c.shape).where(this)) == copy.shape:
        return
    connection.execute(_made.delete().where(this))
    for table in copy.projection.tables:
        _twin(table).drop(connection, checkfirst=True)
        _twin(table).create(connection)
    new = {"projection": copy.name, "position": 0, "shape": copy.shape}
    connection.execute(_made.insert().values(new))


def take_place(connection: Connection, copy: Copy, newest: int) -> bool:
    """Let the copy that was made beside take the place of the other one, if it is as far: as that,
    or as the ledger, whose last event is ``newest``."""
    reached = copy.lock(connection)
    this = _asked.c.projection == copy.name
    stands = connection.scalar(select(_asked.c.position).where(this).with_for_update())
    if reached is None or stands is None or reached < min(stands, newest):
        return False
    quoted = connection.dialect.identifier_preparer.format_table
    for table in copy.projection.tables:
        table.drop(connection, checkfirst=True)
        rename = f"ALTER TABLE {quoted(_twin(table))} RENAME TO {quoted(table)}"
        connection.exec_driver_sql(rename)
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection)
    connection.execute(_asked.update().where(this).values(position=reached, shape=copy.shape))
    connection.execute(_made.delete().where(_made.c.projection == copy.name))
    return True


@cache
def _twin(table: Table) -> Table:
    """A table of the same columns under another name. Its indexes are made when it takes the
    other's place: their names are taken until then, and rows come faster without them."""
    twin = table.to_metadata(MetaData(), name=table.name + _BESIDE)
    twin.indexes.clear()
    return twin
