"""The event store: `eventsourcing` on SQLite or PostgreSQL, and how our values are written.

Event state is JSON, exactly as stored for good; a changed shape is an upcast (``class_version``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from threading import local
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application, Repository
from eventsourcing.persistence import (
    IntegrityError,
    JSONTranscoder,
    Notification,
    Recording,
    StoredEvent,
    Transcoding,
)
from eventsourcing.sqlite import SQLiteApplicationRecorder
from eventsourcing.utils import get_topic
from sqlalchemy.engine import make_url

from keys.vault import Sealed
from ledger.achievements import Definition
from ledger.clock import CLOCK_ID, TOLERANCE, Clock, ClockBehind
from ledger.errors import NotFound
from ledger.record import Record
from ledger.recorders import NO_TIME, OutOfTime, PostgresRecorder, SQLiteRecorder, time_of

PAGE = 2000
"""Events read at a time when the log is followed."""

_LAST = 64  # events at the log's end, which servers may have recorded side by side
_PUT_RIGHT = {get_topic(kind) for kind in (Clock.PutRight, Clock.PutRightAgain)}

_KEPT = 2000  # aggregates in memory for readers

RecordT = TypeVar("RecordT", bound=Record)


class EventRow(NamedTuple):
    """A stored event; ``number`` is the store's, ``originator`` a UUID's text with dashes."""

    number: int
    originator: str
    version: int
    topic: str
    state: bytes


class ClaimTaken(Exception):
    """The save lost a race: another command changed or claimed the same stream first, or the log
    has gone on too far since."""


@dataclass
class Seen:
    """The time of the newest aggregate that was looked at."""

    newest: datetime


class EventStore(Application[UUID]):
    """Loads and saves aggregates, and reads the log in order."""

    name = "testamur"

    def __init__(self, database_url: str) -> None:
        """``database_url``: ``sqlite:///FILE`` or ``postgresql://…``. Creates its tables."""
        super().__init__(store_settings(database_url))
        self._listeners: list[Callable[[], None]] = []
        self._held = local()
        self._looking = local()
        self._newest: datetime | None = None  # what this process knows; others may be further
        self._signed: datetime | None = None
        self._readers = Repository(self.events, cache_maxsize=_KEPT, deepcopy_from_cache=False)

    def register_transcodings(self, transcoder: JSONTranscoder) -> None:
        super().register_transcodings(transcoder)
        transcoder.register(_SealedAsDict())
        transcoder.register(_DefinitionAsDict())

    def find(self, kind: type[RecordT], record_id: UUID) -> RecordT | None:
        """The aggregate as it is now, or None if there is none of that kind with that id."""
        try:
            found: Record = self.repository.get(record_id, projector_func=_replay)
        except AggregateNotFoundError:
            return None
        self._saw(found)
        return found if isinstance(found, kind) else None

    def load(self, kind: type[RecordT], record_id: UUID, what: str) -> RecordT:
        """The aggregate as it is now, to be changed. Raises NotFound, naming it as ``what``."""
        found = self.find(kind, record_id)
        if found is None:
            raise NotFound(what)
        return found

    def look(self, kind: type[RecordT], record_id: UUID, what: str) -> RecordT:
        """The aggregate as it is now, to be read only: it is shared with other readers.

        Kept in memory and brought up to date by the events since. Raises NotFound.
        """
        try:
            found: Record = self._readers.get(record_id, projector_func=_replay)
        except AggregateNotFoundError:
            raise NotFound(what) from None
        if not isinstance(found, kind):
            raise NotFound(what)
        self._saw(found)
        return found

    @contextmanager
    def looking(self) -> Iterator[Seen]:
        """Notes the newest aggregate that this thread finds, loads or looks at inside."""
        seen = self._looking.seen = Seen(NO_TIME)
        try:
            yield seen
        finally:
            self._looking.seen = None

    def _saw(self, record: Record) -> None:
        seen: Seen | None = getattr(self._looking, "seen", None)
        if seen is not None and record.modified_on > seen.newest:
            seen.newest = record.modified_on

    def moment(self, now: datetime, fresh: bool = False) -> datetime:
        """The time at which something happens that this server's clock dates ``now``: not before
        the log's. ``fresh`` asks the database first how far other processes are.

        Raises ClockBehind when the log is ahead by more than the tolerance.
        """
        newest = self._newest
        if fresh or newest is None or newest - now > TOLERANCE:
            newest = self._newest = self.newest()
        if newest - now > TOLERANCE:
            raise ClockBehind(now, newest)
        return max(now, newest)

    def newest(self) -> datetime:
        """The time that the log is at: its last events', or its last checkpoint's if that is later
        and no operator said that it was ahead."""
        last = NO_TIME
        for row in self.rows(self.position() - _LAST):
            last = time_of(row.state) if row.topic in _PUT_RIGHT else max(last, time_of(row.state))
        if self._signed is None or self._signed <= last:
            return last
        clock = self.find(Clock, CLOCK_ID)
        return last if clock is not None and clock.names(self._signed) else self._signed

    def ahead_of(self, now: datetime) -> timedelta:
        """How far the log is ahead of a clock; commands are refused beyond ``TOLERANCE``."""
        return max(self.newest() - now, timedelta())

    def checkpoint_signed(self, at: datetime) -> None:
        """Take note of when the newest checkpoint was signed."""
        self._signed = at

    def commit(self, *records: Record, in_time: bool = True) -> None:
        """Save all pending events in one transaction, or none.

        Raises ClaimTaken, also when the log is at a time too far after theirs; ``in_time`` is
        False for what puts that right.
        """
        held: list[Record] | None = getattr(self._held, "records", None)
        if held is not None:
            held.extend(records)
            return
        times = [event.timestamp for record in records for event in record.pending_events]
        if not times:
            return
        try:
            self.save(*records, dated=min(times) if in_time else None)
        except IntegrityError as error:
            raise ClaimTaken from error
        except OutOfTime as error:
            self._newest = error.newest
            raise ClaimTaken from error
        known = self._newest if in_time and self._newest is not None else NO_TIME
        self._newest = max(known, *times)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What this thread commits inside is saved at the end, in one transaction or not at all.

        Raises ClaimTaken at the end. For many small commands of one program: a server's commands
        are each saved as they come.
        """
        held: list[Record] = []
        self._held.records = held
        try:
            yield
        finally:
            self._held.records = None
        self.commit(*held)

    def page(self, after: int, until: int | None = None) -> list[Notification]:
        """The next events after ``after``, in order; empty at the log's end or at ``until``."""
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
        """Position of the last event; 0 for an empty log."""
        return self.recorder.max_notification_id() or 0

    def when_recorded(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every commit of this process."""
        self._listeners.append(listener)

    def _notify(self, recordings: list[Recording[UUID]]) -> None:
        super()._notify(recordings)
        for listener in self._listeners:
            listener()


def _replay(record: Any, events: Iterable[Any]) -> Any:
    """The library's own replay, without its check of each event against a Protocol, which
    takes half the time of a load."""
    for event in events:
        record = event.mutate(record)
    return record


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


class _SealedAsDict(Transcoding):
    type = Sealed
    name = "sealed"

    def encode(self, obj: Sealed) -> dict[str, Any]:
        return {**asdict(obj), "subject": obj.subject.hex}

    def decode(self, data: dict[str, Any]) -> Sealed:
        return Sealed(UUID(data["subject"]), data["field"], data["box"])


class _DefinitionAsDict(Transcoding):
    type = Definition
    name = "definition"

    def encode(self, obj: Definition) -> dict[str, Any]:
        return obj.model_dump(mode="json", exclude_defaults=True)

    def decode(self, data: dict[str, Any]) -> Definition:
        return Definition.model_validate(data)
