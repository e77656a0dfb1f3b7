"""Read models that follow the log.

A projection's rows and its position are written in one transaction of its own, so that each event
counts once after any crash, with any number of processes following, and so that no projection stops
another: one that fails at an event is set aside there with its error, tried again after growing
pauses, and goes on from there once it is mended. `eventsourcing`'s own runner has
no subscription on SQLite and commits event by event; this one reads pages of thousands
(docs/decisions/0005-projections.md).
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification
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
from ledger.errors import Unavailable
from ledger.store import EventStore

logger = logging.getLogger("testamur")

_SHORTEST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
"""Seconds until a read model that failed is tried again: at first, and at most."""

_FAR_BEHIND = 1000
"""Events behind the log from which on read models do not answer."""

_A_MOMENT = 2.0
"""Seconds that a command's answer waits for the read models."""

Handler = Callable[[Connection, Any, int], None]
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
    """A read model: its tables and, for each kind of event, what to write."""

    name: str
    tables: Sequence[Table]
    handlers: Mapping[type, Handler]

    def handlers_by_topic(self) -> dict[str, Handler]:
        """The handlers by the names that events have in the log."""
        return {get_topic(kind): handler for kind, handler in self.handlers.items()}


@dataclass(frozen=True)
class Fault:
    """Why a read model is set aside. ``error`` holds no value of any event; ``position`` is that
    of the event at which it failed, 0 where none did; ``again`` is on the monotonic clock."""

    error: str
    position: int
    tries: int
    again: float


@dataclass(frozen=True)
class State:
    """How far a read model is: its position, how many behind the log, and what stops it."""

    name: str
    position: int
    lag: int
    fault: Fault | None


class BehindTheLog(Unavailable):
    """What is asked rests on a read model that is set aside."""

    def __init__(self, name: str, fault: Fault) -> None:
        words = f"the read model {name} stopped at event number {fault.position}: {fault.error}"
        super().__init__("behind-the-log", words)


class Rebuilding(Unavailable):
    """The read models are being built from the log, and have not reached its end yet."""

    def __init__(self) -> None:
        super().__init__("behind-the-log", "the read models are being built; try again soon")


class _Page:
    """Some events in the order of the log, each decoded once for all and only if wanted."""

    def __init__(self, store: EventStore, after: int, until: int | None) -> None:
        self.after = after
        self.notifications = store.page(after, until)
        self._decode = store.mapper.to_domain_event
        self._decoded: dict[int, Any] = {}

    @property
    def last(self) -> int:
        return self.notifications[-1].id

    def before(self, notification: Notification) -> int:
        """The position of the event before this one."""
        return max((n.id for n in self.notifications if n.id < notification.id), default=self.after)

    def event(self, notification: Notification) -> Any:
        """What happened."""
        if notification.id not in self._decoded:
            self._decoded[notification.id] = self._decode(notification)
        return self._decoded[notification.id]


