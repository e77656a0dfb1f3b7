"""From a stored event to the entry that stands for it in the log.

The canonical record is five lines and the state exactly as stored; the entry is its SHA-256, so
the log says nothing about the event to those who do not have it, and whoever has it recomputes
the entry with ``sha256sum``.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from ledger.store import EventRow
from ledger.transparency.errors import BadReceipt

_FORM = "testamur.org/event@v1"


class EventRecord(NamedTuple):
    """An event at its position: the dense index that the tree gave it, from 0."""

    position: int
    originator: str
    version: int
    topic: str
    state: bytes

    @classmethod
    def of(cls, position: int, row: EventRow) -> EventRecord:
        """A stored event as the event of that position."""
        return cls(position, *row[1:])

    @property
    def data(self) -> bytes:
        """The canonical record."""
        return canonical_record(*self)

    @property
    def entry(self) -> bytes:
        """The entry of the log (32 bytes)."""
        return hashlib.sha256(canonical_record(*self)).digest()

    @property
    def stored(self) -> StoredEvent:
        """As the library stores it. Raises ValueError where the stream is no UUID."""
        return StoredEvent(self.thing, self.version, self.topic, self.state)

    @property
    def thing(self) -> UUID:
        """The stream's id. Raises ValueError."""
        return UUID(self.originator)

    @classmethod
    def parse(cls, data: bytes) -> EventRecord:
        """Raises BadReceipt for anything but a canonical record."""
        try:
            form, position, originator, version, topic, state = data.split(b"\n", 5)
            record = cls(
                int(position), str(UUID(originator.decode())), int(version), topic.decode(), state
            )
        except ValueError:
            raise BadReceipt("not the record of an event") from None
        if form.decode(errors="replace") != _FORM or record.data != data:
            raise BadReceipt("not the canonical record of an event")
        return record


def canonical_record(
    position: int, originator: str, version: int, topic: str, state: bytes
) -> bytes:
    """Form, position, stream, version in it, kind; then the state, which has time and nonce."""
    return f"{_FORM}\n{position}\n{originator}\n{version}\n{topic}\n".encode() + state
