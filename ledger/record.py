"""What every aggregate of the ledger has in common: who did it, in which role, under which
command, when, and a nonce that makes the event's hash unguessable (design §6).

All of it is handed in by the command; replay decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from eventsourcing.domain import Aggregate, CanInitAggregate, CanMutateAggregate

Entropy = Callable[[int], bytes]
"""Gives that many random bytes."""


@dataclass(frozen=True)
class Caller:
    """Who calls a command: a person acting in one role for one unit and what lies below it.

    ``person`` and ``unit`` are None for the deployment itself, which only founds a network.
    """

    person: UUID | None
    role: str
    unit: UUID | None


SYSTEM = Caller(None, "system", None)


@dataclass(frozen=True)
class Act:
    """One command being carried out."""

    caller: Caller
    at: datetime
    command: str
    entropy: Entropy

    def new_id(self) -> UUID:
        """A random UUID (RFC 9562 version 4) from the entropy handed in."""
        return UUID(bytes=self.entropy(16), version=4)


class Record(Aggregate):
    """Base of the ledger's aggregates."""

    class Event(Aggregate.Event):
        actor: UUID | None
        acting_role: str
        acting_unit: UUID | None
        command: str
        nonce: str

    class Created(Event, Aggregate.Created):
        pass

    @classmethod
    def begin(
        cls, event: type[CanInitAggregate[UUID]], act: Act, record_id: UUID, **values: Any
    ) -> Self:
        """A new aggregate with its first event."""
        return cls._create(event, id=record_id, timestamp=act.at, **_who(act), **values)

    def happened(self, event: type[CanMutateAggregate[UUID]], act: Act, **values: Any) -> None:
        """The next event of this aggregate."""
        self.trigger_event(event, timestamp=act.at, **_who(act), **values)


def _who(act: Act) -> dict[str, Any]:
    return {
        "actor": act.caller.person,
        "acting_role": act.caller.role,
        "acting_unit": act.caller.unit,
        "command": act.command,
        "nonce": act.entropy(16).hex(),
    }
