"""Looking through the log, newest first: a bounded stretch of it for each question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.history import position_at
from api.wiring import Testamur
from ledger.transparency import EventRecord
from ledger.transparency.tiles import WIDTH

_BUNDLES = 40
"""Bundles of 256 events that one question looks through, at most; it goes on with the next."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for: events whose kind begins so, that name this person or this thing, that
    happened since and before."""

    kind: str = ""
    thing: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, record: EventRecord) -> bool:
        """Of the record as it is stored, without reading it whole."""
        if not record.topic.startswith(self.kind):
            return False
        if self.thing is None:
            return True
        return record.originator == str(self.thing) or self.thing.hex.encode() in record.state


@dataclass(frozen=True)
class LoggedEvent:
    """An event at its position."""

    record: EventRecord
    event: Any

    @property
    def position(self) -> int:
        return self.record.position


@dataclass(frozen=True)
class Found:
    """Events, newest first; ``before`` is where the next question begins, None at the log's
    beginning. It may come without a single event: that stretch had none."""

    events: list[LoggedEvent]
    before: int | None


def search(
    app: Testamur,
    wanted: Wanted,
    before: int | None,
    limit: int,
    may_see: Callable[[LoggedEvent], bool],
) -> Found:
    """The newest events before a position that are wanted and that the reader may see."""
    first = position_at(app, wanted.since) if wanted.since else 0
    last = app.log.grow() if before is None else min(before, app.log.size())
    if wanted.until is not None:
        last = min(last, position_at(app, wanted.until))
    stop = max((last - 1) // WIDTH - _BUNDLES + 1, 0) * WIDTH
    events: list[LoggedEvent] = []
    for record in _backwards(app, last, max(first, stop)):
        if wanted.fits(record) and may_see(found := logged(app, record)):
            events.append(found)
            if len(events) == limit:
                return Found(events, record.position if record.position > first else None)
    return Found(events, stop if stop > first else None)


def logged(app: Testamur, record: EventRecord) -> LoggedEvent:
    """The event of a record."""
    return LoggedEvent(record, app.store.mapper.to_domain_event(record.stored))


def at(app: Testamur, position: int) -> LoggedEvent:
    """The event at a position. Raises LookupError."""
    record = app.log.bundle(position // WIDTH).records[position]
    return logged(app, record)


def of_stream(app: Testamur, stream: UUID) -> Iterator[LoggedEvent]:
    """All events of a thing that the log has, in order."""
    version = 0
    while (number := app.store.number_of(stream, version := version + 1)) is not None:
        if (position := app.log.position_of(number)) is not None:
            yield at(app, position)


def of_command(app: Testamur, of: LoggedEvent) -> list[LoggedEvent]:
    """The events of the same command, which stand together in the log."""
    whose = _command_of(of)
    found = {of.position: of}
    for step in (-1, 1):
        position, public = of.position + step, []
        while 0 <= position < app.log.size():
            other = at(app, position)
            if (its := _command_of(other)) is None:
                public.append(other)  # says nothing of its command, and stands among its events
            elif whose in (None, its):
                whose = its
                found |= {each.position: each for each in (*public, other)}
                public = []
            else:
                break
            position += step
    return [found[position] for position in sorted(found)]


def _command_of(found: LoggedEvent) -> Any:
    return getattr(found.event, "command_id", None)


def _backwards(app: Testamur, last: int, first: int) -> Iterator[EventRecord]:
    number = (last - 1) // WIDTH
    while number >= first // WIDTH and last > first:
        records = app.log.bundle(number).records
        for position in sorted(records, reverse=True):
            if first <= position < last:
                yield records[position]
        number -= 1
