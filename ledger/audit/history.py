"""Aggregates as they were at a position, while the log is replayed: in memory the last ones used,
the others in a temporary file, so that a long log takes no more memory than a short one.

To a decision it is the repository. What a decision changed can be taken back as a whole.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID

from ledger.aggregate import Aggregate, PublicAggregate
from ledger.errors import NotFound
from ledger.recorders import NO_TIME

A = TypeVar("A", bound=Aggregate)


_FILTER = 1 << 26
"""Bits that say of an aggregate's id whether it can be in the file: eight megabytes."""


class History:
    """Every aggregate replayed so far."""

    def __init__(self, kept: int = 8_000) -> None:
        """``kept`` aggregates stay in memory, and up to twice as many until some are written."""
        self._kept = kept
        # By the integers of their ids: those of UUIDs are hashed and compared by Python code.
        self._held: OrderedDict[int, Aggregate | PublicAggregate] = OrderedDict()
        self._before: dict[int, dict[str, Any] | None] = {}
        self._read: set[int] = set()
        self.newest = NO_TIME
        """The time of the newest aggregate that the decision has read so far, as it was then."""

        self._spilled = sqlite3.connect("")  # a temporary file that SQLite removes
        self._spilled.execute("PRAGMA synchronous=OFF")
        self._spilled.execute("CREATE TABLE aggregates (id BLOB PRIMARY KEY, aggregate BLOB)")
        self._spilled.execute(
            "CREATE TABLE answered (process TEXT, stream BLOB, version INTEGER, "
            "PRIMARY KEY (process, stream, version)) WITHOUT ROWID"
        )
        self._may_be_spilled = bytearray(_FILTER >> 3)
        self._answered: set[tuple[str, bytes, int]] = set()

    def peek(self, stream: UUID) -> Aggregate | PublicAggregate | None:
        """The aggregate, or None when there is none yet."""
        number = stream.int
        found = self._held.get(number)
        if found is not None or not self._can_be_spilled(number):
            return found
        query = "SELECT aggregate FROM aggregates WHERE id = ?"
        row = self._spilled.execute(query, (stream.bytes,)).fetchone()
        if row is None:
            return None
        spilled: Aggregate | PublicAggregate = pickle.loads(row[0])  # noqa: S301 - written by ourselves, just now
        self._held[number] = spilled
        return spilled

    def find(self, kind: type[A], stream: UUID) -> A | None:
        found = self.peek(stream)
        if not isinstance(found, kind):
            return None
        number = stream.int
        if number not in self._before:
            self._before[number] = _copied(found.__dict__)
        self._saw(number, found)
        return found

    def get(self, kind: type[A], stream: UUID, what: str) -> A:
        found = self.find(kind, stream)
        if found is None:
            raise NotFound(what)
        return found

    def read(self, kind: type[A], stream: UUID, what: str) -> A:
        found = self.peek(stream)
        if not isinstance(found, kind):
            raise NotFound(what)
        self._saw(stream.int, found)
        return found

    def add(self, aggregate: Aggregate | PublicAggregate) -> None:
        number = aggregate.id.int
        self._before.setdefault(number, None)
        self._held[number] = aggregate

    def has_read(self, stream: UUID) -> bool:
        """Whether the decision has read that aggregate."""
        return stream.int in self._read

    def answer(self, process: str, stream: UUID, version: int) -> None:
        """An event happened that a process manager answers."""
        self._answered.add((process, stream.bytes, version))

    def is_answered(self, process: str, stream: UUID, version: int) -> bool:
        """Whether that event happened, and that process manager answers it."""
        values = (process, stream.bytes, version)
        if values in self._answered:
            return True
        query = "SELECT 1 FROM answered WHERE process = ? AND stream = ? AND version = ?"
        return self._spilled.execute(query, values).fetchone() is not None

    def recorded(self) -> Iterator[Any]:
        """The events that the decision recorded."""
        for number in self._before:
            changed = self._held[number]
            if changed.pending_events:
                yield from changed.collect_events()

    def keep(self) -> None:
        """The decision stands."""
        for number in self._read:
            if number in self._held:
                self._held.move_to_end(number)
        self._begin()
        if len(self._held) > 2 * self._kept:
            self._spill()

    def _spill(self) -> None:
        """Write those that were used the longest ago."""
        held, rows = self._held, []
        while len(held) > self._kept:
            number, spilled = held.popitem(last=False)
            rows.append((number.to_bytes(16), pickle.dumps(spilled, pickle.HIGHEST_PROTOCOL)))
            bit = hash(number) % _FILTER
            self._may_be_spilled[bit >> 3] |= 1 << (bit & 7)
        self._spilled.executemany("INSERT OR REPLACE INTO aggregates VALUES (?, ?)", rows)
        self._spilled.executemany("INSERT OR IGNORE INTO answered VALUES (?, ?, ?)", self._answered)
        self._answered.clear()

    def _can_be_spilled(self, number: int) -> bool:
        """False for most of what was never written to the file, without looking there."""
        bit = hash(number) % _FILTER
        return bool(self._may_be_spilled[bit >> 3] & 1 << (bit & 7))

    def take_back(self) -> None:
        """It never happened."""
        for number, before in self._before.items():
            if before is None:
                self._held.pop(number, None)
            else:
                self._held[number].__dict__.clear()
                self._held[number].__dict__.update(before)
        self._begin()

    def _saw(self, number: int, found: Aggregate) -> None:
        if number not in self._read:
            self._read.add(number)
            if found.modified_on > self.newest:
                self.newest = found.modified_on

    def _begin(self) -> None:
        self._before.clear()
        self._read.clear()
        self.newest = NO_TIME

    def force(self, event: Any) -> None:
        """Go on as replay does, rules or no rules."""
        try:
            changed = event.mutate(self.peek(event.originator_id))
        except Exception:
            return
        if changed is not None:
            self._held[changed.id.int] = changed


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    """An aggregate's attributes as they are now; what the containers hold is never changed."""
    return {
        name: value.copy() if type(value) in _CONTAINERS else value for name, value in state.items()
    }


_CONTAINERS = frozenset({dict, list, set})
