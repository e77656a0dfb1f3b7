"""The event store: `eventsourcing` on SQLite or PostgreSQL, and how our values are written.

Event state is JSON, exactly as stored for good; a changed shape is an upcast (``class_version``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from threading import Lock, local
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import (
    IntegrityError,
    JSONTranscoder,
    Notification,
    Recording,
    StoredEvent,
    Transcoding,
    UUIDAsHex,
)
from eventsourcing.postgres import PostgresFactory
from eventsourcing.sqlite import SQLiteApplicationRecorder
from eventsourcing.utils import get_topic
from psycopg.rows import dict_row
from sqlalchemy.engine import make_url

from keys.vault import Sealed
from ledger.aggregate import Aggregate, PublicAggregate
from ledger.clock import CLOCK_ID, TOLERANCE, Clock, ClockBehind
from ledger.errors import NotFound
from ledger.recorders import (
    NO_TIME,
    ClaimTaken,
    OutOfTime,
    PostgresRecorder,
    RestsOnThePast,
    SQLiteRecorder,
    Versions,
    time_of,
)
from ledger.value import Value

PAGE = 2000
"""Events read at a time when the ledger is followed."""

_LAST = 64  # events at the ledger's end, which servers may have recorded side by side
_PUT_RIGHT = {get_topic(kind) for kind in (Clock.PutRight, Clock.PutRightAgain)}

_KEPT = 5000  # aggregates in memory for readers

A = TypeVar("A", bound=Aggregate)


class EventRow(NamedTuple):
    """A stored event; ``number`` is the store's, ``originator`` a UUID's text with dashes."""

    number: int
    originator: str
    version: int
    topic: str
    state: bytes


class _Held(NamedTuple):
    aggregates: list[Aggregate | PublicAggregate]
    reads: dict[UUID, int]


class EventStore(Application[UUID]):
    """Loads and saves aggregates, and reads the ledger in order."""

    name = "testamur"

    def __init__(self, database_url: str, values: Sequence[type[Value]]) -> None:
        """``database_url``: ``sqlite:///FILE`` or ``postgresql://…``. Creates its tables.

        ``values`` are the types of value that events hold.
        """
        self._values = values
        self._url = database_url
        super().__init__(store_settings(database_url))
        self._listeners: list[Callable[[], None]] = []
        self._held = local()
        self._seen: dict[UUID, Aggregate] = {}
        self._keeping = Lock()
        self._newest: datetime | None = None  # what this process knows; others may be further
        self._signed: datetime | None = None

    def construct_factory(self, env: Any) -> Any:
        """The library takes a PostgreSQL URL apart and drops its options; libpq reads it whole."""
        factory = super().construct_factory(env)
        if isinstance(factory, PostgresFactory):
            factory.datastore.pool.conninfo = self._url
            factory.datastore.pool.kwargs = {"row_factory": dict_row}
        return factory

    def register_transcodings(self, transcoder: JSONTranscoder) -> None:
        super().register_transcodings(transcoder)
        transcoder.register(_UuidAsHex())
        transcoder.register(_SealedAsDict())
        for kind in self._values:
            transcoder.register(_ValueAsDict(kind))

    def find(self, kind: type[A], stream: UUID) -> A | None:
        """The aggregate as it is now, to be changed; None if there is none of that kind."""
        found = self.find_any(stream)
        return found if isinstance(found, kind) else None

    def find_any(self, stream: UUID) -> Any:
        """The aggregate of that id, of whatever kind, to be changed; None if there is none."""
        return replay(None, self.events.get(stream))

    def get(self, kind: type[A], stream: UUID, what: str) -> A:
        """The same. Raises NotFound, naming it as ``what``."""
        found = self.find(kind, stream)
        if found is None:
            raise NotFound(what)
        return found

    def read(self, kind: type[A], stream: UUID, what: str) -> A:
        """The aggregate as it is now, to be read only: it is shared with other readers.

        Raises NotFound.
        """
        return _of_kind(kind, self._shared(stream, fresh=True), what)

    def read_as_seen(self, kind: type[A], stream: UUID, what: str) -> A:
        """The aggregate as it was last seen, to be read only; whoever rests a decision on it has
        its version compared when they save. Raises NotFound."""
        return _of_kind(kind, self._shared(stream, fresh=False), what)

    def forget(self) -> None:
        """Let go of what was last seen: somebody found it to be old."""
        with self._keeping:
            self._seen.clear()

    def number_of(self, stream: UUID, version: int) -> int | None:
        """The number of an event in the store; None if there is none."""
        found: int | None = self.recorder.number_of(stream, version)  # type: ignore[attr-defined]
        return found

    def are_current(self, versions: Versions) -> bool:
        """Whether those streams have those versions now."""
        now = self.recorder.current_versions(list(versions))  # type: ignore[attr-defined]
        return all(now.get(stream, 0) == version for stream, version in versions.items())

    def commit(
        self,
        *aggregates: Aggregate | PublicAggregate,
        reads: Versions | None = None,
        in_time: bool = True,
    ) -> None:
        """Save all pending events in one transaction, or none; in it, what was only read must
        have the versions in ``reads``.

        Raises ClaimTaken, also when the ledger is at a time too far after theirs; ``in_time`` is
        False for what puts that right.
        """
        held: _Held | None = getattr(self._held, "batch", None)
        if held is not None:
            held.aggregates.extend(aggregates)
            held.reads.update(reads or {})
            return
        times = [event.timestamp for each in aggregates for event in each.pending_events]
        if not times:
            return
        try:
            self.save(*aggregates, dated=min(times) if in_time else None, reads=reads or {})
        except (IntegrityError, RestsOnThePast) as error:
            raise ClaimTaken from error
        except OutOfTime as error:
            self._newest = error.newest
            raise ClaimTaken from error
        known = self._newest if in_time and self._newest is not None else NO_TIME
        self._newest = max(known, *times)

    def moment(self, now: datetime, fresh: bool = False) -> datetime:
        """The time at which something happens that this server's clock dates ``now``: not before
        the ledger's. ``fresh`` asks the database first how far other processes are.

        Raises ClockBehind when the ledger is ahead by more than the tolerance.
        """
        newest = self._newest
        if fresh or newest is None or newest - now > TOLERANCE:
            newest = self._newest = self.newest()
        if newest - now > TOLERANCE:
            raise ClockBehind(now, newest)
        return max(now, newest)

    def newest(self) -> datetime:
        """The time that the ledger is at: its last events', or its last checkpoint's if that is
        later and no operator said that it was ahead."""
        last = NO_TIME
        for row in self.rows(self.position() - _LAST):
            last = time_of(row.state) if row.topic in _PUT_RIGHT else max(last, time_of(row.state))
        if self._signed is None or self._signed <= last:
            return last
        clock = self.find(Clock, CLOCK_ID)
        return last if clock is not None and clock.names(self._signed) else self._signed

    def ahead_of(self, now: datetime) -> timedelta:
        """How far the ledger is ahead of a clock; commands are refused beyond ``TOLERANCE``."""
        return max(self.newest() - now, timedelta())

    def checkpoint_signed(self, at: datetime) -> None:
        """Take note of when the newest checkpoint was signed."""
        self._signed = at

    def _shared(self, stream: UUID, *, fresh: bool) -> Aggregate | None:
        seen = self._seen.get(stream)
        if seen is None:
            found: Aggregate | None = replay(None, self.events.get(stream))
        elif fresh and (further := list(self.events.get(stream, gt=seen.version))):
            found = replay(deepcopy(seen), further)  # others may be reading the one that was seen
        else:
            return seen
        if found is not None:
            with self._keeping:
                if len(self._seen) >= _KEPT:
                    del self._seen[next(iter(self._seen))]  # the one that is there longest
                self._seen[stream] = found
        return found

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread commits inside is saved at the end, in one transaction or not at all.

        Raises ClaimTaken at the end. For many small commands of one program: a server's commands
        are each saved as they come.
        """
        held = _Held([], {})
        self._held.batch = held
        try:
            yield
        finally:
            self._held.batch = None
        own = {aggregate.id for aggregate in held.aggregates}
        self.commit(*held.aggregates, reads={s: v for s, v in held.reads.items() if s not in own})

    def page(self, after: int, until: int | None = None) -> list[Notification]:
        """The next events after ``after``, in order; empty at the ledger's end or at ``until``."""
        return list(
            self.recorder.select_notifications(
                start=after, limit=PAGE, stop=until, inclusive_of_start=False
            )
        )

    def pages(self, after: int = 0, until: int | None = None) -> Iterator[list[Notification]]:
        """All pages after ``after``, up to ``until`` or the end."""
        while page := self.page(after, until):
            yield page
            after = page[-1].id

    def rows(
        self, after: int | None, until: int | None = None, limit: int = PAGE
    ) -> list[EventRow]:
        """Events after ``after``, or from the very first, as they are stored and nothing more.

        On SQLite past the library's objects, which take two thirds of the time.
        """
        if isinstance(self.recorder, SQLiteApplicationRecorder):
            return _sqlite_rows(self.recorder, after, until, limit)
        found = self.recorder.select_notifications(
            start=after, stop=until, limit=limit, inclusive_of_start=False
        )
        return [
            EventRow(n.id, str(n.originator_id), n.originator_version, n.topic, bytes(n.state))
            for n in found
        ]

    def restore(self, events: Iterable[StoredEvent]) -> None:
        """Put events back exactly as they were stored, into an empty store."""
        left = iter(events)
        while some := list(islice(left, PAGE)):
            self.recorder.insert_events(some)

    def position(self) -> int:
        """Position of the last event; 0 for an empty ledger."""
        return self.recorder.max_notification_id() or 0

    def when_recorded(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every commit of this process."""
        self._listeners.append(listener)

    def _notify(self, recordings: list[Recording[UUID]]) -> None:
        super()._notify(recordings)
        for listener in self._listeners:
            listener()


def replay(aggregate: Any, events: Iterable[Any]) -> Any:
    """The library's own replay, without its check of each event against a Protocol, which
    takes half the time of a load."""
    for event in events:
        aggregate = event.mutate(aggregate)
    return aggregate


def _of_kind(kind: type[A], found: Aggregate | None, what: str) -> A:
    if not isinstance(found, kind):
        raise NotFound(what)
    return found


def _sqlite_rows(
    recorder: SQLiteApplicationRecorder, after: int | None, until: int | None, limit: int
) -> list[EventRow]:
    query = f"SELECT rowid, * FROM {recorder.events_table_name} "  # noqa: S608 - our own name
    lowest, highest = -(2**63), 2**63 - 1
    bounds = (lowest if after is None else after, highest if until is None else until, limit)
    with recorder.datastore.transaction(commit=False) as cursor:
        cursor.execute(f"{query} WHERE rowid > ? AND rowid <= ? ORDER BY rowid LIMIT ?", bounds)
        return [
            EventRow(
                number,
                f"{stream[:8]}-{stream[8:12]}-{stream[12:16]}-{stream[16:20]}-{stream[20:]}",
                version,
                topic,
                state if type(state) is bytes else str(state).encode(),  # written there by hand
            )
            for number, stream, version, topic, state in cursor.fetchall()
        ]


def store_settings(database_url: str) -> dict[str, str]:
    """The library's settings for a database URL. Raises ValueError for another database."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "APPLICATION_RECORDER_TOPIC": get_topic(SQLiteRecorder),
            "SQLITE_DBNAME": url.database or ":memory:",
            "SQLITE_LOCK_TIMEOUT": "15",
        }
    if url.get_backend_name() == "postgresql":
        host = url.host or str(url.query.get("host", ""))
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "APPLICATION_RECORDER_TOPIC": get_topic(PostgresRecorder),
            "POSTGRES_DBNAME": url.database or "postgres",
            "POSTGRES_HOST": unquote(host) or "localhost",
            "POSTGRES_PORT": str(url.port or 5432),
            "POSTGRES_USER": url.username or "postgres",
            "POSTGRES_PASSWORD": url.password or "",
        }
    raise ValueError(f"TESTAMUR_DATABASE_URL must be sqlite or postgresql, not {database_url!r}")


@lru_cache(maxsize=1 << 16)
def _uuid(text: str) -> UUID:
    """The same object for the same id, which is quicker to make and to compare."""
    return UUID(text)


class _UuidAsHex(UUIDAsHex):
    def decode(self, data: str) -> UUID:
        return _uuid(data)


class _SealedAsDict(Transcoding):
    type = Sealed
    name = "sealed"

    def encode(self, obj: Sealed) -> dict[str, Any]:
        return {**asdict(obj), "subject": obj.subject.hex}

    def decode(self, data: dict[str, Any]) -> Sealed:
        return Sealed(_uuid(data["subject"]), data["field"], data["box"])


class _ValueAsDict(Transcoding):
    """A value is stored whole, no default left out: a new default must rewrite nothing."""

    def __init__(self, kind: type[Value]) -> None:
        self.type = kind
        self._kind = kind
        self.name = kind.STORED_AS

    def encode(self, obj: Value) -> dict[str, Any]:
        return obj.model_dump(mode="json")

    def decode(self, data: dict[str, Any]) -> Value:
        return self._kind.model_validate(data)