class Views:
    """The database of read models, and the follower that keeps them up to date."""

    def __init__(self, url: str, store: EventStore, projections: Sequence[Projection]) -> None:
        """``url`` is an SQLAlchemy URL; tables that are missing are made.

        Views of some projections only are for a database of their own.
        """
        self._store = store
        self._projections = {projection.name: projection for projection in projections}
        self._handlers = {p.name: p.handlers_by_topic() for p in projections}
        self._faults: dict[str, Fault] = {}
        self._engine = connect(url)
        self._in_step = Lock()
        self._file = _file_of(self._engine)
        self._begin()

    @property
    def names(self) -> list[str]:
        return list(self._projections)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for queries. Raises Rebuilding while there is not yet anything to find:
        what is missing then is no answer."""
        if self._rebuilding or self._is_deleted():
            self.catch_up(seconds=_A_MOMENT)
            if self._rebuilding or self._is_deleted():
                raise Rebuilding
        with self._engine.connect() as connection:
            yield connection

    def catch_up(
        self,
        progress: Callable[[int], None] | None = None,
        until: int | None = None,
        seconds: float = math.inf,
    ) -> int:
        """Project what was recorded since, or as far as ``until``; gives the position reached.

        A read model that fails is set aside and does not stop the others; see ``must_follow``.
        After ``seconds`` it is left to whoever comes next.
        """
        end = time.monotonic() + seconds
        if not self._in_step.acquire(timeout=-1 if seconds == math.inf else seconds):
            return 0
        try:
            self._begin_again_if_deleted()
            reached = 0
            while time.monotonic() < end:
                following = self._following()
                reached = min(following.values(), default=0)
                page = _Page(self._store, reached, until) if following else None
                if page is None or not page.notifications:
                    self._rebuilding = False
                    break
                self._project(following, page)
                if progress is not None:
                    progress(page.last)
            return reached
        finally:
            self._in_step.release()

    def after_command(self) -> None:
        """Catch up for a client that reads what it has just written, as far as that goes in a
        moment. Never raises: what is recorded is recorded, whatever becomes of the read models."""
        try:
            self.catch_up(seconds=_A_MOMENT)
        except Exception:  # the follower tries again
            logger.exception("read models could not follow the log; trying again")

    def must_follow(self, *names: str) -> None:
        """Raises BehindTheLog when one of these read models, or of all, is set aside."""
        for name in names or self._projections:
            if name in self._faults:
                raise BehindTheLog(name, self._faults[name])

    def retry(self) -> None:
        """Let what was set aside be tried again at once."""
        self._faults.update({n: replace(f, again=0.0) for n, f in self._faults.items()})

    def states(self) -> list[State]:
        """How far each read model is, and what stops it; in this process's eyes."""
        newest = self._store.position()
        with self._engine.connect() as connection:
            reached = self.positions(connection)
        return [
            State(name, at, max(newest - at, 0), self._faults.get(name))
            for name, at in reached.items()
        ]

    def rebuild(self, name: str, progress: Callable[[int], None] | None = None) -> None:
        """Throw a projection's rows away and make them again from the log.

        Raises KeyError; BehindTheLog when that fails.
        """
        projection = self._projections[name]
        with self._writing() as connection:
            self._lock(connection, name)
            for table in projection.tables:
                connection.execute(table.delete())
            self._remember(connection, [name], 0)
        self._faults.pop(name, None)
        self.catch_up(progress)
        self.must_follow(name)

    def digest(self, name: str) -> tuple[int, str]:
        """Rows of a projection, and the SHA-256 over all of them in the order of their keys."""
        rows = 0
        digest = hashlib.sha256()
        with self._engine.connect() as connection:
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
        """Events recorded and not yet projected, by the read model that is furthest behind."""
        return max((state.lag for state in self.states()), default=0)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.execution_options(writes=True).begin() as connection:
            yield connection

    def _following(self) -> dict[str, int]:
        """Where each read model stands that is not set aside, or is to be tried again."""
        now = time.monotonic()
        with self._engine.connect() as connection:
            reached = self.positions(connection)
        waiting = {name for name, fault in self._faults.items() if fault.again > now}
        return {name: at for name, at in reached.items() if name not in waiting}

    def _project(self, following: Mapping[str, int], page: _Page) -> None:
        """Take every read model that follows over a page, each in a transaction of its own."""
        idle = []
        for name, at in following.items():
            if at >= page.last:
                continue
            handlers = self._handlers[name]
            if any(n.id > at and n.topic in handlers for n in page.notifications):
                self._advance(name, page, page.last)
            else:
                idle.append(name)
        if idle:
            with self._writing() as connection:  # whoever rebuilds one meanwhile is left alone
                these = _positions.c.projection.in_(idle)
                here = _positions.c.position.between(page.after, page.last)
                connection.execute(
                    _positions.update().where(these, here).values(position=page.last)
                )
            for name in idle:
                self._faults.pop(name, None)

    def _advance(self, name: str, page: _Page, last: int) -> None:
        """Take one read model over a page up to ``last``. What fails is set aside, with all that
        came before it done."""
        happening: Notification | None = None
        try:
            with self._writing() as connection:
                reached = self._lock(connection, name)
                if not page.after <= reached < last:  # another process was here
                    return
                handlers = self._handlers[name]
                for notification in page.notifications:
                    handler = handlers.get(notification.topic)
                    if handler is None or not reached < notification.id <= last:
                        continue
                    happening = notification
                    handler(connection, page.event(notification), notification.id)
                happening = None
                self._remember(connection, [name], last)
        except Exception as error:  # whatever a handler or a driver raises
            if happening is not None and page.after < (before := page.before(happening)):
                self._advance(name, page, before)
            self._set_aside(name, error, happening)
        else:
            if last == page.last and self._faults.pop(name, None) is not None:
                logger.warning("the read model %s follows the log again", name)

    def _set_aside(self, name: str, error: Exception, happening: Notification | None) -> None:
        earlier = self._faults.get(name)
        at = happening.id if happening else 0
        tries = earlier.tries + 1 if earlier and earlier.position == at else 1
        pause = min(_SHORTEST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE)
        what = happening.topic.partition(":")[2] if happening else "the log"
        cause = type(getattr(error, "orig", None) or error).__name__
        fault = Fault(f"{cause} at {what}", at, tries, time.monotonic() + pause)
        self._faults[name] = fault
        if tries == 1:
            logger.error("the read model %s is set aside: %s", name, fault.error, exc_info=error)

    @staticmethod
    def _lock(connection: Connection, name: str) -> int:
        """Where a read model stands, locked until the transaction ends."""
        mine = _positions.c.projection == name
        query = select(_positions.c.position).where(mine).with_for_update()
        position: int = connection.execute(query).scalar_one()
        return position

    @staticmethod
    def _remember(connection: Connection, names: Sequence[str], position: int) -> None:
        connection.execute(
            _positions.update().where(_positions.c.projection.in_(names)).values(position=position)
        )

    def _begin(self) -> None:
        """Make what is missing; new read models, or some far behind, are to be built first."""
        tables.create_all(self._engine)
        self._inode = _inode(self._file)
        for name in self._projections:
            with suppress(IntegrityError), self._writing() as connection:
                connection.execute(_positions.insert().values(projection=name, position=0))
        with self._engine.connect() as connection:
            lowest = min(self.positions(connection).values(), default=0)
        behind = self._store.position() - lowest
        self._rebuilding = behind > _FAR_BEHIND or (behind > 0 and lowest == 0)

    def _is_deleted(self) -> bool:
        """A file of SQLite that was deleted goes on being read by whoever has it open."""
        return self._file is not None and _inode(self._file) != self._inode

    def _begin_again_if_deleted(self) -> None:
        if self._is_deleted():
            logger.warning("the read models were deleted; they are built again")
            self._rebuilding = True
            self._engine.dispose()
            self._faults.clear()
            self._begin()


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


def _file_of(engine: Engine) -> Path | None:
    is_file = engine.dialect.name == "sqlite" and engine.url.database not in (None, "", ":memory:")
    return Path(engine.url.database or "") if is_file else None


def _inode(file: Path | None) -> int:
    """Which file it is; 0 for none."""
    try:
        return file.stat().st_ino if file is not None else 0
    except OSError:
        return 0


def _plain(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def connect(url: str, durable: bool = False) -> Engine:
    """An engine for read models, which may lose their last rows in a power cut and project them
    again; ``durable`` for what may lose nothing. Transactions of a connection with the execution
    option ``writes`` wait for one another instead of failing at their first write."""
    engine = create_engine(url, hide_parameters=True)  # no personal value in an error
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
