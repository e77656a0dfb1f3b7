"""The library's recorders, with one thing more: in the transaction that inserts a command's events,
the versions of all the other aggregates that its decision read are compared.

A decision rests on what it read. SQLite lets one writer in at a time and PostgreSQL's recorder
locks the table, so what is compared after the insert cannot change before the commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor
from psycopg.sql import SQL, Identifier

Versions = Mapping[UUID, int]
"""Streams with the versions that they must have; 0 for one that must not exist."""


class ClaimTaken(Exception):
    """The save lost a race: another command changed what this one read, or claimed its stream."""


class SQLiteRecorder(SQLiteApplicationRecorder):
    """``insert_events(events, reads=versions)`` raises ClaimTaken where a version differs."""

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        numbers = super()._insert_events(c, stored_events, **kwargs)
        _compare(kwargs.get("reads"), lambda streams: self._versions(c, streams))
        return numbers

    def current_versions(self, streams: Sequence[UUID]) -> dict[UUID, int]:
        """The versions of streams as they are now; those that do not exist are left out."""
        with self.datastore.transaction(commit=False) as c:
            return self._versions(c, streams)

    def _versions(self, c: SQLiteCursor, streams: Sequence[UUID]) -> dict[UUID, int]:
        marks = ",".join("?" * len(streams))
        c.execute(
            f"SELECT originator_id, MAX(originator_version) FROM {self.events_table_name} "  # noqa: S608
            f"WHERE originator_id IN ({marks}) GROUP BY originator_id",
            [stream.hex for stream in streams],
        )
        return {UUID(stream): version for stream, version in c.fetchall()}


class PostgresRecorder(PostgresApplicationRecorder):
    """The same on PostgreSQL."""

    def _fetch_ids_after_insert_events(
        self, curs: Any, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        numbers = super()._fetch_ids_after_insert_events(curs, stored_events, **kwargs)
        _compare(kwargs.get("reads"), lambda streams: self._versions(curs, streams))
        return numbers

    def current_versions(self, streams: Sequence[UUID]) -> dict[UUID, int]:
        """The versions of streams as they are now; those that do not exist are left out."""
        with self.datastore.get_connection() as connection, connection.cursor() as curs:
            return self._versions(curs, streams)

    def _versions(self, curs: Any, streams: Sequence[UUID]) -> dict[UUID, int]:
        table = Identifier(self.datastore.schema, self.events_table_name)
        query = SQL(
            "SELECT originator_id, MAX(originator_version) AS version FROM {} "
            "WHERE originator_id = ANY(%s) GROUP BY originator_id"
        )
        curs.execute(query.format(table), (list(streams),))
        return {UUID(str(row["originator_id"])): row["version"] for row in curs.fetchall()}


def _compare(reads: Versions | None, versions_of: Any) -> None:
    if not reads:
        return
    now = versions_of(list(reads))
    for stream, version in reads.items():
        if now.get(stream, 0) != version:
            raise ClaimTaken(f"{stream} is at version {now.get(stream, 0)}, not {version}")
