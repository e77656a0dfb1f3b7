"""Read models that follow the log.

A projection's rows and its position are written in one transaction, so that each event counts
once after any crash, with any number of processes following. `eventsourcing`'s own runner has
no subscription on SQLite and commits event by event; this one reads pages of thousands
(docs/decisions/0005-projections.md).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any
from uuid import UUID

from eventsourcing.utils import get_topic
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    select,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from keys.vault import Sealed, Vault
from ledger.store import EventStore
from projections.batch import Batch

logger = logging.getLogger("testamur")

Handler = Callable[[Batch, Any, int], None]
"""Writes what one event means; takes the event and its position in the log."""

tables = MetaData()
_positions = Table(
    "view_positions",
    tables,
    Column("projection", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
)


@dataclass(frozen=True)
class Projection:
    """A read model: its tables and, for each kind of event, what to write.

    Handlers read and write these tables and no others. ``version`` is that of their shape and
    meaning: with a newer one the rows are made again.
    """

    name: str
    tables: Sequence[Table]
    handlers: Mapping[type, Handler]
    version: int = 1


class Views:
    """The database of read models, and the follower that keeps them up to date."""

    def __init__(self, url: str, store: EventStore, projections: Sequence[Projection]) -> None:
        """``url`` is an SQLAlchemy URL; tables that are missing are made.

        Views of some projections only are for a database of their own.
        """
        self._store = store
        self._projections = {projection.name: projection for projection in projections}
        self._wanted: dict[str, list[tuple[str, Handler]]] = {}
        self._engine = connect(url)
        self._in_step = Lock()
        tables.create_all(self._engine)
        self._start_at_zero()

    @property
    def names(self) -> list[str]:
        return list(self._projections)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries."""
        with self._engine.connect() as connection:
            yield connection

    def catch_up(
        self, progress: Callable[[int], None] | None = None, until: int | None = None
    ) -> int:
        """Project what was recorded since, or as far as ``until``; gives the position reached."""
        with self._in_step:
            position = self._lowest()
            while page := self._store.page(position, until):
                with self._writing() as connection:
                    reached = self._reached(connection)
                    if min(reached.values()) < position:  # another process began a rebuild
                        position = min(reached.values())
                        continue
                    batch = Batch(connection)
                    for notification in page:
                        self._project(batch, notification, reached)
                    batch.write()
                    position = page[-1].id
                    behind = [name for name, before in reached.items() if before < position]
                    self._remember(connection, behind, position)
                if progress is not None:
                    progress(position)
            return position

    def rebuild(self, name: str, progress: Callable[[int], None] | None = None) -> None:
        """Throw a projection's rows away and make them again from the log. Raises KeyError."""
        projection = self._projections[name]
        with self._writing() as connection:
            self._reached(connection)
            for table in projection.tables:
                connection.execute(table.delete())
            self._remember(connection, [name], 0)
        self.catch_up(progress)

    def digest(self, name: str) -> tuple[int, str]:
        """Rows of a projection, and the SHA-256 over all of them in the order of their keys."""
        rows = 0
        digest = hashlib.sha256()
        with self.reading() as connection:
            for table in self._projections[name].tables:
                for row in connection.execute(select(table).order_by(*table.primary_key)):
                    rows += 1
                    digest.update(json.dumps([table.name, *row], default=_plain).encode() + b"\n")
        return rows, digest.hexdigest()

    def positions(self, connection: Connection) -> dict[str, int]:
        """Where each projection stands."""
        rows = connection.execute(select(_positions))
        return {row.projection: row.position for row in rows if row.projection in self._projections}

    def lag(self) -> int:
        """Events recorded and not yet projected, as positions."""
        return self._store.position() - self._lowest()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.execution_options(writes=True).begin() as connection:
            yield connection

    def _lowest(self) -> int:
        with self.reading() as connection:
            reached: list[int] = list(connection.scalars(select(_positions.c.position)))
        return min(reached)

    def _reached(self, connection: Connection) -> dict[str, int]:
        """Where each projection stands, locked until the transaction ends."""
        rows = connection.execute(select(_positions).with_for_update())
        known = {row.projection: row.position for row in rows}
        return {name: known[name] for name in self._projections}

    def _project(self, batch: Batch, notification: Any, reached: dict[str, int]) -> None:
        handlers = self._handlers(notification.topic)
        happened = None
        for name, handler in handlers:
            if notification.id > reached[name]:
                happened = happened or self._store.mapper.to_domain_event(notification)
                handler(batch, happened, notification.id)

    def _handlers(self, topic: str) -> list[tuple[str, Handler]]:
        """Who wants events of a topic; what nobody wants need not be read."""
        if topic not in self._wanted:
            self._wanted[topic] = [
                (name, handler)
                for name, projection in self._projections.items()
                for kind, handler in projection.handlers.items()
                if get_topic(kind) == topic
            ]
        return self._wanted[topic]

    @staticmethod
    def _remember(connection: Connection, names: Sequence[str], position: int) -> None:
        connection.execute(
            _positions.update().where(_positions.c.projection.in_(names)).values(position=position)
        )

    def _start_at_zero(self) -> None:
        for name in self._projections:
            with suppress(IntegrityError), self._writing() as connection:
                connection.execute(_positions.insert().values(projection=name, position=0))


class Follower:
    """A thread that keeps views in step with what any process records."""

    def __init__(self, views: Views, store: EventStore, every: float = 0.5) -> None:
        """``every`` seconds it looks for other processes' events; its own wake it at once."""
        self._views = views
        self._every = every
        self._stop = False
        self._wake = Flag()
        store.when_recorded(self._wake.set)
        self._thread = Thread(target=self._follow, name="projections", daemon=True)

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop = True
        self._wake.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._stop:
            try:
                self._views.catch_up()
            except Exception:  # the database may be away for a while; /readyz shows the lag
                logger.exception("read models could not follow the log; trying again")
            self._wake.wait(self._every)
            self._wake.clear()


def seal_out(sealed: Sealed) -> str:
    """A sealed value as a read model keeps it: still sealed."""
    return json.dumps([sealed.subject.hex, sealed.field, sealed.box])


def unseal(vault: Vault, kept: str) -> str | None:
    """The words of a sealed value in a read model; None when the person was erased."""
    subject, field, box = json.loads(kept)
    value = vault.open(Sealed(UUID(subject), field, box))
    return None if value is None else value.decode()


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def connect(url: str, durable: bool = False) -> Engine:
    """An engine for read models, which may lose their last rows in a power cut and project them
    again; ``durable`` for what may lose nothing. Transactions of a connection with the execution
    option ``writes`` wait for one another instead of failing at their first write."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        synchronous = "FULL" if durable else "NORMAL"

        def set_up(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # so that BEGIN below is the only one
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA busy_timeout=15000")
            connection.execute(f"PRAGMA synchronous={synchronous}")

        event.listen(engine, "connect", set_up)
        event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
