"""The ledger as it was: any profile or submission at any position or time, and the events that
made it, with who and why."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from api.capabilities import READ_MODELS
from api.wiring import Testamur
from keys.vault import Sealed
from ledger.transparency.tiles import WIDTH
from projections import Views

_ALWAYS = {
    "originator_id",
    "originator_topic",
    "originator_version",
    "timestamp",
    "actor",
    "acting_role",
    "acting_unit",
    "command",
    "command_id",
    "cause",
    "inputs",
    "nonce",
}
_TECHNICAL = {
    "digest",
    "document",
    "object",
    "digests",
    "key",
    "handle",
    "email",
    "name",
    "request",
    "proof",
}


@dataclass(frozen=True)
class Happening:
    """One event of the log, for people. What is recorded for the public names nobody: its role and
    its command are empty."""

    position: int
    at: datetime
    kind: str
    thing: UUID
    actor: UUID | None
    role: str
    unit: UUID | None
    command: str
    values: dict[str, str]

    def document(self) -> dict[str, Any]:
        """As JSON members."""
        return {
            "position": self.position,
            "at": self.at.isoformat(),
            "event": self.kind,
            "thing": str(self.thing),
            "actor": str(self.actor) if self.actor else None,
            "role": self.role,
            "unit": str(self.unit) if self.unit else None,
            "command": self.command,
            "values": self.values,
        }


def happenings(
    app: Testamur,
    first: int = 0,
    wanted: Callable[[str, bytes], bool] = lambda _kind, _state: True,
) -> Iterator[Happening]:
    """Every event from a position on, in order; ``wanted`` looks at its topic and stored state.

    Raises LogError where the store has an event no more.
    """
    app.log.grow()
    for record in app.log.records(first // WIDTH):
        mark = record.thing.hex.encode()
        if record.position < first or not wanted(record.topic, record.state + b" " + mark):
            continue
        event: Any = app.store.mapper.to_domain_event(record.stored)
        yield Happening(
            record.position,
            event.timestamp,
            record.topic,
            record.thing,
            getattr(event, "actor", None),
            getattr(event, "acting_role", ""),
            getattr(event, "acting_unit", None),
            getattr(event, "command", ""),
            dict(_values(app, event)),
        )


def _values(app: Testamur, event: Any) -> Iterator[tuple[str, str]]:
    """What the event says beside who and when; sealed words are opened where that is possible."""
    for name, value in event.__dict__.items():
        if name in _ALWAYS or name in _TECHNICAL or value is None:
            continue
        if isinstance(value, Sealed):
            opened = app.vault.open(value)
            yield name, "(erased)" if opened is None else opened.decode(errors="replace")
        elif isinstance(value, str | int | UUID | datetime):
            yield name, str(value)
        elif name == "levels":
            yield name, ", ".join(f"{k}: {v}" for k, v in value.items())


def position_at(app: Testamur, time: datetime) -> int:
    """How many events the ledger had at ``time``, found by halves: the log is in time's order."""
    low, high = 0, app.log.grow()
    while low < high:
        middle = (low + high) // 2
        happened = next(happenings(app, middle))
        if happened.at <= time:
            low = middle + 1
        else:
            high = middle
    return low


@contextmanager
def as_it_was(app: Testamur, size: int, progress: Callable[[int], None]) -> Iterator[Views]:
    """All read models as they were after the first ``size`` events."""
    with tempfile.TemporaryDirectory() as folder:
        views = Views(f"sqlite:///{Path(folder) / 'then.db'}", app.store, READ_MODELS)
        try:
            if size:
                views.catch_up(progress, until=app.log.number_at(size))
                views.must_follow()
            yield views
        finally:
            views.close()
