"""The library's recorders, which record nothing out of time.

An event dated further than the tolerance before the last one in the log is refused in the very
transaction that would insert it: no pause between a check and a commit can let one through.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import local
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor
from psycopg.sql import SQL, Identifier

from ledger.clock import TOLERANCE

NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Before every other."""


class OutOfTime(BaseException):
    """The log has an event that is too much newer: ``newest`` is its time. No Exception, because
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
        **kwargs: Any,
    ) -> Sequence[int] | None:
        numbers = super()._insert_events(c, stored_events, **kwargs)
        if dated is not None and numbers:
            c.execute(
                f"SELECT state FROM {self.events_table_name} "  # noqa: S608 - our own name
                "WHERE rowid < ? ORDER BY rowid DESC LIMIT 1",
                (numbers[0],),
            )
            _must_be_in_time(c.fetchone(), dated)
        return numbers


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
        **kwargs: Any,
    ) -> Sequence[int] | None:
        with self._looking.cursor as before:
            row = before.fetchone()
        if dated is not None:
            _must_be_in_time(row, dated)
        return super()._fetch_ids_after_insert_events(curs, stored_events, **kwargs)
