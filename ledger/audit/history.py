"""Records as they were at a position, while the log is replayed: in memory the last ones used,
the others in a temporary file, so that a long log takes no more memory than a short one."""

from __future__ import annotations

import pickle
import sqlite3
from collections import OrderedDict
from uuid import UUID

from ledger.authority import RecordT
from ledger.errors import NotFound
from ledger.record import Record


class History:
    """Every record replayed so far."""

    def __init__(self, kept: int = 4_000) -> None:
        """``kept`` records stay in memory."""
        self._kept = kept
        self._held: OrderedDict[UUID, Record] = OrderedDict()
        self._spilled = sqlite3.connect("")  # a temporary file that SQLite removes
        self._spilled.execute("PRAGMA synchronous=OFF")
        self._spilled.execute("CREATE TABLE records (id BLOB PRIMARY KEY, record BLOB)")

    def get(self, record_id: UUID) -> Record | None:
        """The record, or None when there is none yet."""
        found = self._held.get(record_id)
        if found is not None:
            self._held.move_to_end(record_id)
            return found
        if not self._is_spilling:
            return None
        query = "SELECT record FROM records WHERE id = ?"
        row = self._spilled.execute(query, (record_id.bytes,)).fetchone()
        if row is None:
            return None
        record: Record = pickle.loads(row[0])  # noqa: S301 - written by ourselves, a moment ago
        self.put(record)
        return record

    def look(self, kind: type[RecordT], record_id: UUID, what: str) -> RecordT:
        """The record. Raises NotFound, naming it as ``what``."""
        found = self.get(record_id)
        if not isinstance(found, kind):
            raise NotFound(what)
        return found

    def put(self, record: Record) -> None:
        """Keep a record, as it is and as it will be changed."""
        self._held[record.id] = record
        self._held.move_to_end(record.id)
        if len(self._held) > self._kept:
            old, spilled = self._held.popitem(last=False)
            self._spilled.execute(
                "INSERT OR REPLACE INTO records VALUES (?, ?)", (old.bytes, pickle.dumps(spilled))
            )
            self._is_spilling = True

    _is_spilling = False
