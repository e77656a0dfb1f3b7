"""The library's recorders, which record nothing out of time, and nothing that rests on what is no
longer so.

In the very transaction that would insert a command's events, one that is dated further than the
tolerance before the last one in the ledger is refused, and so is one whose decision read an
aggregate that has another version now: no pause between a check and a commit can let one through.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import local
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor
from psycopg.sql import SQL, Identifier

from ledger.clock import TOLERANCE

NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Before every other."""


Versions = Mapping[UUID, int]
"""Streams with the versions that they must have; 0 for one that must not exist."""


class ClaimTaken(Exception):
    """The save lost a race: another command changed what this one read, claimed the same stream
    first, or the ledger has gone on too far since."""


class RestsOnThePast(BaseException):
    """An aggregate that the decision read has another version now. No Exception, because the
    library commits after those."""


class OutOfTime(BaseException):
    """The ledger has an event that is too much newer: ``newest`` is its time. No Exception, because
    the library commits after those."""

    def __init__(self, newest: datetime) -> None:
        super().__init__(newest)
        self.newest = newest


def time_of(state: bytes | str) -> datetime:
    """When a stored event happened; at no time, if somebody wrote there what is no event."""
    try:
        found = datetime.fromisoformat(json.loads(state)["timestamp"]["_data_"])
        return found if found.tzinfo is not None else NO_TIME
    except (ValueError, KeyError, TypeError):
        return NO_TIME


def _must_be_in_time(before: Any, dated: datetime) -> None:
    if before is not None and (newest := time_of(before["state"])) - dated > TOLERANCE:
        raise OutOfTime(newest)


class SQLiteRecorder(SQLiteApplicationRecorder):
    """On SQLite. Looks after inserting, when the write lock is held."""

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        dated: datetime | None = None,
        reads: Versions | None = None,
        **kwargs: Any,
    ) -> Sequence[int] | None:
        numbers = super()._insert_events(c, stored_events, **kwargs)
        _must_be_so(reads, lambda streams: self._versions(c, streams))
        if dated is not None and numbers:
            c.execute(
                f"SELECT state FROM {self.events_table_name} "  # noqa: S608 - our own name
                "WHERE rowid < ? ORDER BY rowid DESC LIMIT 1",
                (numbers[0],),
            )
            _must_be_in_time(c.fetchone(), dated)
        return numbers

    def current_versions(self, streams: Sequence[UUID]) -> dict[UUID, int]:
        """The versions of streams as they are now; those that do not exist are left out."""
        with self.datastore.transaction(commit=False) as c:
            return self._versions(c, streams)

    def number_of(self, stream: UUID, version: int) -> int | None:
        """The number of an event in the store; None if there is none."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(
                f"SELECT rowid FROM {self.events_table_name} "  # noqa: S608 - our own name
                "WHERE originator_id = ? AND originator_version = ?",
                (stream.hex, version),
            )
            row = c.fetchone()
        return None if row is None else int(row[0])

    def _versions(self, c: SQLiteCursor, streams: Sequence[UUID]) -> dict[UUID, int]:
        marks = ",".join("?" * len(streams))
        c.execute(
            f"SELECT originator_id, MAX(originator_version) FROM {self.events_table_name} "  # noqa: S608
            f"WHERE originator_id IN ({marks}) GROUP BY originator_id",
            [stream.hex for stream in streams],
        )
        return {UUID(row[0]): row[1] for row in c.fetchall()}


class PostgresRecorder(PostgresApplicationRecorder):
    """On PostgreSQL. Looks once the table is locked, in the pipeline that inserts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._last = SQL("SELECT state FROM {}.{} ORDER BY notification_id DESC LIMIT 1").format(
            Identifier(self.datastore.schema), Identifier(self.events_table_name)
        )
        self._looking = local()

    def _lock_table(self, curs: Any) -> None:
        super()._lock_table(curs)
        self._looking.cursor = curs.connection.cursor()
        self._looking.cursor.execute(self._last, prepare=True)

    def _fetch_ids_after_insert_events(
        self,
        curs: Any,
        stored_events: Sequence[StoredEvent],
        *,
        dated: datetime | None = None,
        reads: Versions | None = None,
        **kwargs: Any,
    ) -> Sequence[int] | None:
        with self._looking.cursor as before:
            row = before.fetchone()
        if dated is not None:
            _must_be_in_time(row, dated)
        numbers = super()._fetch_ids_after_insert_events(curs, stored_events, **kwargs)
        if reads:
            with curs.connection.cursor() as looking:
                _must_be_so(reads, lambda streams: self._versions(looking, streams))
        return numbers

    def current_versions(self, streams: Sequence[UUID]) -> dict[UUID, int]:
        """The versions of streams as they are now; those that do not exist are left out."""
        with self.datastore.get_connection() as connection, connection.cursor() as curs:
            return self._versions(curs, streams)

    def number_of(self, stream: UUID, version: int) -> int | None:
        """The number of an event in the store; None if there is none."""
        query = SQL(
            "SELECT notification_id FROM {}.{} WHERE originator_id = %s AND originator_version = %s"
        ).format(Identifier(self.datastore.schema), Identifier(self.events_table_name))
        with self.datastore.get_connection() as connection, connection.cursor() as curs:
            row = curs.execute(query, (stream, version)).fetchone()
        return None if row is None else int(row["notification_id"])

    def _versions(self, curs: Any, streams: Sequence[UUID]) -> dict[UUID, int]:
        query = SQL(
            "SELECT originator_id, MAX(originator_version) AS version FROM {}.{} "
            "WHERE originator_id = ANY(%s) GROUP BY originator_id"
        ).format(Identifier(self.datastore.schema), Identifier(self.events_table_name))
        curs.execute(query, (list(streams),), prepare=True)
        return {UUID(str(row["originator_id"])): row["version"] for row in curs.fetchall()}


def _must_be_so(
    reads: Versions | None, versions_of: Callable[[Sequence[UUID]], Mapping[UUID, int]]
) -> None:
    if not reads:
        return
    now = versions_of(list(reads))
    if any(now.get(stream, 0) != version for stream, version in reads.items()):
        raise RestsOnThePast
